/** How things end: streams of snapshots, the application, requests that nobody waits for, mailboxes that come too late. */

import { expect, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Layer, Scope, Stream } from "effect"
import { describe, vi } from "vitest"
import { createMachine } from "xstate"
import { Mailbox, Pigeonhole, Store, snapshots } from "../../actors/effect.ts"
import { child, type InspectionEvent, type MailboxOf, type Pid, server, store } from "../../actors/index.ts"
import { statechart } from "../../src/xstate.ts"

const lamp = statechart(
  createMachine({
    initial: "off",
    states: { off: { on: { PRESS: "on" } }, on: { on: { PRESS: "off", BREAK: "broken" } }, broken: { type: "final" } },
  }),
)

const turns = Effect.gen(function* () {
  for (let turn = 0; turn < 5; turn += 1) yield* Effect.yieldNow
})

describe("snapshots of a statechart", () => {
  const layer = Pigeonhole.layerTest({ "app:lamp": child(lamp, { restart: "temporary" }) }, { log: () => {} })

  it.effect("are told through its mailbox, in order, until the machine is done", () =>
    Effect.gen(function* () {
      const { mailbox } = yield* Mailbox.acquire<MailboxOf<typeof lamp>>("app:lamp")
      const values = Stream.runCollect(Stream.map(snapshots(mailbox), ({ value }) => value))
      const reading = yield* Effect.forkChild(values, { startImmediately: true })
      yield* turns
      for (const type of ["PRESS", "PRESS", "PRESS", "BREAK"] as const) {
        mailbox.send({ type })
        yield* turns
      }
      expect((yield* Fiber.join(reading)).slice(-4)).toEqual(["on", "off", "on", "broken"])
    }).pipe(Effect.scoped, Effect.provide(layer)),
  )

  it.effect("end with their reader: the machine goes on, and tells it nothing more", () =>
    Effect.gen(function* () {
      const { mailbox } = yield* Mailbox.acquire<MailboxOf<typeof lamp>>("app:lamp")
      let subscribed = 0
      const counted = {
        subscribe: (observer: Parameters<typeof mailbox.subscribe>[0]) => {
          const subscription = mailbox.subscribe(observer)
          subscribed += 1
          const unsubscribe = (): void => {
            subscription.unsubscribe()
            subscribed -= 1
          }
          return { unsubscribe }
        },
      }
      const reading = yield* Effect.forkChild(Stream.runDrain(snapshots(counted)), { startImmediately: true })
      yield* turns
      expect(subscribed).toBe(1)
      yield* Fiber.interrupt(reading)
      expect(subscribed).toBe(0)
      expect(mailbox.send({ type: "PRESS" })).toBe(true)
    }).pipe(Effect.scoped, Effect.provide(layer)),
  )
})

describe("the end of the application", () => {
  it.effect("is told who waits for it after an ordinary close, and fails nobody else", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const built = yield* Layer.buildWithScope(Pigeonhole.layerTest({ "app:cache": store() }, { log: () => {} }), scope)
      const waiting = yield* Effect.forkChild(Effect.flip(Effect.provide(Pigeonhole.ended, built)), { startImmediately: true })
      expect(yield* Effect.exit(Scope.close(scope, Exit.void))).toEqual(Exit.void)
      expect(yield* Fiber.join(waiting)).toMatchObject({ _tag: "Unavailable", details: { reason: "shutdown" } })
      expect((yield* Effect.flip(Effect.provide(Pigeonhole.ended, built))).details.reason).toBe("shutdown")
    }),
  )
})

describe("the stream of events", () => {
  it.effect("ends with the application, after the last of them, and at once where that has ended", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const built = yield* Layer.buildWithScope(Pigeonhole.layerTest({ "app:cache": store() }, { log: () => {} }), scope)
      const { events } = yield* Effect.provide(
        Effect.map(Pigeonhole, (service) => ({ events: service.events() })),
        built,
      )
      const reading = yield* Effect.forkChild(Stream.runCollect(events), { startImmediately: true })
      yield* turns
      yield* Scope.close(scope, Exit.void)
      expect((yield* Fiber.join(reading)).at(-1)).toMatchObject({ type: "exited", label: "root" })
      expect(yield* Stream.runCollect(events)).toEqual([])
    }),
  )
})

/** The clock of the test, which counts who sleeps by it. */
const counting = Effect.map(Clock.Clock, (clock) => {
  const state = { armed: 0 }
  const sleep = (duration: Parameters<typeof clock.sleep>[0]) =>
    Effect.suspend(() => {
      state.armed += 1
      const over = Effect.sync(() => {
        state.armed -= 1
      })
      return Effect.ensuring(clock.sleep(duration), over)
    })
  return { state, clock: Object.create(clock, { sleep: { value: sleep } }) as Clock.Clock }
})

describe("a request that is interrupted", () => {
  /** Listens to nobody. */
  const desk = server({ init: () => ({}), call: { wait: () => new Promise<never>(() => {}) } })
  const killed = Effect.map(Pigeonhole, ({ runtime }) => void runtime.exit(runtime.whereis("app:desk") as Pid, "kill"))

  it.effect("leaves no timer of the host armed", () =>
    Effect.gen(function* () {
      const { state, clock } = yield* counting
      const program = Effect.gen(function* () {
        const box = yield* Mailbox.acquire<MailboxOf<typeof desk>>("app:desk")
        const before = state.armed
        const taken = yield* Effect.forkChild(box.call.wait(undefined, { timeout: "1 hour" }), { startImmediately: true })
        const queued = yield* Effect.forkChild(box.call.wait(undefined, { timeout: "1 hour" }), { startImmediately: true })
        yield* turns
        const during = state.armed
        yield* Fiber.interrupt(taken)
        yield* Fiber.interrupt(queued)
        yield* turns
        const after = state.armed
        yield* killed
        return [before, during, after]
      })
      const layer = Pigeonhole.layerTest({ "app:desk": desk }, { log: () => {} })
      const armed = yield* Effect.scoped(program).pipe(Effect.provide(layer), Effect.provideService(Clock.Clock, clock))
      expect(armed).toEqual([0, 1, 0])
    }),
  )
})

describe("a scope that is left", () => {
  const stuck = server({ init: () => ({}), call: { wait: () => new Promise<never>(() => {}) } })

  it.effect("by an interruption waits for no handler that does not listen", () =>
    Effect.gen(function* () {
      const program = Effect.scoped(Effect.flatMap(Mailbox.acquire<MailboxOf<typeof stuck>>("app:stuck"), (box) => box.call.wait()))
      const asking = yield* Effect.forkChild(program, { startImmediately: true })
      yield* turns
      yield* Fiber.interrupt(asking)
      const { runtime } = yield* Pigeonhole
      runtime.exit(runtime.whereis("app:stuck") as Pid, "kill")
    }).pipe(Effect.provide(Pigeonhole.layerTest({ "app:stuck": stuck }, { log: () => {} }))),
  )
})

describe("a mailbox that comes after its acquirer was interrupted", () => {
  it.effect("is given back at once, by whoever waits no more", () =>
    Effect.gen(function* () {
      const seen: string[] = []
      const inspect = (event: InspectionEvent): void => {
        if ("service" in event && event.service === "app:slow") seen.push(event.type)
      }
      const begun = Promise.withResolvers<object>()
      const slow = server({ init: () => begun.promise })
      const lazy = child(slow, { autoStart: false })
      const program = Effect.gen(function* () {
        const scope = yield* Scope.make()
        const acquiring = Mailbox.acquire("app:slow").pipe(Effect.provideService(Scope.Scope, scope))
        const fiber = yield* Effect.forkChild(acquiring, { startImmediately: true })
        yield* Effect.yieldNow
        expect(seen).not.toContain("attached")
        yield* Fiber.interrupt(fiber)
        begun.resolve({})
        const ties = (): readonly string[] => seen.filter((type) => type === "attached" || type === "detached")
        yield* Effect.promise(() => vi.waitFor(() => expect(ties()).toContain("attached")))
        yield* Effect.scoped(Store.acquire("app:cache"))
        expect(ties()).toEqual(["attached", "detached"])
      })
      yield* Effect.provide(program, Pigeonhole.layer({ "app:slow": lazy, "app:cache": store() }, { log: () => {}, inspect }))
    }),
  )
})
