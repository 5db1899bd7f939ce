/** The inspection stream in XState's protocol. */

import { describe, expect, it } from "vitest"
import { createMachine, type InspectionEvent } from "xstate"
import { actor, child, type Pid, server, store } from "../../actors/index.ts"
import { inspectionToXState, statechart } from "../../src/xstate.ts"
import { bootApp } from "../support/app.ts"
import { fieldOf } from "../support/errors.ts"
import { collectGarbage } from "../support/garbage.ts"

const boom = new Error("boom")

interface Seen {
  readonly type: InspectionEvent["type"]
  readonly to: string
  readonly from: string | undefined
  readonly event: string | undefined
  readonly status: string | undefined
}

const idOf = (ref: object | undefined): string | undefined => (ref !== undefined && "id" in ref ? String(ref.id) : undefined)

/** An event in short. */
function shortOf(event: InspectionEvent): Seen {
  return {
    type: event.type,
    to: idOf(event.actorRef) ?? "",
    from: "sourceRef" in event ? idOf(event.sourceRef) : undefined,
    event: "event" in event ? event.event.type : undefined,
    status: "snapshot" in event ? event.snapshot.status : undefined,
  }
}

async function boot() {
  const events: InspectionEvent[] = []
  const app = await bootApp(
    { "app:cache": store(), "app:job": child(statechart(createMachine({ on: { HI: {} } })), { restart: "temporary" }) },
    { inspect: inspectionToXState((event) => events.push(event)) },
  )
  return { ...app, seen: events, short: () => events.map(shortOf) }
}

const worker = actor<undefined, string>(async (self) => {
  if ((await self.receive()) === "crash") throw boom
})

describe("a process", () => {
  it("is an actor with its parent's system: announced, started, in its first snapshot", async () => {
    const { runtime, short, seen } = await boot()
    const job = short().filter(({ to }) => to === "app:job")
    expect(job.slice(0, 3)).toEqual([
      { type: "@xstate.actor", to: "app:job", from: undefined, event: undefined, status: undefined },
      { type: "@xstate.event", to: "app:job", from: "root", event: "xstate.init", status: undefined },
      { type: "@xstate.snapshot", to: "app:job", from: undefined, event: "xstate.init", status: "active" },
    ])
    const root = seen.find(({ actorRef }) => idOf(actorRef) === "root")
    expect(root?.actorRef.sessionId).toMatch(/^<\d+>$/)
    expect(new Set(seen.filter(({ actorRef }) => idOf(actorRef)?.startsWith("app:")).map(({ rootId }) => rootId))).toEqual(
      new Set([root?.actorRef.sessionId]),
    )
    await runtime.stop()
  })

  it.each([
    ["end", "done", "done"],
    ["crash", "error", "error"],
  ])("that is told to %s has a last snapshot, and tells its parent as an XState child does", async (order, status, word) => {
    const { runtime, time, short, seen } = await boot()
    const parent = actor(async (self) => {
      self.tell(self.spawn(worker, undefined), order)
      await self.receive()
    })
    const pid = runtime.spawn(parent, undefined, { name: "parent" })
    await time.settle()
    const last = short().slice(-2)
    const id = last[0]?.to
    expect(last).toEqual([
      { type: "@xstate.snapshot", to: id, from: undefined, event: "pigeonhole.exited", status },
      { type: "@xstate.event", to: "parent", from: id, event: `xstate.${word}.actor.${id}`, status: undefined },
    ])
    expect(seen.at(-1)?.rootId).toBe(pid.toString())
    if (order === "crash") expect(seen.at(-1)).toMatchObject({ event: { error: boom, actorId: id } })
    await runtime.stop()
  })

  it("that was stopped says nothing to its parent, nor does one without", async () => {
    const { runtime, time, short } = await boot()
    const pid = runtime.spawn(worker)
    await time.settle()
    runtime.exit(pid, "kill")
    await time.settle()
    expect(short().at(-1)).toEqual({
      type: "@xstate.snapshot",
      to: String(pid),
      from: undefined,
      event: "pigeonhole.exited",
      status: "stopped",
    })
    await runtime.stop()
  })

  it("can be looked at, and not sent to", async () => {
    const { runtime, seen } = await boot()
    const { actorRef } = seen.find(({ actorRef }) => idOf(actorRef) === "app:job") as InspectionEvent
    expect(actorRef.getSnapshot()).toMatchObject({ status: "active" })
    expect(() => actorRef.send({ type: "HI" })).toThrow("tell its pid")
    await runtime.stop()
    expect(actorRef.getSnapshot()).toMatchObject({ status: "stopped" })
  })

  it("that is dead is not remembered", async () => {
    const refs: WeakRef<object>[] = []
    const { runtime, time } = await bootApp({}, { inspect: inspectionToXState(({ actorRef }) => refs.push(new WeakRef(actorRef))) })
    const pid = runtime.spawn(worker)
    await time.settle()
    const count = refs.length
    runtime.exit(pid, "kill")
    await time.settle()
    await collectGarbage()
    expect(refs.length).toBeGreaterThan(count)
    expect(refs.at(-1)?.deref()).toBeUndefined()
    await runtime.stop()
  })

  it("that was there before the inspector is announced when it is first spoken of", async () => {
    const { runtime, time } = await bootApp({ "app:cache": store() })
    const parent = actor<undefined, Pid>(async (self) => {
      for await (const _ of self.inbox) self.spawn(worker, undefined)
    })
    const [pid, other] = [runtime.spawn(parent), runtime.spawn(worker)]
    await time.settle()
    const seen: Seen[] = []
    const remove = runtime.inspect(inspectionToXState({ next: (event) => seen.push(shortOf(event)) }))
    runtime.tell(pid, "spawn")
    runtime.tell(other, "end")
    await time.settle()
    remove()
    const actors = seen.filter(({ type }) => type === "@xstate.actor").map(({ to }) => to)
    const child = seen.find(({ event }) => event === "xstate.init")
    expect(child?.from).toBe(String(pid))
    expect(actors).toEqual([String(pid), child?.to, String(other)])
    await runtime.stop()
  })
})

describe("everything else that is inspected", () => {
  it("is an event named after it, to the process that it is about", async () => {
    const { runtime, time, seen, short } = await boot()
    await runtime.acquire("app:cache")
    runtime.tell(runtime.whereis("app:cache") as Pid, "raw")
    await time.settle()
    expect(short().filter(({ event }) => event?.startsWith("pigeonhole."))).toMatchObject([
      { to: "pigeonhole", event: "pigeonhole.policies_changed" },
      { to: "root", event: "pigeonhole.child_started" },
      { to: "root", event: "pigeonhole.child_started" },
      { to: "app:cache", event: "pigeonhole.attached" },
      { to: "app:cache", event: "pigeonhole.dead_letter" },
    ])
    expect(seen.at(-1)).toMatchObject({ event: { type: "pigeonhole.dead_letter", message: { sort: "a string" }, cause: "denied" } })
    await runtime.stop()
  })

  it("is to the runtime itself where no living process is known for it, announced once", async () => {
    const { runtime, time, short } = await boot()
    const gone = runtime.spawn(worker, undefined, { name: "gone" })
    runtime.exit(gone, "kill")
    await time.settle()
    runtime.tell(gone, "late")
    runtime.security.setPolicies([])
    expect(short().slice(-2)).toMatchObject([
      { to: "pigeonhole", event: "pigeonhole.dead_letter" },
      { to: "pigeonhole", event: "pigeonhole.policies_changed" },
    ])
    expect(short().filter(({ type, to }) => type === "@xstate.actor" && to === "pigeonhole")).toHaveLength(1)
    await runtime.stop()
  })

  it("is to the present incarnation", async () => {
    const seen: InspectionEvent[] = []
    const fragile = server({
      init: () => ({}),
      call: {
        crash: () => {
          throw boom
        },
      },
    })
    const { runtime, time } = await bootApp({ "app:f": fragile }, { inspect: inspectionToXState((event) => seen.push(event)) })
    const mailbox = await runtime.acquire("app:f")
    const first = runtime.whereis("app:f")
    await mailbox.call.crash().catch(() => {})
    await time.settle()
    await mailbox.release()
    const byEvent = (type: string) => seen.findLast((event) => "event" in event && event.event.type === type)?.actorRef
    expect(byEvent("pigeonhole.crash_report")?.sessionId).toBe(String(first))
    expect(byEvent("pigeonhole.detached")?.sessionId).toBe(String(runtime.whereis("app:f")))
    expect(idOf(byEvent("pigeonhole.restarting"))).toBe("root")
    await runtime.stop()
  })

  it("may be denials, told to the service they are about while it lives", async () => {
    const { runtime, time, short } = await boot()
    runtime.exit(runtime.whereis("app:job") as Pid, "kill")
    await time.settle()
    runtime.security.setPolicies([{ effect: "deny", actions: "*", resources: "*" }])
    await runtime.acquire("app:cache").catch(() => {})
    expect(short().at(-1)).toMatchObject({ to: "app:cache", event: "pigeonhole.denied" })
    await runtime.acquire("app:job").catch(() => {})
    expect(short().at(-1)).toMatchObject({ to: "pigeonhole", event: "pigeonhole.denied" })
    await runtime.stop()
  })

  it("is to the younger of two of a name, though the elder ends later", async () => {
    const { runtime } = await bootApp({})
    const [elder, younger] = [runtime.spawn(worker), runtime.spawn(worker)]
    const seen: InspectionEvent[] = []
    const inspect = inspectionToXState((event) => seen.push(event))
    for (const pid of [elder, younger]) inspect({ type: "spawned", pid, label: "twin", parent: undefined })
    inspect({ type: "exited", pid: elder, label: "twin", reason: "normal" })
    inspect({ type: "overflow", target: "twin", capacity: 1, rule: "reject" })
    expect(seen.at(-1)?.actorRef.sessionId).toBe(String(younger))
    await runtime.stop()
  })
})

describe("inspectionToXState", () => {
  it("refuses what is no observer, and takes one that wants nothing", async () => {
    expect(fieldOf(() => inspectionToXState(5 as never))).toBe("observer")
    expect(fieldOf(() => inspectionToXState(null as never))).toBe("observer")
    const { runtime } = await bootApp({}, { inspect: inspectionToXState({}) })
    await runtime.stop()
  })
})
