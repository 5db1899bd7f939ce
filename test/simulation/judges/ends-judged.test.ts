/** Promise 6, judged in every schedule without being asked: who hears of an end. Where the runtime is broken on purpose, it is told how. */

import { describe, expect, it } from "vitest"
import { actor, isDown, isExit, type Pid, type ProcessSelf, type Runtime } from "../../../actors/index.ts"
import type { Envelope } from "../../../src/kernel/envelope.ts"
import { InboxDoor } from "../../../src/kernel/inbox-door.ts"
import { Process } from "../../../src/kernel/process.ts"
import { Links } from "../../../src/topology/links.ts"
import { type MonitorRef, Monitors } from "../../../src/topology/monitors.ts"
import { Topology } from "../../../src/topology/topology.ts"
import { brokenBy, failureOf } from "../../support/broken-runtime.ts"
import { only } from "../../support/explored.ts"
import { parts } from "../own/scenario.ts"

const mortal = actor<undefined, unknown>(async (self) => {
  if ((await self.receive()) === "crash") throw new Error("wanted")
})
const shortly = () => new Promise((resolve) => setTimeout(resolve, 10))

/** Each has an eye on one that ends, or has ended, in its own way. */
const watching =
  (message: "crash" | "leave") =>
  (work: (self: ProcessSelf<unknown>, pid: Pid) => unknown, early?: (self: ProcessSelf<unknown>, pid: Pid) => void) =>
    only(async (runtime: Runtime) => {
      const pid = runtime.spawn(mortal)
      const watch = async (self: ProcessSelf<unknown>): Promise<void> => {
        early?.(self, pid)
        await work(self, pid)
      }
      await parts(runtime, watch, watch, (self) => void self.tell(pid, message))
    })

/** Monitors it, and waits no longer than some time for what comes of that. */
const monitoring = watching("crash")(async (self, pid) => {
  const ref = self.monitor(pid)
  self.after(100, "enough")
  for (;;) {
    const message = await self.receive()
    if (message === "enough" || (isDown(message) && message.ref === ref)) return
  }
})
/** As long as it takes, which is for ever where nothing comes. */
const waiting = watching("crash")(async (self, pid) => {
  const ref = self.monitor(pid)
  for (;;) {
    const message = await self.receive()
    if (isDown(message) && message.ref === ref) return
  }
})
const callingOff = watching("crash")(async (self, pid) => {
  const ref = self.monitor(pid)
  await shortly()
  self.demonitor(ref)
  self.after(100, "enough")
  while ((await self.receive()) !== "enough") {}
})
const trapping = watching("crash")(async (self, pid) => {
  self.trapExit(true)
  self.link(pid)
  self.after(100, "enough")
  for (;;) {
    const message = await self.receive()
    if (message === "enough" || isExit(message)) return
  }
})
const sharing = watching("crash")(async (self, pid) => {
  self.link(pid)
  await self.receive({ timeoutMs: 100 })
})
const sharingNothing = watching("leave")(async (self, pid) => {
  self.link(pid)
  await shortly()
  self.unlink(pid)
})

const told = (how: RegExp) => ({ kind: "promise", name: "6", message: expect.stringMatching(how) })
const MANY = { schedules: 60 }
const all = { monitoring, waiting, callingOff, trapping, sharing, sharingNothing }

describe("promise 6: who hears of an end", () => {
  it.each(Object.keys(all) as (keyof typeof all)[])("holds: %s", async (name) => {
    expect(await failureOf(all[name], MANY)).toBeUndefined()
    // Where whoever ends it dies before, one that waits as long as it takes waits for ever.
    if (name !== "waiting") expect(await failureOf(all[name], { ...MANY, faults: { callerDies: 2 } })).toBeUndefined()
  })

  const monitored = () => failureOf(monitoring, MANY)
  const awaited = () => failureOf(waiting, MANY)

  it("is told to be broken by a DOWN that never comes", async () => {
    expect(await brokenBy(Monitors.prototype, "sever", () => () => [], monitored)).toMatchObject(
      told(/monitors <\d+>, which has ended, and was sent no DOWN/),
    )
    // The end itself does not come so far.
    const stuck = (original: Topology["onEnd"]) =>
      function (this: Topology, observer: Parameters<Topology["onEnd"]>[0]) {
        original.call(this, (process, reason) => (process.label.startsWith("<") ? undefined : observer(process, reason)))
      }
    const unheard = () => brokenBy(Monitors.prototype, "sever", () => () => [], awaited)
    expect(await brokenBy(Topology.prototype, "onEnd", stuck, unheard)).toMatchObject(told(/and that was told to nobody/))
  })

  it("is told to be broken by a DOWN that comes twice, too early, or by another reason", async () => {
    const twice = (original: Monitors["sever"]) =>
      function (this: Monitors, process: Process): readonly MonitorRef[] {
        return original.call(this, process).flatMap((ref) => [ref, ref])
      }
    expect(await brokenBy(Monitors.prototype, "sever", twice, monitored)).toMatchObject(told(/was told of the same end twice/))
    const early = (original: Monitors["add"]) =>
      function (this: Monitors, watcher: Process, target: Process): MonitorRef {
        const ref = original.call(this, watcher, target)
        watcher.notify({ type: "DOWN", ref, pid: target.pid, reason: "normal" })
        return ref
      }
    expect(await brokenBy(Monitors.prototype, "add", early, monitored)).toMatchObject(told(/a DOWN of <\d+> was sent before its end/))
    const otherwise = (original: Process["notify"]) =>
      function (this: Process, signal: object) {
        original.call(this, isDown(signal) || isExit(signal) ? { ...signal, reason: "shutdown" } : signal)
      }
    expect(await brokenBy(Process.prototype, "notify", otherwise, monitored)).toMatchObject(told(/has ended, and not by its reason/))
    const linked = () => failureOf(trapping, MANY)
    expect(await brokenBy(Process.prototype, "notify", otherwise, linked)).toMatchObject(
      told(/was sent the end of <\d+>, and not by its reason/),
    )
  })

  it("is told to be broken by a DOWN that is kept back, or given though it was called off", async () => {
    const passive = (original: Monitors["sever"]) =>
      function (this: Monitors, process: Process): readonly MonitorRef[] {
        const due = original.call(this, process)
        for (const ref of due) ref.isActive = false
        return due
      }
    expect(await brokenBy(Monitors.prototype, "sever", passive, monitored)).toMatchObject(told(/a DOWN was kept from/))
    const deaf = () => () => false
    expect(await brokenBy(Topology.prototype, "demonitor", deaf, () => failureOf(callingOff, MANY))).toMatchObject(
      told(/was given a DOWN that it had called off/),
    )
  })

  it("is told to be broken by a signal that is pushed out", async () => {
    const losing = (original: InboxDoor["post"]) =>
      function (this: InboxDoor, envelope: Envelope, isOwn?: boolean) {
        const refusal = original.call(this, envelope, isOwn)
        if (isDown(envelope.argument)) this.withdraw(envelope.argument)
        return refusal
      }
    expect(await brokenBy(InboxDoor.prototype, "post", losing, awaited)).toMatchObject(told(/was sent to .*, and is lost/))
  })

  it("is told to be broken by a link that carries nothing, or carries it twice", async () => {
    const nobody = () => () => []
    const no = told(/is linked to <\d+>, which has ended, and was sent no exit signal/)
    for (const make of [trapping, sharing]) {
      expect(await brokenBy(Links.prototype, "sever", nobody, () => failureOf(make, MANY))).toMatchObject(no)
    }
    const twice = (original: Links["sever"]) =>
      function (this: Links, process: Process): readonly Process[] {
        return original.call(this, process).flatMap((peer) => [peer, peer])
      }
    const trapped = () => failureOf(trapping, MANY)
    expect(await brokenBy(Links.prototype, "sever", twice, trapped)).toMatchObject(told(/was sent the end of <\d+> twice/))
  })

  it("is told to be broken where one that has ended before is watched, and nothing comes of that", async () => {
    const silent = (original: Process["notify"]) =>
      function (this: Process, signal: object) {
        const isLate = (isDown(signal) || isExit(signal)) && signal.reason === "noproc"
        if (!isLate) original.call(this, signal)
      }
    expect(await brokenBy(Process.prototype, "notify", silent, monitored)).toMatchObject(told(/was sent no DOWN/))
    expect(await brokenBy(Process.prototype, "notify", silent, () => failureOf(trapping, MANY))).toMatchObject(
      told(/was sent no exit signal/),
    )
  })
})
