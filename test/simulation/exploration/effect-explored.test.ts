/** Applications whose handlers are Effects, under exploration: their sleeps and turns are the world's, a race in one is found, and its line repeats it. */

import { readFile } from "node:fs/promises"
import { Clock, Context, Deferred, Effect, Fiber, Layer, Queue, Random, Schedule } from "effect"
import { Pigeonhole, server } from "pigeonhole/effect"
import { type Application, explore, replay, type World } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import type { MailboxOf } from "../../../actors/index.ts"
import { nothingFailed, patient } from "../../support/explored.ts"
import { parts, type Self } from "../own/scenario.ts"

/** Looks, thinks for a moment, and sells; handlers run side by side. */
const hall = server({
  init: () => Effect.succeed({ left: 1, sold: 0 }),
  concurrency: 2,
  call: {
    sell: (state) =>
      Effect.gen(function* () {
        if (state.left === 0) return false
        yield* Effect.sleep("10 millis")
        state.left -= 1
        state.sold += 1
        return true
      }),
    sellAtOnce: (state) =>
      Effect.gen(function* () {
        if (state.left === 0) return false
        state.left -= 1
        state.sold += 1
        yield* Effect.sleep("10 millis")
        return true
      }),
  },
})
type Hall = MailboxOf<typeof hall>

const selling = (operation: "sell" | "sellAtOnce") => (): Application => ({
  tree: { "app:hall": hall },
  run: (runtime) => {
    const buy = async (self: Self) => (await self.acquire<Hall>("app:hall")).call[operation](undefined, patient)
    return parts(runtime, buy, async (self) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      await buy(self)
    })
  },
  check(_runtime, world) {
    const { sold = 0 } = (world.stateOf("app:hall") as { readonly sold?: number } | undefined) ?? {}
    return sold <= 1 || `one seat was sold ${sold} times`
  },
})

describe("a server whose handlers are Effects", () => {
  it("has a race that is found, and repeated by its line", async () => {
    const { failure, schedule = "", text } = await explore(selling("sell"))
    expect(failure).toMatchObject({ kind: "check", message: "one seat was sold 2 times" })
    expect(text).toContain("app:hall")
    const again = await replay(selling("sell"), schedule)
    expect(again.failure).toMatchObject({ kind: "check", message: failure?.message, step: failure?.step })
    expect(again.failure?.steps).toEqual(failure?.steps)
  })

  it("has none where it decides before it waits, whoever crashes", async () => {
    nothingFailed(await explore(selling("sellAtOnce"), { schedules: 200 }))
    nothingFailed(await explore(selling("sellAtOnce"), { schedules: 200, faults: { slowHandler: 1, slowReply: 1, callerDies: 1 } }))
  })
})

/** Fibers beside the handler's, that sleep, give way, wait for each other and draw. */
const busy = server({
  init: () => Effect.succeed({ total: 0, order: [] as number[] }),
  call: {
    work: (state) =>
      Effect.gen(function* () {
        const began = yield* Clock.currentTimeMillis
        const add = (by: number) =>
          Effect.gen(function* () {
            yield* Effect.sleep(by)
            yield* Effect.yieldNow
            state.total += by
          })
        const fibers = yield* Effect.forEach([3, 1, 2], (by) => Effect.forkChild(add(by)))
        for (const fiber of fibers) yield* Fiber.join(fiber)
        const later = yield* Deferred.make<number>()
        yield* Effect.forkChild(Effect.andThen(Effect.sleep("5 millis"), Deferred.succeed(later, state.total)))
        const total = yield* Deferred.await(later)
        let tries = 0
        const third = Effect.suspend(() => (++tries < 3 ? Effect.fail("no") : Effect.succeed(tries)))
        yield* Effect.retry(third, Schedule.spaced("2 millis"))
        const nothing = yield* Effect.timeoutOption(Effect.sleep("1 minute"), "3 millis")
        return [total, nothing._tag, (yield* Clock.currentTimeMillis) - began >= 15, yield* Random.next] as const
      }),
    /** Who comes meanwhile is heard between two of its turns. */
    turns: (state, name: number) =>
      Effect.gen(function* () {
        for (let left = 2; left > 0; left -= 1) {
          yield* Effect.yieldNow
          state.order.push(name)
        }
        return state.order.join("")
      }),
  },
  concurrency: 2,
})
type Busy = MailboxOf<typeof busy>

describe("fibers of a handler", () => {
  it("sleep and wait by the world's clock, and go on", async () => {
    const drawn = new Set<number>()
    const working = (): Application => ({
      tree: { "app:busy": busy },
      run: (runtime) =>
        parts(runtime, async (self) => {
          const { call } = await self.acquire<Busy>("app:busy")
          const [total, nothing, isLate, chance] = await call.work(undefined, patient)
          if (total !== 6 || nothing !== "None" || !isLate) throw new Error(`${total} ${nothing} ${isLate}`)
          drawn.add(chance)
        }),
      check: (runtime) => runtime.statistics().handled > 0,
    })
    nothingFailed(await explore(working, { schedules: 100 }))
    expect(drawn.size).toBeGreaterThan(10)
  })

  it("have turns, in whatever order the schedule likes", async () => {
    const seen = new Set<unknown>()
    const turning = (): Application => ({
      tree: { "app:busy": busy },
      run: (runtime) =>
        parts(
          runtime,
          ...[1, 2].map((name) => async (self: Self) => {
            const { call } = await self.acquire<Busy>("app:busy")
            await call.turns(name, patient)
          }),
        ),
      check: (_runtime, world) => void seen.add((world.stateOf("app:busy") as { readonly order: readonly number[] }).order.join("")),
    })
    nothingFailed(await explore(turning, { schedules: 200 }))
    for (const order of ["1122", "2211", "1212", "2121"]) expect(seen).toContain(order)
  })
})

describe("a scenario that is an Effect", () => {
  it("has the world's time and chance, and gives way in its turns", async () => {
    const seen = new Set<string>()
    const scenario = Effect.gen(function* () {
      const began = yield* Clock.currentTimeMillis
      yield* Effect.sleep("1 hour")
      const queue = yield* Queue.unbounded<number>()
      yield* Effect.forkChild(Effect.forEach([1, 2], (item) => Effect.andThen(Effect.yieldNow, Queue.offer(queue, item))))
      const first = yield* Queue.take(queue)
      const second = yield* Queue.take(queue)
      seen.add([first, second, (yield* Clock.currentTimeMillis) - began].join())
    })
    nothingFailed(await explore(() => ({ tree: {}, run: () => Effect.runPromise(scenario) }), { schedules: 60 }))
    expect([...seen]).toEqual([`1,2,${3_600_000}`])
  })
})

describe("services of Effect", () => {
  class Prices extends Context.Service<Prices, { readonly of: (what: string) => number }>()("test/Prices") {}
  const price = (_state: object, what: string) => Effect.map(Effect.service(Prices), (prices) => prices.of(what))

  it("are given to a handler by itself", async () => {
    const given = (state: object, what: string) => Effect.provideService(price(state, what), Prices, { of: ({ length }) => length })
    const shop = server({ init: () => Effect.succeed({}), call: { price: given } })
    const prices: number[] = []
    const buying = (): Application => ({
      tree: { "app:shop": shop },
      run: (runtime) =>
        parts(runtime, async (self) => {
          const { call } = await self.acquire<MailboxOf<typeof shop>>("app:shop")
          prices.push(await call.price("tea", patient))
        }),
    })
    nothingFailed(await explore(buying, { schedules: 20 }))
    expect(prices).toEqual(Array.from(prices, () => 3))
    expect(prices.length).toBeGreaterThan(0)
  })
})

/** Applications of a layer, started by the scenario: in the world, as the program is that the layer is provided to. */
describe("a layer", () => {
  class Fares extends Context.Service<Fares, { readonly price: number }>()("test/Fares") {}
  const desk = server({
    init: () => Effect.succeed({ left: 1, sold: 0, taken: 0 }),
    concurrency: 2,
    call: {
      sell: (state, isLate: boolean) =>
        Effect.gen(function* () {
          if (state.left === 0) return false
          if (isLate) yield* Effect.sleep("10 millis")
          state.left -= 1
          state.sold += 1
          state.taken += (yield* Fares).price
          if (!isLate) yield* Effect.sleep("10 millis")
          return true
        }),
    },
  })
  class Hall extends Pigeonhole.Service<Hall>()("test/Hall", { "app:desk": desk }, { log: () => {} }) {}
  const fares = Layer.succeed(Fares, { price: 7 })
  const buy = (isLate: boolean) => Effect.flatMap(Hall.acquire("app:desk"), ({ call }) => call.sell(isLate, { timeout: "1 hour" }))
  const both = (isLate: boolean) =>
    Effect.all([buy(isLate), Effect.andThen(Effect.sleep("5 millis"), buy(isLate))].map(Effect.scoped), { concurrency: 2 })
  const sold = (world: World) => world.stateOf("app:desk") as { readonly sold: number; readonly taken: number } | undefined

  const selling =
    (isLate: boolean, ends = true) =>
    (): Application => {
      const program = Effect.gen(function* () {
        yield* both(isLate)
        if (!ends) yield* Effect.never
      })
      return { tree: {}, run: () => Effect.runPromise(Effect.provide(program, Layer.provide(Hall.layer, fares))) }
    }
  const soldOnce = { soldOnce: (world: World) => (sold(world)?.sold ?? 0) <= 1 }

  it("starts its application in the world: a race in it is found, and repeated by its line", async () => {
    const { failure, schedule = "", text } = await explore(selling(true), { always: soldOnce })
    expect(failure).toMatchObject({ kind: "always", name: "soldOnce" })
    expect(text).toContain("app:desk")
    const again = await replay(selling(true), schedule, { always: soldOnce })
    expect(again.failure?.steps).toEqual(failure?.steps)
  })

  it("has none where it is right, whoever crashes; its handlers have what it was given, and time passes by the world's clock", async () => {
    const paid = (world: World) => (sold(world)?.taken ?? 0) === 7
    const options = { always: soldOnce, sometimes: { paid } }
    const report = await explore(selling(false), { ...options, schedules: 200 })
    nothingFailed(report)
    expect(report.neverSeen).toEqual([])
    const faults = { crash: 2, slowHandler: 1, slowReply: 1, startFails: 1, clockJump: 1 }
    const suffering = (): Application => {
      const { run, ...rest } = selling(false)()
      return { ...rest, run: async (runtime, world) => void (await Promise.resolve(run(runtime, world)).catch(() => {})) }
    }
    nothingFailed(await explore(suffering, { always: soldOnce, schedules: 300, faults }))
  })

  it("is one of many: each has its own services", async () => {
    const seen = new Set<number>()
    class One extends Pigeonhole.Service<One>()("test/One", { "app:1": desk }, { log: () => {} }) {}
    class Two extends Pigeonhole.Service<Two>()("test/Two", { "app:2": desk }, { log: () => {} }) {}
    const first = Effect.flatMap(One.acquire("app:1"), ({ call }) => call.sell(false, { timeout: "1 hour" }))
    const second = Effect.flatMap(Two.acquire("app:2"), ({ call }) => call.sell(false, { timeout: "1 hour" }))
    const programs = [
      Effect.provide(Effect.scoped(first), Layer.provide(One.layer, Layer.succeed(Fares, { price: 1 }))),
      Effect.provide(Effect.scoped(second), Layer.provide(Two.layer, Layer.succeed(Fares, { price: 2 }))),
    ]
    const twice = () => ({ tree: {}, run: () => Effect.runPromise(Effect.all(programs, { concurrency: 2 })) })
    const look = (world: World) => {
      for (const price of [1, 2]) {
        const { taken = 0 } = (world.stateOf(`app:${price}`) as { readonly taken?: number } | undefined) ?? {}
        seen.add(taken)
        if (taken !== 0 && taken !== price) return `${price} has taken ${taken}`
      }
      return true
    }
    nothingFailed(await explore(twice, { schedules: 100, always: { look } }))
    expect([...seen].sort()).toEqual([0, 1, 2])
  })

  it("that nobody closes is told of as what waits, and what it opens outside by its name", async () => {
    expect((await explore(selling(false, false), { schedules: 1 })).failure).toMatchObject({ kind: "stuck" })
    const opened = Layer.effect(
      Fares,
      Effect.promise(async () => ({ price: (await readFile(import.meta.filename)).length })),
    )
    const opening = () => ({ tree: {}, run: () => Effect.runPromise(Effect.provide(both(false), Layer.provide(Hall.layer, opened))) })
    expect((await explore(opening, { schedules: 1 })).failure).toMatchObject({ kind: "outside", name: "FSREQPROMISE" })
  })

  it("on a clock of its own is refused by name: the time is the schedule's", async () => {
    const tested = () => ({ tree: {}, run: () => Effect.runPromise(Effect.provide(both(false), Layer.provide(Hall.layerTest, fares))) })
    expect((await explore(tested, { schedules: 1 })).failure).toMatchObject({
      kind: "run",
      message: expect.stringMatching(/Clock has no place in a simulation, whose time is the schedule's/),
    })
  })

  it("is in real time again when the exploration is over", async () => {
    await explore(selling(false), { schedules: 2 })
    const began = globalThis.performance.now()
    await Effect.runPromise(Effect.provide(both(false), Layer.provide(Hall.layer, fares)))
    expect(globalThis.performance.now() - began).toBeGreaterThan(9)
  })
})
