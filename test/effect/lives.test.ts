/** What a scope, an interruption and the options of a layer do to what is under way: each was broken on purpose, and nobody had noticed. */

import { Cause, Effect, Exit, Fiber, Layer } from "effect"
import { expect, it } from "vitest"
import { Mailbox, Pigeonhole, Store } from "../../actors/effect.ts"
import { type MailboxOf, NotFound, server, store } from "../../actors/index.ts"
import { latch } from "../support/latch.ts"

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const turns = async (): Promise<void> => {
  for (let left = 10; left > 0; left -= 1) await turn()
}

it("a layer that is given up while it starts has its application stopped, and waits for that", async () => {
  const gate = latch<object>()
  const ended: string[] = []
  const slow = server({ init: () => gate.promise, terminate: () => void ended.push("slow") })
  const fiber = Effect.runFork(Effect.scoped(Layer.build(Pigeonhole.layer({ "app:slow": slow }, { log: () => {} }))))
  await turns()
  const interrupted = Effect.runPromise(Fiber.interrupt(fiber))
  gate.open({})
  await interrupted
  expect(ended).toEqual(["slow"])
})

it("a layer that drains serves what was accepted before it stops", async () => {
  const done: number[] = []
  const worker = server({
    init: () => ({}),
    call: {
      work: async (_state, n: number) => {
        await turn()
        done.push(n)
      },
    },
  })
  class App extends Pigeonhole.Service<App>()("test/lives/App", { "app:worker": worker }, { drain: true, log: () => {} }) {}
  const program = Effect.gen(function* () {
    const { runtime } = yield* App
    const box = yield* Effect.promise(() => runtime.acquire("app:worker"))
    for (const n of [1, 2, 3]) void box.call.work(n).catch(() => {})
  })
  await Effect.runPromise(Effect.provide(program, App.layer))
  expect(done).toEqual([1, 2, 3])
})

it("a layer kills what takes longer to stop than it allows", async () => {
  const stubborn = server({ init: () => ({}), terminate: () => new Promise<void>(() => {}) })
  await Effect.runPromise(
    Effect.provide(Effect.asVoid(Pigeonhole), Pigeonhole.layer({ "app:s": stubborn }, { stopTimeout: 1, log: () => {} })),
  )
}, 2000)

it("a scope that gives a mailbox back waits until its service knows", async () => {
  const gate = latch<void>()
  const busy = server({ init: () => ({}), call: { wait: () => gate.promise } })
  let isLeft = false
  const inside = Effect.gen(function* () {
    const box = yield* Mailbox.acquire<MailboxOf<typeof busy>>("app:busy")
    void box.mailbox.call.wait().catch(() => {})
  })
  const program = Effect.andThen(
    Effect.scoped(inside),
    Effect.sync(() => {
      isLeft = true
    }),
  )
  const running = Effect.runPromise(Effect.provide(program, Pigeonhole.layer({ "app:busy": busy }, { log: () => {} })))
  await turns()
  expect(isLeft).toBe(false)
  gate.open()
  await running
  expect(isLeft).toBe(true)
})

const inStore = <A>(work: (users: Store<number>) => Effect.Effect<A, unknown>): Promise<A> =>
  Effect.runPromise(
    Effect.scoped(Effect.flatMap(Store.acquire<number>("app:store"), work)).pipe(
      Effect.provide(Pigeonhole.layer({ "app:store": store() }, { log: () => {} })),
    ),
  )

it("what is asked by a signal hears of the interruption by it", async () => {
  let seen: AbortSignal | undefined
  await inStore((users) =>
    Effect.gen(function* () {
      const asked = users.use((_mailbox, signal) => {
        seen = signal
        return new Promise<never>(() => {})
      })
      const fiber = yield* Effect.forkChild(asked, { startImmediately: true })
      yield* Fiber.interrupt(fiber)
    }),
  )
  expect(seen?.aborted).toBe(true)
})

it("what a caller's function throws is a defect, an error of the runtime's too; and a failure of the store's none", async () => {
  const mine = new NotFound("mine")
  const exit = await inStore((users) =>
    Effect.exit(
      users.update("a", () => {
        throw mine
      }),
    ),
  )
  expect(Exit.isFailure(exit) && [Cause.hasDies(exit.cause), Cause.squash(exit.cause)]).toEqual([true, mine])
})

it("who waits for a lease can be interrupted", async () => {
  await inStore((users) =>
    Effect.scoped(
      Effect.gen(function* () {
        yield* users.lease("k", { ttl: "1 hour" })
        const waiting = yield* Effect.forkChild(Effect.scoped(users.lease("k", { ttl: "1 hour", wait: true, timeout: "Infinity" })), {
          startImmediately: true,
        })
        yield* Fiber.interrupt(waiting)
      }),
    ),
  )
}, 2000)

it.each([0, 1, 2, 3, 4])("a lease that is taken as who asks is interrupted, %i microtasks later, is held by nobody", async (microtasks) => {
  await inStore((users) =>
    Effect.gen(function* () {
      const holdings = [
        Effect.scoped(Effect.andThen(users.lease("k", { ttl: "1 hour" }), Effect.never)),
        Effect.never.pipe(users.withLease("k", { ttl: "1 hour" })),
      ]
      for (const holding of holdings) {
        const fiber = yield* Effect.forkChild(holding, { startImmediately: true })
        yield* Effect.promise(async () => {
          for (let left = microtasks; left > 0; left -= 1) await null
        })
        yield* Fiber.interrupt(fiber)
        yield* Effect.promise(turns)
        expect(yield* users.leaseOf("k")).toMatchObject({ _tag: "None" })
      }
    }),
  )
})
