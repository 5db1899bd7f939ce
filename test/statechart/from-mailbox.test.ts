/** Mailboxes that machines invoke: acquired with the actor, called by events, released with it. */

import { describe, expect, it, onTestFinished } from "vitest"
import { type AnyActorLogic, type AnyActorRef, type AnyStateMachine, createActor, createMachine, type EventObject, sendTo } from "xstate"
import { type RuntimeOptions, refuse, StoreMailbox, server, store } from "../../actors/index.ts"
import { child } from "../../src/index.ts"
import { fromMailbox, type Releasable, statechart } from "../../src/xstate.ts"
import { bootApp } from "../support/app.ts"
import { fieldOf } from "../support/errors.ts"
import { type Latch, latch } from "../support/latch.ts"

const boom = new Error("boom")

const clerk = server({
  init: () => ({ notes: [] as string[] }),
  call: {
    read: (state) => [...state.notes],
    fail: () => {
      throw boom
    },
  },
  cast: { note: (state, text: string) => void state.notes.push(text) },
})

async function boot(options: RuntimeOptions = {}) {
  const app = await bootApp({ "app:cache": store<string>(), "app:clerk": clerk, "app:kept": child(store(), { onDetach: refuse }) }, options)
  onTestFinished(async () => {
    void app.runtime.stop({ timeoutMs: 0 })
    await app.time.settle()
    expect(app.time.armedTimers).toBe(0)
  })
  return app
}

type App = Awaited<ReturnType<typeof boot>>

const cacheCalls = {
  SET: (mailbox: StoreMailbox<string>, event: { readonly key: string; readonly value: string }) => mailbox.set(event.key, event.value),
  GET: (mailbox: StoreMailbox<string>, event: { readonly key: string }) => mailbox.get(event.key),
}

/** Invokes a mailbox; passes on what it is sent, and notes what comes back. */
function calling(seen: EventObject[], src: AnyActorLogic): AnyStateMachine {
  return createMachine({
    initial: "on",
    states: {
      on: {
        invoke: {
          src,
          id: "mailbox",
          onError: { actions: ({ event }: { event: EventObject }) => seen.push(event), target: "off" },
        },
        on: {
          LEAVE: "off",
          SEND: { actions: sendTo("mailbox", ({ event }: { event: EventObject & { what?: EventObject } }) => event.what ?? event) },
        },
      },
      off: {},
    },
    on: { "*": { actions: ({ event }: { event: EventObject }) => void seen.push(event) } },
  })
}

const places: [string, (app: App, seen: EventObject[]) => { send(event: EventObject & { what?: EventObject }): unknown; end(): void }][] = [
  [
    "on its own",
    ({ runtime }, seen) => {
      const actor = createActor(
        calling(
          seen,
          fromMailbox(() => runtime.acquire("app:cache"), cacheCalls),
        ),
      ).start()
      return { send: (event) => actor.send(event), end: () => actor.stop() }
    },
  ],
  [
    "in a process",
    ({ runtime }, seen) => {
      const logic = fromMailbox(({ self }) => self.acquire("app:cache", { as: StoreMailbox<string> }), cacheCalls)
      const pid = runtime.spawn(statechart(calling(seen, logic)), undefined)
      return { send: (event) => pid.send(event), end: () => runtime.exit(pid, "kill") }
    },
  ],
]

const attached = ({ events }: App): number => {
  const count = (wanted: string): number => events.filter(({ type }) => type === wanted).length
  return count("attached") - count("detached")
}

describe.each(places)("a mailbox invoked by a machine that runs %s", (_place, run) => {
  it("is acquired with the actor, and called by events whose answers are events", async () => {
    const [app, seen]: [App, EventObject[]] = [await boot(), []]
    const machine = run(app, seen)
    const [set, get] = [
      { type: "SET", key: "a", value: "A" },
      { type: "GET", key: "a" },
    ]
    // Both are sent before the mailbox is there, and wait for it.
    machine.send({ type: "SEND", what: set })
    machine.send({ type: "SEND", what: get })
    await app.time.settle()
    expect(seen).toEqual([
      { type: "SET.reply", value: true, event: set },
      { type: "GET.reply", value: "A", event: get },
    ])
    expect(attached(app)).toBe(1)
  })

  it("answers with an error where the call fails, and goes on", async () => {
    const [app, seen]: [App, EventObject[]] = [await boot(), []]
    const machine = run(app, seen)
    machine.send({ type: "SEND", what: { type: "GET", key: "" } as EventObject })
    machine.send({ type: "SEND", what: { type: "DROP" } })
    machine.send({ type: "SEND", what: { type: "GET", key: "b" } as EventObject })
    await app.time.settle()
    expect(seen.toSorted((one, other) => one.type.localeCompare(other.type))).toMatchObject([
      { type: "DROP.error", error: { kind: "INVALID", details: { field: "event.type" } }, event: { type: "DROP" } },
      { type: "GET.error", error: { kind: "INVALID", details: { field: "key" } }, event: { type: "GET", key: "" } },
      { type: "GET.reply", value: undefined },
    ])
  })

  it("is released when its state is left", async () => {
    const [app, seen]: [App, EventObject[]] = [await boot(), []]
    const machine = run(app, seen)
    await app.time.settle()
    machine.send({ type: "LEAVE" })
    await app.time.settle()
    expect(attached(app)).toBe(0)
  })

  it("is released with the machine", async () => {
    const [app, seen]: [App, EventObject[]] = [await boot(), []]
    const machine = run(app, seen)
    await app.time.settle()
    machine.end()
    await app.time.settle()
    expect(attached(app)).toBe(0)
  })

  it("is released where it comes only after its state was left", async () => {
    const [app, seen]: [App, EventObject[]] = [await boot(), []]
    const machine = run(app, seen)
    machine.send({ type: "LEAVE" })
    await app.time.settle()
    expect(app.events.filter(({ type }) => type === "attached")).toHaveLength(1)
    expect(attached(app)).toBe(0)
    expect(seen).toEqual([])
  })

  it("is the actor's error where it cannot be acquired", async () => {
    const [app, seen]: [App, EventObject[]] = [await boot({ policies: [{ effect: "deny", actions: "*", resources: "*" }] }), []]
    run(app, seen)
    await app.time.settle()
    expect(seen).toMatchObject([{ type: "xstate.error.actor.mailbox", error: { kind: "PERMISSION_DENIED" } }])
  })
})

describe("an invoked mailbox", () => {
  /** A mailbox that answers, and comes, when the test says so. */
  function slowMailbox(): { mailbox: Releasable & { call(): Promise<string> }; answers: Latch<string>[]; releases: number } {
    const state = {
      answers: [] as Latch<string>[],
      releases: 0,
      mailbox: {
        call: () => {
          const answer = latch<string>()
          state.answers.push(answer)
          return answer.promise
        },
        release: () => {
          state.releases += 1
          return Promise.reject(boom)
        },
      },
    }
    return state
  }

  it("may be of a server: its calls, its casts, and what they throw", async () => {
    const { runtime, time } = await boot()
    const seen: EventObject[] = []
    const logic = fromMailbox(() => runtime.acquire("app:clerk"), {
      NOTE: (mailbox, event: { readonly text: string }) => mailbox.cast.note(event.text),
      READ: (mailbox) => mailbox.call.read(),
      FAIL: (mailbox) => mailbox.call.fail(),
      THROW: () => {
        throw boom
      },
    })
    const actor = createActor(calling(seen, logic)).start()
    for (const what of [{ type: "NOTE", text: "n" }, { type: "READ" }, { type: "FAIL" }, { type: "THROW" }])
      actor.send({ type: "SEND", what })
    await time.settle()
    const byType = Object.fromEntries(seen.map((event) => [event.type, event]))
    expect(byType).toMatchObject({
      "NOTE.reply": { value: true },
      "READ.reply": { value: ["n"] },
      "FAIL.error": { error: { kind: "INTERNAL", cause: boom } },
      "THROW.error": { error: boom },
    })
    actor.stop()
    await time.settle()
  })

  it("is given the actor's input to acquire by", async () => {
    const { runtime, time } = await boot()
    const ids: string[] = []
    const logic = fromMailbox(
      ({ input }: { readonly input: string }) => {
        ids.push(input)
        return runtime.acquire(input, { as: StoreMailbox<string> })
      },
      { GET: (mailbox, event: { readonly key: string }) => mailbox.get(event.key) },
    )
    const actor = createActor(logic, { input: "app:cache" }).start()
    await time.settle()
    expect(ids).toEqual(["app:cache"])
    expect(actor.getSnapshot()).toMatchObject({ status: "active", input: "app:cache" })
    actor.send({ type: "GET", key: "a" })
    await time.settle()
    actor.stop()
    await time.settle()
  })

  it("tells nothing once it has stopped: no reply, no error", async () => {
    const { time } = await boot()
    const seen: EventObject[] = []
    const slow = slowMailbox()
    const logic = fromMailbox(async () => slow.mailbox, { CALL: (mailbox) => mailbox.call() })
    const actor = createActor(calling(seen, logic)).start()
    await time.settle()
    for (let n = 0; n < 2; n += 1) actor.send({ type: "SEND", what: { type: "CALL" } })
    actor.send({ type: "LEAVE" })
    slow.answers[0]?.open("late")
    slow.answers[1]?.fail(boom)
    await time.settle()
    expect(slow.answers).toHaveLength(2)
    expect(slow.releases).toBe(1)
    expect(seen).toEqual([])
  })

  it("lets no more than 1024 events wait for it", async () => {
    const { time } = await boot()
    const seen: EventObject[] = []
    const slow = slowMailbox()
    const coming = latch<typeof slow.mailbox>()
    const actor = createActor(
      calling(
        seen,
        fromMailbox(() => coming.promise, { CALL: (mailbox) => mailbox.call() }),
      ),
    ).start()
    for (let n = 0; n < 1025; n += 1) actor.send({ type: "SEND", what: { type: "CALL" } })
    await time.settle()
    expect(seen).toMatchObject([{ type: "CALL.error", error: { kind: "RATE_LIMITED" } }])
    coming.open(slow.mailbox)
    await time.settle()
    expect(slow.answers).toHaveLength(1024)
  })

  it("tells nobody where its actor has no parent, and nothing fails of that", async () => {
    const { time } = await boot()
    const slow = slowMailbox()
    const actor = createActor(
      fromMailbox(async () => slow.mailbox, { CALL: (mailbox) => mailbox.call() }),
      { input: undefined },
    ).start()
    await time.settle()
    actor.send({ type: "CALL" })
    slow.answers[0]?.open("reply")
    await time.settle()
    expect(actor.getSnapshot().status).toBe("active")
  })

  it("is called in a turn of the machine's process, though it comes outside of one", async () => {
    const { runtime, time } = await boot()
    const slow = slowMailbox()
    const coming = latch<typeof slow.mailbox>()
    const logic = fromMailbox(() => coming.promise, { CALL: (mailbox) => mailbox.call() })
    const pid = runtime.spawn(statechart(calling([], logic)), undefined)
    pid.send({ type: "SEND", what: { type: "CALL" } })
    await time.settle()
    await runtime.sys.suspend(pid)
    coming.open(slow.mailbox)
    await time.settle()
    expect(slow.answers).toHaveLength(0)
    await runtime.sys.resume(pid)
    await time.settle()
    expect(slow.answers).toHaveLength(1)
  })

  it("answers in a turn of the machine's process", async () => {
    const { runtime, time } = await boot()
    const seen: EventObject[] = []
    const slow = slowMailbox()
    const pid = runtime.spawn(
      statechart(
        calling(
          seen,
          fromMailbox(async () => slow.mailbox, { CALL: (mailbox) => mailbox.call() }),
        ),
      ),
      undefined,
    )
    await time.settle()
    pid.send({ type: "SEND", what: { type: "CALL" } })
    await time.settle()
    await runtime.sys.suspend(pid)
    slow.answers[0]?.open("reply")
    await time.settle()
    expect(seen).toEqual([])
    await runtime.sys.resume(pid)
    await time.settle()
    expect(seen).toMatchObject([{ type: "CALL.reply", value: "reply" }])
  })

  it("stays attached where the service's policy says so", async () => {
    const app = await boot()
    const actor = createActor(
      fromMailbox(() => app.runtime.acquire("app:kept"), {}),
      { input: undefined },
    ).start()
    await app.time.settle()
    actor.stop()
    await app.time.settle()
    expect(app.events.filter(({ type }) => type === "detached")).toMatchObject([{ service: "app:kept", decision: "refuse" }])
  })

  it("is acquired anew where its actor is restored", async () => {
    const app = await boot()
    const logic = fromMailbox(() => app.runtime.acquire("app:cache"), cacheCalls)
    const machine = createMachine({ invoke: { src: logic as AnyActorLogic, id: "mailbox" } })
    const first = createActor(machine).start()
    await app.time.settle()
    const pid = app.runtime.spawn(statechart(machine), undefined)
    await pid.snapshot()
    expect((first.getSnapshot().children.mailbox as AnyActorRef).getPersistedSnapshot()).toMatchObject({ status: "active" })
    const second = createActor(logic, {
      input: undefined,
      snapshot: (first.getSnapshot().children.mailbox as AnyActorRef).getPersistedSnapshot(),
    })
    second.start()
    await app.time.settle()
    expect(attached(app)).toBe(3)
    first.stop()
    second.stop()
    app.runtime.exit(pid, "kill")
    await app.time.settle()
    expect(attached(app)).toBe(0)
  })

  it("is the actor's error where it wants a process and there is none", () => {
    const errors: unknown[] = []
    const actor = createActor(
      fromMailbox(({ self }) => self.acquire("app:cache", { as: StoreMailbox }), {}),
      { input: undefined },
    )
    actor.subscribe({ error: (error) => errors.push(error) })
    actor.start()
    expect(errors).toMatchObject([{ kind: "INVALID", details: { field: "actor" } }])
  })
})

describe("fromMailbox", () => {
  it.each([
    ["acquire", () => fromMailbox(5 as never, {})],
    ["calls", () => fromMailbox(async () => ({ release: async () => true }), null as never)],
    ["calls.GET", () => fromMailbox(async () => ({ release: async () => true }), { GET: 5 } as never)],
  ])("refuses what it cannot use, naming the field: %s", (field, make) => {
    expect(fieldOf(make)).toBe(field)
  })
})
