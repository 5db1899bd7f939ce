/** Promises of the runtime that are judged in every schedule without being asked: where it is broken on purpose, it is told which, and how. */

import { type Application, type ExploreOptions, explore, type Report } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { actor, child, isDown, type MailboxOf, registry, type ServerSelf, server } from "../../../actors/index.ts"
import { Process } from "../../../src/kernel/process.ts"
import { ProcessTimer, Tick } from "../../../src/kernel/process-timer.ts"
import { Groups } from "../../../src/topology/groups.ts"
import { Names } from "../../../src/topology/names.ts"
import { Registry } from "../../../src/topology/registry.ts"
import { only, patient, together } from "../../support/explored.ts"

const failureOf = async (make: () => Application, options: ExploreOptions = {}): Promise<Report["failure"]> =>
  (await explore(make, { schedules: 20, ...options })).failure

/** While that method of the runtime's does something else. */
async function brokenBy<Class extends object, Name extends keyof Class & string>(
  prototype: Class,
  name: Name,
  work: (original: Class[Name]) => Class[Name],
  explored: () => Promise<Report["failure"]>,
): Promise<Report["failure"]> {
  const original = prototype[name]
  prototype[name] = work(original)
  try {
    return await explored()
  } finally {
    prototype[name] = original
  }
}

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
