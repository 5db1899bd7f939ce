/**
 * A program of Effect with an application inside: layers of its own, a server whose handlers are Effects, a store, a policy, typed errors.
 *
 * Prints:
 *   alice pays 12
 *   alice pays 24
 *   mug is not sold here
 *   eve may not order
 *   2 orders of alice
 */

import { Context, Data, Effect, Layer } from "effect"
import { type MailboxOf, type PolicyRule, store } from "pigeonhole"
import { Mailbox, Pigeonhole, Principal, Store, server } from "pigeonhole/effect"

class Prices extends Context.Service<Prices, { readonly of: (article: string) => number | undefined }>()("shop/Prices") {}
class NotSold extends Data.TaggedError("NotSold")<{ readonly article: string }> {}

const orders = server({
  init: () => Effect.succeed({ sum: 0 }),
  call: {
    order: Effect.fnUntraced(function* (state: { sum: number }, article: string) {
      const price = (yield* Prices).of(article)
      if (price === undefined) return yield* new NotSold({ article })
      state.sum += price
      // Acquired as whoever has asked, and given back when the handler is done.
      const book = yield* Store.acquire<number>("shop:book")
      yield* book.set(`order:${state.sum}`, price, "1 hour")
      return state.sum
    }, Effect.scoped),
  },
})

const policies: PolicyRule[] = [
  { effect: "allow", actions: "*", resources: "*" },
  { effect: "deny", actions: "*", resources: "shop:*", conditions: [{ field: "principal.id", operator: "eq", value: "eve" }] },
]

const tree = { "shop:book": store<number>(), "shop:orders": orders }
class Shop extends Pigeonhole.Service<Shop>()("shop/Shop", tree, { policies, log: () => {} }) {}

const ordered = (who: string, article: string) =>
  Mailbox.acquire<MailboxOf<typeof orders>>("shop:orders").pipe(
    Effect.flatMap((box) => box.call.order(article)),
    Effect.map((sum) => `${who} pays ${sum}`),
    Effect.catchTag("NotSold", (error) => Effect.succeed(`${error.article} is not sold here`)),
    Effect.catchTag("PermissionDenied", () => Effect.succeed(`${who} may not order`)),
    Principal.with({ id: who }),
    Effect.scoped,
  )

const program = Effect.gen(function* () {
  for (const article of ["tea", "tea", "mug"]) console.log(yield* ordered("alice", article))
  console.log(yield* ordered("eve", "tea"))
  const book = yield* Shop.acquire("shop:book")
  console.log(`${yield* book.count("order:")} orders of alice`)
})

const prices = Layer.succeed(Prices, { of: (article: string) => (article === "tea" ? 12 : undefined) })
await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(Shop.layer.pipe(Layer.provide(prices)))))
