/** Promises of the runtime that are judged in every schedule without being asked: where it is broken on purpose, it is told which, and how. */

import type { Application, ExploreOptions } from "pigeonhole/simulation"
import { describe, expect, it, vi } from "vitest"
import {
  actor,
  child,
  type DetachPolicy,
  isDown,
  keep,
  type MailboxOf,
  type ProcessSelf,
  type Runtime,
  refuse,
  registry,
  reset,
  type ServerSelf,
  StoreMailbox,
  server,
  stopWhenIdle,
  store,
} from "../../../actors/index.ts"
import { StoreState } from "../../../actors/store/store-state.ts"
import type { Envelope } from "../../../src/kernel/envelope.ts"
import { Inbox } from "../../../src/kernel/inbox.ts"
import { InboxDoor } from "../../../src/kernel/inbox-door.ts"
import { Process } from "../../../src/kernel/process.ts"
import { ProcessHooks } from "../../../src/kernel/process-hooks.ts"
import { ProcessTimer, Tick } from "../../../src/kernel/process-timer.ts"
import { Departures } from "../../../src/server/detached.ts"
import { Services } from "../../../src/service/services.ts"
import { CallerRequests } from "../../../src/supervision/caller-requests.ts"
import { Groups } from "../../../src/topology/groups.ts"
import { Names } from "../../../src/topology/names.ts"
import { Registry } from "../../../src/topology/registry.ts"
import { brokenBy, failureOf } from "../../support/broken-runtime.ts"
import { only, patient, together } from "../../support/explored.ts"
import { parts } from "../own/scenario.ts"

describe("promise 1: order, and 14: nothing hidden", () => {
  const sink = actor<unknown, number>(async (self) => {
    for (let left = 2; left > 0; left -= 1) await self.receive()
  })
  const sending = only(async (runtime) => {
    const pid = runtime.spawn(sink)
    await together(runtime, (self) => void [1, 2].map((message) => self.tell(pid, message)))
    await runtime.whenEnded(pid)
  })

  it("hold", async () => {
    expect(await failureOf(sending)).toBeUndefined()
  })

  it("are told to be broken by a message that overtakes", async () => {
    const overtaking = (original: InboxDoor["post"]) =>
      function (this: InboxDoor, envelope: Envelope, isOwn?: boolean) {
        const refusal = original.call(this, envelope, isOwn)
        if (envelope.argument === 2) this.bringForward(envelope)
        return refusal
      }
    const failure = await brokenBy(InboxDoor.prototype, "post", overtaking, () => failureOf(sending))
    expect(failure).toMatchObject({
      kind: "promise",
      name: "1",
      message: expect.stringMatching(/was given message after message, which the same sender had sent later/),
    })
  })

  it("are told to be broken by an end that nobody is told of", async () => {
    const quiet = vi.spyOn(ProcessHooks.prototype, "isAnnounced", "get").mockImplementation(function (this: ProcessHooks) {
      return !(this instanceof Process && this.status === "ended")
    })
    try {
      expect(await failureOf(sending)).toMatchObject({ kind: "promise", name: "14", message: expect.stringMatching(/never to have ended/) })
    } finally {
      quiet.mockRestore()
    }
  })
})

describe("promise 20: registries and groups, and 6: names", () => {
  const desks = registry<number>({ keys: "unique" })

  /** One watches another, which has a name, a key and a group, and ends. */
  const watching = only(async (runtime) => {
    const tied = runtime.spawn(
      actor(async (self) => {
        self.register("tied")
        self.registry(desks).register("a", 1)
        self.groups.join("all")
        await self.receive()
      }),
    )
    await together(runtime, async (self) => {
      self.monitor(tied)
      self.tell(tied, "end")
      while (!isDown(await self.receive())) {}
    })
  })

  it("hold", async () => {
    expect(await failureOf(watching)).toBeUndefined()
  })

  it("are told to be broken where an entry, a membership or a name is left", async () => {
    const look = () => failureOf(watching)
    expect(await brokenBy(Registry.prototype, "remove", () => () => {}, look)).toMatchObject({
      kind: "promise",
      name: "20",
      message: expect.stringMatching(/was heard of while a registry had 1 of one that has ended/),
    })
    expect(await brokenBy(Groups.prototype, "sever", () => () => {}, look)).toMatchObject({
      kind: "promise",
      name: "20",
      message: expect.stringMatching(/a DOWN of .* was heard of while it was in the group all still/),
    })
    expect(await brokenBy(Names.prototype, "sever", () => () => {}, look)).toMatchObject({
      kind: "promise",
      name: "6",
      message: expect.stringMatching(/was heard of while .* was its name still/),
    })
  })
})

describe("promise 18: timers", () => {
  const seen: unknown[] = []

  /** Whoever is told to arms anew, cancels, crashes or waits. */
  const clock = server({
    init: (_none: undefined, self: ServerSelf) => {
      self.every(10, "often")
      self.after(30, "keyed", { key: "k" })
    },
    call: {
      anew: (_state, _none: undefined, self: ServerSelf) => void self.after(30, "keyed", { key: "k" }),
      cancel: (_state, _none: undefined, self: ServerSelf) => self.cancelTimer("k"),
      crash: () => {
        throw new Error("wanted")
      },
      wait: (_state, _none: undefined, self: ServerSelf) => new Promise((resolve) => self.signal.addEventListener("abort", resolve)),
    },
    info: (_state, message) => void seen.push(message),
  })

  const asking = (name: "anew" | "cancel" | "crash") => (): Application => ({
    tree: { "app:clock": child(clock, { backoff: { initialMs: 0, maxMs: 0 } }) },
    run: (runtime) =>
      together(runtime, async (self) => {
        const { call } = await self.acquire<MailboxOf<typeof clock>>("app:clock")
        for (let left = 3; left > 0; left -= 1) await call[name](undefined, patient).catch(() => {})
        await new Promise((resolve) => setTimeout(resolve, 100))
      }),
  })
  const look = (name: "anew" | "cancel" | "crash") => () => failureOf(asking(name), { schedules: 60 })
  const told = (how: RegExp) => ({ kind: "promise", name: "18", message: expect.stringMatching(how) })

  it("hold, whatever is armed anew, cancelled or ends", async () => {
    for (const name of ["anew", "cancel", "crash"] as const) expect(await look(name)()).toBeUndefined()
    expect(seen).toContain("keyed")
  })

  it("are told to be broken by a tick that was cancelled, or armed anew", async () => {
    // What was armed goes on, and so do its ticks.
    const deaf = () => () => false as const
    expect(await brokenBy(ProcessTimer.prototype, "cancel", deaf, look("anew"))).toMatchObject(
      told(/a tick of k, which was armed anew since/),
    )
    const lost = () => failureOf(asking("cancel"), { schedules: 60 })
    const late = (original: () => number | false) =>
      function (this: ProcessTimer) {
        const left = original.call(this)
        this.isActive = true
        return left
      }
    expect(await brokenBy(ProcessTimer.prototype, "cancel", late, lost)).toMatchObject(told(/a tick of k, which was cancelled/))
  })

  it("are told to be broken by a tick of an earlier incarnation", async () => {
    const deaf = () => () => false as const
    const toHeir = () =>
      function (this: ProcessTimer) {
        const { owner } = this.process.inbox
        if (owner instanceof Process) owner.notify(new Tick(this))
      }
    const inherited = () => brokenBy(ProcessTimer.prototype, "expired", toHeir, look("crash"))
    expect(await brokenBy(ProcessTimer.prototype, "cancel", deaf, inherited)).toMatchObject(told(/which another incarnation had armed/))
  })

  it("are told to be broken by ticks that are counted wrong", async () => {
    const count = (by: number) => (original: () => unknown) =>
      function (this: ProcessTimer) {
        const message = original.call(this)
        this.missed += by
        return message
      }
    const wrong = (by: number) => brokenBy(ProcessTimer.prototype, "ticked", count(by), look("anew"))
    expect(await wrong(1)).toMatchObject(told(/tick 2 of often of app:clock came before its moment/))
    expect(await wrong(-1)).toMatchObject(told(/app:clock was told of 0 ticks of often, those that it missed among them, and there were 1/))
  })
})

describe("promise 10: detaches", () => {
  const left: number[] = []

  const desk = server({
    init: () => ({ count: 0 }),
    call: {
      add: (state) => {
        state.count += 1
        return state.count
      },
    },
    cast: {
      note: (state) => {
        state.count += 1
      },
    },
    detached: (_state, attachment) => void left.push(attachment),
  })

  const applied = (onDetach: DetachPolicy, run: (runtime: Runtime) => Promise<unknown>) => (): Application => ({
    tree: { "app:desk": child(desk, { onDetach, backoff: { initialMs: 0, maxMs: 0 } }) },
    run: (runtime) => run(runtime as Runtime),
  })
  const acquire = (self: ProcessSelf<unknown>) => self.acquire<MailboxOf<typeof desk>>("app:desk")
  const posting = async (self: ProcessSelf<unknown>): Promise<void> => {
    const box = await acquire(self)
    await box.call.add(undefined, patient).catch(() => {})
    box.cast.note()
    await box.release()
  }
  /** One asks, ends whoever serves it then, and ends, holding its mailbox. */
  const ending =
    (reason: "kill" | "shutdown" | undefined) =>
    async (self: ProcessSelf<unknown>): Promise<void> => {
      const { call } = await acquire(self)
      await call.add(undefined, patient).catch(() => {})
      const pid = self.whereis("app:desk")
      if (reason !== undefined && pid !== undefined) self.exit(pid, reason)
    }
  const several = (reason?: "kill" | "shutdown") => (runtime: Runtime) => parts(runtime, posting, posting, ending(reason))
  const look = (onDetach: DetachPolicy, reason?: "kill" | "shutdown", options: ExploreOptions = {}) =>
    failureOf(applied(onDetach, several(reason)), { schedules: 40, ...options })
  const told = (how: RegExp) => ({ kind: "promise", name: "10", message: expect.stringMatching(how) })

  it("hold, whatever the policy is, and whoever ends", async () => {
    for (const onDetach of [keep, reset, refuse, stopWhenIdle()]) {
      for (const reason of [undefined, "kill", "shutdown"] as const) expect(await look(onDetach, reason)).toBeUndefined()
    }
    expect(await look(keep, undefined, { faults: { crash: 2, callerDies: true } })).toBeUndefined()
    expect(left.length).toBeGreaterThan(100)
  })

  it("hold for a mailbox that several use", async () => {
    const lent = async (runtime: Runtime): Promise<void> => {
      const box = await (runtime as Runtime<{ "app:desk": MailboxOf<typeof desk> }>).acquire("app:desk")
      await parts(runtime, () => void box.cast.note())
      await box.release()
    }
    expect(await failureOf(applied(keep, lent), { schedules: 150 })).toBeUndefined()
  })

  it("are told to be broken by a detach that overtakes what was posted before it", async () => {
    const overtaking = (original: InboxDoor["post"]) =>
      function (this: InboxDoor, envelope: Envelope, isOwn?: boolean) {
        if (envelope.kind !== "marker" || !(this instanceof Inbox)) return original.call(this, envelope, isOwn)
        Inbox.prototype.postFirst.call(this, envelope)
        return undefined
      }
    const failure = await brokenBy(InboxDoor.prototype, "post", overtaking, () => look(keep))
    expect(failure).toMatchObject(told(/a mailbox of app:desk was given back before what it had posted before was done with: note/))
  })

  it("are told to be broken where a dead caller is none that leaves", async () => {
    const deaf = () => () => {}
    const failure = await brokenBy(Services.prototype, "callerEnded", deaf, () => look(keep))
    expect(failure).toMatchObject(told(/a caller of app:desk .* has ended, and holds its mailbox still/))
  })

  it("are told to be broken by a decision that is not carried out", async () => {
    const idle = (original: CallerRequests["serve"]) =>
      function (this: CallerRequests, request: Parameters<CallerRequests["serve"]>[0]) {
        if (request.type === "left") return request.settle(request.decision)
        return original.call(this, request)
      }
    const failure = await brokenBy(CallerRequests.prototype, "serve", idle, () => look(reset))
    expect(failure).toMatchObject(told(/app:desk was to begin anew as a caller has left, and goes on/))
  })

  it("are told to be broken where an incarnation ends that was told nothing", async () => {
    const nobody = () => () => undefined
    const failure = await brokenBy(Departures.prototype, "next", nobody, () => look(keep, "shutdown", { schedules: 400 }))
    expect(failure).toMatchObject(told(/has ended, and was not told of a caller that had left it before/))
  })

  it("are told to be broken where another incarnation is told", async () => {
    const everybody = () => () => true
    const failure = await brokenBy(Departures.prototype, "isFor", everybody, () => look(keep, "kill", { schedules: 400 }))
    expect(failure).toMatchObject(told(/app:desk .* was told that a caller has left which it had nothing of/))
  })

  it("are told to be broken by what was bound to who has left", async () => {
    const binding = (): Application => ({
      tree: { "app:store": store<number>() },
      run: (runtime) =>
        parts(
          runtime,
          ...[1, 2].map((value) => async (self: ProcessSelf<unknown>) => {
            const box = await self.acquire("app:store", { as: StoreMailbox<number> })
            await box.set("k", value, { bound: true, ttl: 0 })
            if (value === 2) await box.release()
          }),
        ),
    })
    const storing = () => failureOf(binding, { schedules: 60 })
    expect(await storing()).toBeUndefined()
    const failure = await brokenBy(StoreState.prototype, "disown", () => () => {}, storing)
    expect(failure).toMatchObject(told(/app:store holds "k" still, which was bound to a mailbox that was given back/))
  })
})
