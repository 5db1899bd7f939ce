import { Context, Data, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import { expect, expectTypeOf, it } from "vitest"
import { Pigeonhole, Principal, process, server } from "../../actors/effect.ts"
import { child, store, supervisor } from "../../actors/index.ts"

class Prices extends Context.Service<Prices, { readonly of: (what: string) => number }>()("test/Prices") {}
class Sold extends Data.TaggedError("Sold")<{ readonly what: string }> {}

const shop = server({
  init: () => Effect.succeed({ left: ["tea"] }),
  call: {
    price: (_state, what: string) => Effect.map(Effect.service(Prices), (prices) => prices.of(what)),
    sell: (state, what: string) =>
      Effect.gen(function* () {
        if (!state.left.includes(what)) return yield* new Sold({ what })
        state.left = state.left.filter((each) => each !== what)
        return what
      }),
    refuse: () => Effect.fail("no" as const),
    nap: () => Effect.sleep("1 hour"),
    die: () => Effect.die(new Error("boom")),
    who: () => Effect.map(Principal.current, (principal) => principal?.id),
  },
})

const tree = { "app:inner": supervisor({ children: { "app:shop": child(shop, { restart: "transient" }) } }), "app:cache": store() }
class App extends Pigeonhole.Service<App>()("test/App", tree, { log: () => {} }) {}
const prices = Layer.succeed(Prices, { of: (what: string) => what.length })
const layer = Layer.provide(App.layer, prices)

it("a layer needs what the handlers of its tree need, and gives it to them", async () => {
  expectTypeOf(App.layer).toEqualTypeOf<Layer.Layer<App | Pigeonhole, Layer.Error<typeof App.layer>, Prices>>()
  const program = Effect.gen(function* () {
    const box = yield* App.acquire("app:shop")
    return yield* box.call.price("tea")
  })
  expect(await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(layer)))).toBe(3)
  const missing = Effect.scoped(program).pipe(Effect.provide(App.layer))
  // @ts-expect-error: nobody provides the prices
  const exit = await Effect.runPromiseExit(missing)
  expect(String(exit)).toContain("needs the Effect service test/Prices")
  const bare = Pigeonhole.layer(tree, { log: () => {} })
  expectTypeOf(bare).toEqualTypeOf<Layer.Layer<Pigeonhole, Layer.Error<typeof bare>, Prices>>()
  expectTypeOf(Pigeonhole.layer({ "app:cache": store() })).toEqualTypeOf<Layer.Layer<Pigeonhole, Layer.Error<typeof bare>>>()
})

it("a typed failure is one of the caller's, in its types and at run time; a defect is none", async () => {
  const program = Effect.gen(function* () {
    const box = yield* App.acquire("app:shop")
    const first = yield* box.call.sell("tea")
    const second = yield* Effect.catchTag(box.call.sell("tea"), "Sold", (error) => Effect.succeed(`sold: ${error.what}`))
    const third = yield* Effect.flip(box.call.refuse())
    const fourth = yield* Effect.flip(box.call.die())
    expectTypeOf(third).not.toBeAny()
    const who = yield* Effect.scoped(Effect.flatMap(App.acquire("app:shop"), (own) => own.call.who())).pipe(Principal.with({ id: "alice" }))
    return [first, second, third, (fourth as { readonly kind?: string }).kind, who]
  })
  const said = await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(layer)))
  expect(said).toEqual(["tea", "sold: tea", "no", "INTERNAL", "alice"])
})

it("handlers live on the clock of the test, and an interrupted caller takes its handler along", async () => {
  const program = Effect.gen(function* () {
    const box = yield* App.acquire("app:shop")
    const napping = yield* Effect.forkChild(box.call.nap(undefined, { timeout: "2 hours" }))
    yield* TestClock.adjust("1 hour")
    yield* Fiber.join(napping)
    const given = yield* Effect.forkChild(box.call.nap(undefined, { timeout: "2 hours" }))
    yield* Effect.yieldNow
    yield* Fiber.interrupt(given)
    return yield* box.call.price("four")
  })
  const test = Layer.provide(App.layerTest, prices)
  expect(await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(test)))).toBe(4)
})

it("a layer that is closed interrupts the handlers and processes that run, and closes their Scopes", async () => {
  const said: string[] = []
  const waiting = process((self) =>
    Effect.andThen(
      Effect.acquireRelease(Effect.void, () => Effect.sync(() => said.push("released"))),
      Effect.onInterrupt(self.receive(), () => Effect.sync(() => said.push("interrupted"))),
    ),
  )
  const scope = Effect.runSync(Scope.make())
  const built = Layer.buildWithScope(Pigeonhole.layer({ "app:waiting": waiting }, { log: () => {} }), scope)
  await Effect.runPromise(built)
  await Effect.runPromise(Scope.close(scope, Exit.void))
  expect(said).toEqual(["interrupted", "released"])
})
