/** Promise 23, judged in every schedule without being asked: how children stop, and what a stop leaves. Where the runtime is broken on purpose, it is told how. */

import type { Application } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import {
  child,
  dynamicSupervisor,
  type MailboxOf,
  type ProcessSelf,
  pool,
  SupervisorMailbox,
  server,
  supervisor,
} from "../../../actors/index.ts"
import { Alarm } from "../../../src/kernel/alarm.ts"
import { Inbox } from "../../../src/kernel/inbox.ts"
import { Kernel } from "../../../src/kernel/kernel.ts"
import { Process } from "../../../src/kernel/process.ts"
import type { TimerNode } from "../../../src/kernel/timer-wheel.ts"
import { ChildRoster } from "../../../src/supervision/child-roster.ts"
import { SupervisedChild } from "../../../src/supervision/supervised-child.ts"
import { brokenBy, failureOf } from "../../support/broken-runtime.ts"
import { pause } from "../own/drawn-tree.ts"
import { parts } from "../own/scenario.ts"

/** Clears up for so long, in ms. */
const slowly = (forMs: number) =>
  server({
    init: () => ({}),
    call: { ping: () => "pong" },
    cast: { note: () => {} },
    terminate: () =>
      forMs === Number.POSITIVE_INFINITY ? new Promise<void>(() => {}) : new Promise<void>((resolve) => setTimeout(resolve, forMs)),
  })
const brief = { shutdown: "brutal_kill", restart: "temporary" } as const
const quick = slowly(1)
const slow = slowly(1000)
/** It has no end but to be killed. */
const endless = slowly(Number.POSITIVE_INFINITY)

/** Several callers come by each of those. */
const visited = (tree: Application["tree"], ids: readonly string[]) => (): Application => ({
  tree,
  run: (runtime) =>
    parts(
      runtime,
      ...ids
        .flatMap((id) => [id, id])
        .map((id) => async (self: ProcessSelf<unknown>) => {
          const box = await self.acquire<MailboxOf<typeof quick>>(id)
          await box.call.ping(undefined, { timeoutMs: Number.POSITIVE_INFINITY }).catch(() => {})
          box.cast.note()
        }),
    ),
})

const two = visited({ "app:a": quick, "app:b": quick }, ["app:a", "app:b"])
const one = visited({ "app:a": quick }, ["app:a"])
const late = visited({ "app:a": child(slow, { shutdown: 100 }) }, ["app:a"])
const never = visited({ "app:a": child(endless, { shutdown: 100 }) }, ["app:a"])
const atOnce = visited({ "app:a": child(slow, { shutdown: "brutal_kill" }) }, ["app:a"])
const all = visited(
  {
    "app:a": child(quick, { shutdown: { drain: 50 } }),
    "app:below": supervisor({ strategy: "one_for_all", children: { "app:c": quick, "app:d": child(slow, { shutdown: 10 }) } }),
    "app:pool": pool(quick, { size: 2 }),
    "app:any": dynamicSupervisor({}),
    "app:b": child(slow, { shutdown: "brutal_kill" }),
  },
  ["app:a", "app:b", "app:c", "app:d", "app:pool"],
)

const told = (name: string, how: RegExp) => ({ kind: "promise", name, message: expect.stringMatching(how) })

describe("promise 23: how children stop", () => {
  it("holds, whoever takes how long, and whoever crashes before", async () => {
    for (const make of [two, late, atOnce, all]) {
      expect(await failureOf(make)).toBeUndefined()
      expect(
        await failureOf(make, { faults: { crash: 2, givesUp: 1, slowHandler: 1, startFails: 1, startHangs: 1 }, schedules: 60 }),
      ).toBeUndefined()
    }
  })

  it("is kept by a child that drains with its supervisor, and stops then: it has its time twice", async () => {
    const busy = server({
      init: () => ({}),
      call: { work: () => new Promise<void>(() => {}) },
      terminate: () => new Promise<void>(() => {}),
    })
    const below = supervisor({ children: { "app:a": child(busy, { shutdown: 20 }) } })
    const make = (): Application => ({
      tree: { "app:below": child(below, { shutdown: { drain: 100 } }) },
      run: async (runtime) => {
        const box = (await runtime.acquire("app:a" as never)) as MailboxOf<typeof busy>
        void box.call.work().catch(() => {})
      },
    })
    expect(await failureOf(make, { schedules: 30 })).toBeUndefined()
  })

  it("is told to be broken by children that stop in another order", async () => {
    const backwards = (original: ChildRoster["list"]) =>
      function (this: ChildRoster) {
        return original.call(this).toReversed()
      }
    const failure = await brokenBy(ChildRoster.prototype, "list", backwards, () => failureOf(two))
    expect(failure).toMatchObject(told("23", /root told app:a to stop while app:b lived, which was started after it/))
  })

  it("is kept by what is to be killed at once, and ends by itself before it comes to that", async () => {
    const leaving = server({
      init: () => ({}),
      cast: { leave: (_state, _argument, self) => self.stop("shutdown") },
      terminate: () => pause(1),
    })
    const below = supervisor({
      autoShutdown: "any_significant",
      children: { "app:c": child(leaving, { ...brief, significant: true }), "app:d": slow },
    })
    const tree = { "app:a": child(leaving, brief), "app:b": child(below, { shutdown: "brutal_kill" }) }
    const make = (): Application => ({
      tree,
      run: (runtime) =>
        parts(
          runtime,
          ...["app:a", "app:c"].map(
            (id) => async (self: ProcessSelf<unknown>) => (await self.acquire<MailboxOf<typeof leaving>>(id)).cast.leave(),
          ),
          ...["app:a", "app:b"].map((id) => async (self: ProcessSelf<unknown>) => {
            const root = await self.acquire("root", { as: SupervisorMailbox })
            await root.terminateChild(id).catch(() => {})
          }),
        ),
    })
    expect(await failureOf(make, { schedules: 300 })).toBeUndefined()
  })

  it("is told to be broken by a supervisor that ends before its child", async () => {
    const impatient = (original: SupervisedChild["until"]) =>
      function (this: SupervisedChild, test: Parameters<SupervisedChild["until"]>[0]) {
        return this.aim === "down" ? Promise.resolve(this.state) : original.call(this, test)
      }
    const failure = await brokenBy(SupervisedChild.prototype, "until", impatient, () => failureOf(one))
    expect(failure).toMatchObject(told("23", /root has ended, and its child app:a lives/))
  })

  it("is told to be broken where a child has more time than it was given, or for ever", async () => {
    const patient = (original: Kernel["arm"]) =>
      function (this: Kernel, node: TimerNode, delayMs: number) {
        original.call(this, node, node instanceof Alarm ? delayMs * 3 : delayMs)
      }
    expect(await brokenBy(Kernel.prototype, "arm", patient, () => failureOf(late))).toMatchObject(
      told("23", /app:a had 100 ms to stop, and took 300/),
    )
    const dropped = (original: Kernel["arm"]) =>
      function (this: Kernel, node: TimerNode, delayMs: number) {
        if (!(node instanceof Alarm)) original.call(this, node, delayMs)
      }
    expect(await brokenBy(Kernel.prototype, "arm", dropped, () => failureOf(never))).toMatchObject(
      told("23", /app:a had 100 ms to stop, and has not, and nobody will kill it/),
    )
  })

  it("is told to be broken where one that is to be killed at once may clear up", async () => {
    const polite = (original: Process["urge"]) =>
      function (this: Process, urgent: Parameters<Process["urge"]>[0]) {
        original.call(this, urgent.reason === "kill" ? { type: "stop", reason: "shutdown" } : urgent)
      }
    const clearing = visited({ "app:a": child(quick, { shutdown: "brutal_kill" }) }, ["app:a"])
    const failure = await brokenBy(Process.prototype, "urge", polite, () => failureOf(clearing))
    expect(failure).toMatchObject(told("23", /app:a had 0 ms to stop|app:a was to be killed at once, and had time to stop/))
  })
})

describe("promises 14 and 23: what a stop leaves", () => {
  it("is told to be broken by mailboxes that go on taking messages", async () => {
    const open = () => () => {}
    const failure = await brokenBy(Inbox.prototype, "close", open, () => failureOf(one))
    expect(failure).toMatchObject(told("23", /a mailbox of app:a takes messages after the stop/))
  })

  it("is told to be broken by messages that nobody hears about", async () => {
    /** Casts wait for a server that stops in the middle of one. */
    const casual = server({ init: () => ({}), cast: { note: () => new Promise<void>((resolve) => setTimeout(resolve, 10)) } })
    const posting = (): Application => ({
      tree: { "app:slow": casual },
      run: async (runtime) => {
        const { cast } = await (runtime as never as { acquire(id: string): Promise<MailboxOf<typeof casual>> }).acquire("app:slow")
        for (let left = 3; left > 0; left -= 1) cast.note()
        await runtime.stop()
      },
    })
    expect(await failureOf(posting)).toBeUndefined()
    const quiet = () =>
      function (this: Kernel) {
        this.counters.reported += 1
      }
    const failure = await brokenBy(Kernel.prototype, "report", quiet, () => failureOf(posting))
    expect(failure).toMatchObject(told("14", /\d messages were given up, and 0 dead letters told/))
    const kept = () => () => {}
    expect(await brokenBy(Inbox.prototype, "close", kept, () => failureOf(posting))).toMatchObject({ kind: "promise" })
  })
})
