/** The runtime as a layer: one life for both. */

import { expect, it } from "@effect/vitest"
import { Cause, Clock, Effect, Exit, Fiber, Layer, Logger, Scope } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { Pigeonhole, Principal } from "../../actors/effect.ts"
import { type InspectionEvent, type Pid, server, store, supervisor, Unavailable } from "../../actors/index.ts"

const counter = server({
  init: () => ({ count: 41 }),
  call: { add: (state, by: number) => (state.count += by), fail: () => Promise.reject(new Error("boom")) },
})

class App extends Pigeonhole.Service<App>()("test/App", { "app:counter": counter, "app:cache": store<string>() }) {}

/** A tree that gives up at the first crash. */
const fragile = supervisor({ intensity: 0, children: { "app:counter": counter } })

const crash = (error: unknown) =>
  Effect.map(Pigeonhole, ({ runtime }) => void runtime.exit(runtime.whereis("app:counter") as Pid, { error }))

describe("a layer", () => {
  it.effect("starts the tree for its scope, and stops it in order when that closes", () =>
    Effect.gen(function* () {
      const ended: string[] = []
      const inspect = (event: InspectionEvent) => void (event.type === "exited" && ended.push(event.label))
      const runtime = yield* Effect.gen(function* () {
        const { runtime } = yield* Pigeonhole
        expect(runtime.whereis("app:counter")).toBeDefined()
        return runtime
      }).pipe(Effect.provide(Pigeonhole.layer({ "app:counter": counter, "app:cache": store() }, { inspect })))
      expect(ended).toEqual(["app:cache", "app:counter", "root"])
      expect(runtime.statistics().processes).toBe(0)
    }),
  )

  it.effect("gives what its tree says: mailboxes by id, their calls as effects", () =>
    Effect.gen(function* () {
      const counting = yield* App.acquire("app:counter")
      expect(yield* counting.call.add(1)).toBe(42)
      const cache = yield* App.acquire("app:cache")
      yield* cache.set("a", "one")
      expect(yield* cache.get("a")).toMatchObject({ value: "one" })
    }).pipe(Effect.provide(App.layer)),
  )

  it.effect("fails with Unavailable where a child cannot start, and leaves nothing running", () =>
    Effect.gen(function* () {
      const broken = server({
        init: () => {
          throw new Error("no port")
        },
      })
      const exit = yield* Effect.exit(Layer.build(Pigeonhole.layer({ "app:cache": store(), "app:broken": broken })))
      expect(Exit.isFailure(exit)).toBe(true)
      const failure = yield* Effect.flip(Effect.scoped(Layer.build(Pigeonhole.layer({ "app:broken": broken }))))
      expect(failure._tag).toBe("Unavailable")
    }),
  )

  it.effect("ends the program that has built it when its tree gives up, with its reason", () =>
    Effect.gen(function* () {
      const boom = new Error("boom")
      let interrupted = false
      const program = Effect.gen(function* () {
        yield* crash(boom)
        yield* Effect.never
      }).pipe(
        Effect.onInterrupt(() =>
          Effect.sync(() => {
            interrupted = true
          }),
        ),
      )
      const fiber = yield* Effect.forkChild(Effect.provide(program, Pigeonhole.layer(fragile)))
      const exit = yield* Fiber.await(fiber)
      expect(interrupted).toBe(true)
      if (!Exit.isFailure(exit)) throw new Error("it has not failed")
      const error = Cause.squash(exit.cause)
      expect(error).toBeInstanceOf(Unavailable)
      expect((error as Unavailable).details.reason).toMatchObject({ shutdown: expect.anything() })
    }),
  )

  it.effect("has Layer.launch end with the reason", () =>
    Effect.gen(function* () {
      const crashing = Layer.effectDiscard(crash(new Error("boom"))).pipe(Layer.provideMerge(Pigeonhole.layer(fragile)))
      const exit = yield* Fiber.await(yield* Effect.forkChild(Layer.launch(crashing)))
      expect(Exit.isFailure(exit) && Cause.squash(exit.cause)).toBeInstanceOf(Unavailable)
    }),
  )

  it.effect("tells who waits for its end", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const built = yield* Fiber.join(yield* Effect.forkChild(Layer.buildWithScope(Pigeonhole.layer(fragile), scope)))
      const waiting = yield* Effect.forkChild(Effect.provide(Effect.flip(Pigeonhole.ended), built))
      yield* Effect.provide(crash(new Error("boom")), built)
      expect((yield* Fiber.join(waiting))._tag).toBe("Unavailable")
      expect((yield* Effect.provide(Effect.flip(Pigeonhole.ended), built))._tag).toBe("Unavailable")
    }),
  )

  it.effect("refuses a host, by name", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.scoped(Layer.build(Pigeonhole.layer({}, { host: {} } as never))))
      expect(error).toMatchObject({ _tag: "Invalid", details: { field: "host" } })
    }),
  )

  it.effect("writes its log through the loggers of its context", () =>
    Effect.gen(function* () {
      const lines: unknown[] = []
      const logger = Logger.make(({ message }) => void lines.push(message))
      yield* Effect.scoped(Layer.build(Pigeonhole.layer({}).pipe(Layer.provide(Logger.layer([logger])))))
      expect(lines).toEqual([["no policies are configured: every operation is allowed to everyone"]])
    }),
  )
})

describe("a layer on virtual time", () => {
  it.effect("lets entries of a store expire when the test clock says so", () =>
    Effect.gen(function* () {
      const cache = yield* App.acquire("app:cache")
      yield* cache.set("a", "one", { ttl: "1 hour" })
      yield* TestClock.adjust("59 minutes")
      expect(yield* cache.has("a")).toBe(true)
      yield* TestClock.adjust("1 minute")
      expect(yield* cache.has("a")).toBe(false)
    }).pipe(Effect.provide(App.layerTest)),
  )

  it.effect("fires the timers of processes in order with Effect's sleeps", () =>
    Effect.gen(function* () {
      const seen: string[] = []
      const ticking = server({
        init: (_argument: undefined, self) => {
          self.every(1000, "tick")
          return {}
        },
        info: async () => {
          const now = seen.length
          await Promise.resolve()
          seen.push(`tick ${now}`)
        },
      })
      const { runtime } = yield* Pigeonhole
      runtime.spawn(ticking)
      yield* Effect.forkChild(
        Effect.andThen(
          Effect.sleep("1500 millis"),
          Effect.sync(() => seen.push("slept")),
        ),
      )
      yield* Effect.yieldNow
      yield* TestClock.adjust("3 seconds")
      expect(seen).toEqual(["tick 0", "slept", "tick 2", "tick 3"])
    }).pipe(Effect.provide(Pigeonhole.layerTest({}))),
  )

  it.live("brings a test clock where there is none", () =>
    Effect.gen(function* () {
      const cache = yield* App.acquire("app:cache")
      yield* cache.set("a", "one", { ttl: "1 hour" })
      yield* TestClock.adjust("1 hour")
      expect(yield* cache.has("a")).toBe(false)
      expect(yield* Clock.currentTimeMillis).toBe(3_600_000)
    }).pipe(Effect.provide(App.layerTest)),
  )
})

describe("the principal of a fiber", () => {
  it.effect("is whom a mailbox is acquired as", () =>
    Effect.gen(function* () {
      const cache = yield* App.acquire("app:cache").pipe(Principal.with({ id: "alice" }))
      expect(cache.principal.id).toBe("alice")
      expect((yield* App.acquire("app:cache")).principal.id).toBe("anonymous")
    }).pipe(Effect.provide(App.layerTest)),
  )
})
