/** A statechart in the tree is a service: callers acquire a mailbox for its events. */

import { describe, expect, it } from "vitest"
import { createMachine, emit, setup } from "xstate"
import { actor, Canceled, child, Invalid, PermissionDenied, stopWhenIdle, supervisor, Unavailable } from "../../src/index.ts"
import { StatechartMailbox, statechart } from "../../src/xstate.ts"
import { bootApp } from "../support/app.ts"
import { latch } from "../support/latch.ts"
import { refusalBy, refusalOf } from "../support/refusal.ts"
import { watch } from "../support/watched.ts"

const boom = new Error("boom")

const door = createMachine({
  initial: "closed",
  states: { closed: { on: { OPEN: "open" } }, open: { on: { CLOSE: "closed" } } },
  on: {
    BREAK: {
      actions: () => {
        throw boom
      },
    },
  },
})

describe("the mailbox of a statechart", () => {
  it("sends events in order, and gives snapshots", async () => {
    const { runtime } = await bootApp({ "app:door": statechart(door) })
    const mailbox = await runtime.acquire("app:door")
    expect(mailbox).toBeInstanceOf(StatechartMailbox)
    expect(mailbox.send({ type: "OPEN" })).toBe(true)
    expect((await mailbox.snapshot()).value).toBe("open")
    expect((await mailbox.transition({ type: "CLOSE" })).value).toBe("closed")
    await runtime.stop()
    expect(mailbox.send({ type: "OPEN" })).toBe(false)
    expect(await refusalOf(mailbox.snapshot())).toBeInstanceOf(Unavailable)
  })

  it("gives no actor below the machine away, which could be sent to past the gate: what is left of it can be looked at", async () => {
    const below = createMachine({ initial: "calm", states: { calm: {} } })
    const machine = setup({ actors: { below } }).createMachine({
      invoke: { id: "below", src: "below" },
      initial: "idle",
      states: { idle: { on: { GO: "gone" } }, gone: {} },
    })
    const { runtime, time } = await bootApp({ "app:m": statechart(machine) })
    const mailbox = await runtime.acquire("app:m")
    const children: { readonly below?: object }[] = []
    mailbox.subscribe((snapshot) => children.push(snapshot.children))
    const waiting = mailbox.waitFor(({ children: seen, value }) => {
      children.push(seen)
      return value === "gone"
    })
    const before = await mailbox.snapshot()
    const after = await mailbox.transition({ type: "GO" })
    children.push(before.children, after.children, (await waiting).children)
    await time.settle()
    expect(children.length).toBeGreaterThan(5)
    for (const { below: seen } of children) expect(Object.keys(seen ?? {})).toEqual(["id", "getSnapshot"])
    expect(after.children.below?.getSnapshot().value).toBe("calm")
    expect([after.matches("gone"), before.can({ type: "GO" })]).toEqual([true, true])
    const pid = runtime.spawn(statechart(machine))
    expect((await pid.snapshot()).children.below?.send).toBeTypeOf("function")
    await runtime.stop()
  })

  it("outlives a restart: what it posted behind the event that crashed is handled by the next incarnation", async () => {
    const { runtime } = await bootApp({ "app:door": child(statechart(door), { state: "retain" }) })
    const mailbox = await runtime.acquire("app:door")
    mailbox.send({ type: "OPEN" })
    const broken = refusalOf(mailbox.transition({ type: "BREAK" }))
    const after = mailbox.transition({ type: "CLOSE" })
    expect(await broken).toMatchObject({ kind: "INTERNAL", cause: boom })
    expect((await after).value).toBe("closed")
    await runtime.stop()
  })

  it("answers with an error for what is no event of the machine's, and is told of a released one", async () => {
    const { runtime, events } = await bootApp({ "app:door": statechart(door) })
    const mailbox = await runtime.acquire("app:door")
    expect((await refusalOf(mailbox.transition({ type: "KNOCK" }))).details.field).toBe("message.type")
    mailbox.send(5 as never)
    await mailbox.snapshot()
    expect(events.filter(({ type }) => type === "dead_letter")).toMatchObject([
      { target: "app:door", message: { sort: "a number" }, cause: "unhandled" },
    ])
    expect(await mailbox.release()).toBe(true)
    expect(await refusalOf(mailbox.transition({ type: "OPEN" }))).toBeInstanceOf(Invalid)
    await runtime.stop()
  })

  it("is subject to policies: to acquire, and for each operation with the type of the event", async () => {
    const { runtime } = await bootApp(
      { "app:door": statechart(door) },
      {
        policies: [
          { effect: "allow", actions: ["statechart.acquire", "statechart.snapshot"], resources: "app:door" },
          {
            effect: "allow",
            actions: ["statechart.send", "statechart.transition"],
            resources: "app:door",
            conditions: [{ field: "attributes.event", operator: "eq", value: "OPEN" }],
          },
        ],
      },
    )
    const mailbox = await runtime.acquire("app:door")
    expect((await mailbox.transition({ type: "OPEN" })).value).toBe("open")
    expect(await refusalOf(mailbox.transition({ type: "CLOSE" }))).toBeInstanceOf(PermissionDenied)
    expect(mailbox.send({ type: "CLOSE" })).toBe(false)
    expect(mailbox.send("OPEN" as never)).toBe(false)
    expect((await mailbox.snapshot()).value).toBe("open")
    runtime.security.setPolicies([{ effect: "deny", actions: "statechart.acquire", resources: "*" }])
    expect(await refusalOf(runtime.acquire("app:door"))).toBeInstanceOf(PermissionDenied)
    await runtime.stop()
  })

  it("is given to processes of the tree too", async () => {
    const { runtime, time } = await bootApp({ "app:door": statechart(door) })
    const opener = actor(async (self) => {
      const mailbox = await self.acquire("app:door", { as: StatechartMailbox<typeof door> })
      mailbox.send({ type: "OPEN" })
    })
    await runtime.whenEnded(runtime.spawn(opener))
    await time.settle()
    expect((await (await runtime.acquire("app:door")).snapshot()).value).toBe("open")
    await runtime.stop()
  })
})

describe("those who are told through a mailbox", () => {
  it("go on after a restart: the first snapshot of the next incarnation is told, and waits look at it", async () => {
    const { runtime, time } = await bootApp({ "app:door": statechart(door) })
    const mailbox = await runtime.acquire("app:door")
    const seen: unknown[] = []
    const subscription = mailbox.subscribe({ next: ({ value }) => seen.push(value), error: (error) => seen.push(error) })
    await mailbox.transition({ type: "OPEN" })
    const waiting = watch(mailbox.waitFor("closed"))
    const other = watch(mailbox.waitFor((snapshot) => snapshot.value === "open" && seen.length > 2))
    mailbox.send({ type: "BREAK" })
    await time.advance(1000)
    expect([seen, waiting.state, other.state]).toEqual([["open", "closed"], "fulfilled", "pending"])
    mailbox.send({ type: "OPEN" })
    mailbox.send({ type: "CLOSE" })
    mailbox.send({ type: "OPEN" })
    await time.settle()
    expect([seen.slice(2), subscription.isActive, other.state]).toEqual([["open", "closed", "open"], true, "fulfilled"])
    await runtime.stop()
    expect(seen.at(-1)).toBeInstanceOf(Unavailable)
  })

  it("end when the service is stopped, and may begin anew when it runs again", async () => {
    const { runtime, time } = await bootApp({ "app:door": statechart(door) })
    const [mailbox, root] = [await runtime.acquire("app:door"), await runtime.acquire("root")]
    const seen: unknown[] = []
    const subscribe = () => mailbox.subscribe({ next: ({ value }) => seen.push(value), error: ({ kind }) => seen.push(kind) })
    const first = subscribe()
    const waiting = watch(mailbox.waitFor("open"))
    await time.settle()
    await root.terminateChild("app:door")
    await time.settle()
    expect([seen, first.isActive]).toEqual([["UNAVAILABLE"], false])
    expect(waiting.error).toBeInstanceOf(Unavailable)
    expect(refusalBy(subscribe)).toBeInstanceOf(Unavailable)
    await root.restartChild("app:door")
    subscribe()
    await mailbox.transition({ type: "OPEN" })
    expect(seen).toEqual(["UNAVAILABLE", "open"])
    await runtime.stop()
  })

  it("end when the supervisor has given up", async () => {
    const app = await bootApp({ "app:s": supervisor({ intensity: 0, children: { "app:door": statechart(door) } }) })
    const mailbox = await app.runtime.acquire("app:door")
    const seen: unknown[] = []
    mailbox.subscribe({ error: ({ kind, cause }) => seen.push([kind, cause]) })
    const waiting = watch(mailbox.waitFor("open"))
    mailbox.send({ type: "BREAK" })
    await app.time.settle()
    expect([seen, waiting.error]).toEqual([[["UNAVAILABLE", undefined]], expect.any(Unavailable)])
    await app.runtime.stop()
  })

  it("hear that it is complete where the machine is done and is not started again", async () => {
    const machine = createMachine({ initial: "a", states: { a: { on: { END: "b" } }, b: { type: "final" } } })
    const { runtime, time } = await bootApp({
      "app:once": child(statechart(machine), { restart: "transient" }),
      "app:again": child(statechart(machine), { restart: "permanent" }),
    })
    const seen: unknown[] = []
    for (const id of ["app:once", "app:again"] as const) {
      const mailbox = await runtime.acquire(id)
      mailbox.subscribe({ next: ({ value }) => seen.push(`${id} ${value}`), complete: () => seen.push(`${id} complete`) })
      mailbox.send({ type: "END" })
    }
    await time.advance(1000)
    expect(seen.toSorted()).toEqual(["app:again a", "app:again b", "app:once b", "app:once complete"])
    await runtime.stop()
  })

  it("are told nothing from the call of release on; a wait is canceled once the mailbox is given back", async () => {
    const { runtime, time } = await bootApp({ "app:door": statechart(door) })
    const [mailbox, other] = [await runtime.acquire("app:door"), await runtime.acquire("app:door")]
    const seen: unknown[] = []
    const subscription = mailbox.subscribe({ next: () => seen.push("next"), error: () => seen.push("error") })
    const others: unknown[] = []
    other.subscribe(({ value }) => others.push(value))
    const waiting = watch(mailbox.waitFor("closed", { timeoutMs: Number.POSITIVE_INFINITY }))
    const later = watch(mailbox.waitFor((snapshot) => snapshot.value === "nowhere", { timeoutMs: Number.POSITIVE_INFINITY }))
    mailbox.send({ type: "OPEN" })
    const released = mailbox.release()
    expect(await released).toBe(true)
    await time.settle()
    expect([seen, subscription.isActive, others]).toEqual([[], false, ["open"]])
    expect([waiting.state, later.error]).toEqual(["fulfilled", expect.any(Canceled)])
    expect(refusalBy(() => mailbox.subscribe(() => {}))).toBeInstanceOf(Invalid)
    await runtime.stop()
  })

  it("go on where the release is refused", async () => {
    const { runtime, time } = await bootApp({ "app:door": child(statechart(door), { onDetach: () => ({ action: "refuse" }) }) })
    const mailbox = await runtime.acquire("app:door")
    const seen: unknown[] = []
    const subscription = mailbox.subscribe(({ value }) => seen.push([value, subscription.missed]))
    mailbox.send({ type: "OPEN" })
    expect(await mailbox.release()).toBe(false)
    await mailbox.transition({ type: "CLOSE" })
    expect(seen).toEqual([["closed", 1]])
    await time.settle()
    await runtime.stop()
  })

  it("are told nothing once their caller has ended", async () => {
    const { runtime, time } = await bootApp({ "app:door": statechart(door) })
    const seen: unknown[] = []
    const held = latch()
    const watcher = actor(async (self) => {
      const mailbox = await self.acquire("app:door", { as: StatechartMailbox<typeof door> })
      mailbox.subscribe({ next: ({ value }) => seen.push(value), error: () => seen.push("error") })
      await held.promise
    })
    const pid = runtime.spawn(watcher)
    const mailbox = await runtime.acquire("app:door")
    await time.settle()
    await mailbox.transition({ type: "OPEN" })
    runtime.exit(pid, "kill")
    mailbox.send({ type: "CLOSE" })
    await time.settle()
    expect(seen).toEqual(["open"])
    held.open()
    await runtime.stop()
  })

  it("do not keep a service from its idleness", async () => {
    const { runtime, time } = await bootApp({ "app:door": child(statechart(door), { onDetach: stopWhenIdle() }) })
    const mailbox = await runtime.acquire("app:door")
    const waiting = watch(mailbox.waitFor("open", { timeoutMs: Number.POSITIVE_INFINITY }))
    await time.settle()
    await mailbox.release()
    await time.settle()
    expect(waiting.error).toBeInstanceOf(Canceled)
    expect(runtime.tree().children[0]?.state).toBe("stopped")
    await runtime.stop()
  })
})

describe("permission to be told", () => {
  const bell = setup({
    types: { emitted: {} as { type: "rung" } | { type: "secret" }, events: {} as { type: "RING" } | { type: "OPEN" } },
  }).createMachine({
    initial: "shut",
    states: { shut: { on: { OPEN: "open" } }, open: {} },
    on: { RING: { actions: [emit({ type: "rung" }), emit({ type: "secret" })] } },
  })
  const acquire = { effect: "allow", actions: ["statechart.acquire", "statechart.transition"], resources: "*" } as const
  const allow = (action: string, event?: string) =>
    ({
      effect: "allow",
      actions: `statechart.${action}`,
      resources: "app:bell",
      ...(event === undefined ? {} : { conditions: [{ field: "attributes.event", operator: "eq" as const, value: event }] }),
    }) as const

  it("is needed for each: who has none learns nothing of the machine, whatever is asked", async () => {
    const { runtime } = await bootApp({ "app:bell": statechart(bell) }, { policies: [acquire] })
    const mailbox = await runtime.acquire("app:bell")
    const told: unknown[] = []
    const refusals = [
      refusalBy(() => mailbox.subscribe(() => told.push(1))),
      refusalBy(() => mailbox.on("rung", () => told.push(2))),
      await refusalOf(mailbox.waitFor("shut")),
      await refusalOf(mailbox.waitFor("nowhere" as never)),
      await refusalOf(mailbox.waitFor(() => told.push(3) > 0)),
      await refusalOf(mailbox.can({ type: "RING" })),
      await refusalOf(mailbox.can({ type: "KNOCK" } as never)),
      await refusalOf(mailbox.can("no event" as never)),
    ]
    await mailbox.transition({ type: "RING" })
    expect(refusals.map(({ kind }) => kind)).toEqual(refusals.map(() => "PERMISSION_DENIED"))
    expect(refusals.map(({ details }) => details.action)).toEqual(
      ["subscribe", "on", "waitFor", "waitFor", "waitFor", "can", "can", "can"].map((name) => `statechart.${name}`),
    )
    expect(told).toEqual([])
    await runtime.stop()
  })

  it("to ask whether it can, and to hear what it emits, goes by the type of the event", async () => {
    const policies = [acquire, allow("can", "RING"), allow("on", "rung"), allow("subscribe"), allow("waitFor")]
    const { runtime } = await bootApp({ "app:bell": statechart(bell) }, { policies })
    const mailbox = await runtime.acquire("app:bell")
    const told: unknown[] = []
    expect(await mailbox.can({ type: "RING" })).toBe(true)
    expect(await refusalOf(mailbox.can({ type: "OPEN" }))).toBeInstanceOf(PermissionDenied)
    mailbox.on("rung", ({ type }) => told.push(type))
    for (const type of ["secret", "*"] as const) expect(refusalBy(() => mailbox.on(type, () => {}))).toBeInstanceOf(PermissionDenied)
    mailbox.subscribe(({ value }) => told.push(value))
    await mailbox.transition({ type: "RING" })
    await mailbox.transition({ type: "OPEN" })
    expect([told, (await mailbox.waitFor("open")).value]).toEqual([["rung", "open"], "open"])
    await runtime.stop()
  })

  it("to hear of all is of all but what is denied", async () => {
    const denied = { ...allow("on", "secret"), effect: "deny" } as const
    const { runtime } = await bootApp({ "app:bell": statechart(bell) }, { policies: [acquire, allow("on"), denied] })
    const mailbox = await runtime.acquire("app:bell")
    const told: unknown[] = []
    mailbox.on("*", ({ type }) => told.push(type))
    await mailbox.transition({ type: "RING" })
    await mailbox.transition({ type: "RING" })
    expect(told).toEqual(["rung", "rung"])
    await runtime.stop()
  })

  it("that is taken away counts from the next word on: a subscription ends with that error, and a wait fails when it would be answered", async () => {
    const { runtime, time } = await bootApp(
      { "app:bell": statechart(bell) },
      { policies: [acquire, allow("subscribe"), allow("on"), allow("waitFor")] },
    )
    const mailbox = await runtime.acquire("app:bell")
    const told: unknown[] = []
    const subscriptions = [
      mailbox.subscribe({ next: () => told.push("next"), error: ({ kind }) => told.push(kind) }),
      mailbox.on("rung", () => told.push("rung")),
    ]
    const waiting = watch(mailbox.waitFor("open"))
    await time.settle()
    runtime.security.setPolicies([acquire])
    await mailbox.transition({ type: "RING" })
    await mailbox.transition({ type: "OPEN" })
    await time.settle()
    expect([told, subscriptions.map(({ isActive }) => isActive)]).toEqual([["PERMISSION_DENIED"], [false, false]])
    expect(waiting.error).toBeInstanceOf(PermissionDenied)
    await runtime.stop()
  })
})
