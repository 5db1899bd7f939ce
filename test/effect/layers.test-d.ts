/** What layers need, and what must not compile without it. */

import { Context, Effect, Layer } from "effect"
import { expectTypeOf, it } from "vitest"
import { effectMetrics, Mailbox, Pigeonhole, process, Store, server, task } from "../../actors/effect.ts"
import { store } from "../../actors/index.ts"

class Prices extends Context.Service<Prices, { readonly of: (what: string) => number }>()("types/Prices") {}

type Needs<L> = L extends Layer.Layer<infer _Provided, infer _Error, infer Required> ? Required : never

it("metrics need a running application, and nothing else", () => {
  expectTypeOf(effectMetrics()).toEqualTypeOf<Layer.Layer<never, never, Pigeonhole>>()
  // @ts-expect-error: there is none
  void Effect.runPromise(Effect.scoped(Layer.build(effectMetrics())))
  void Effect.scoped(Layer.build(effectMetrics().pipe(Layer.provide(Pigeonhole.layer({ "app:cache": store() })))))
})

it("handlers that acquire need neither a scope nor a runtime of the layer; what else they need they do", () => {
  const reading = Effect.flatMap(Store.acquire<number>("app:cache"), (cache) => cache.has("a"))
  const asking = Effect.andThen(Mailbox.acquire("app:cache"), Effect.service(Prices))
  const free = Pigeonhole.layer({
    "app:server": server({ init: () => Effect.as(reading, {}), call: { read: () => reading } }),
    "app:process": process(() => reading),
    "app:task": task(() => reading),
  })
  expectTypeOf<Needs<typeof free>>().toEqualTypeOf<never>()
  const bound = Pigeonhole.layer({ "app:server": server({ init: () => ({}), call: { ask: () => asking } }) })
  expectTypeOf<Needs<typeof bound>>().toEqualTypeOf<Prices>()
  // @ts-expect-error: nobody provides the prices
  void Effect.runPromise(Effect.scoped(Layer.build(bound)))
})
