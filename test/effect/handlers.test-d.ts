/** What the types of Effect handlers say, and what must not compile. */

import { Context, Data, Effect, type Scope } from "effect"
import { expectTypeOf } from "vitest"
import { child, partitionSupervisor, type Runtime, type ServerMailbox, start, store, supervisor } from "../../actors/index.ts"
import type { RequirementsOf } from "../../src/effect/requirements.ts"
import { server } from "../../src/effect.ts"

class Prices extends Context.Service<Prices, { readonly of: (what: string) => number }>()("test/Prices") {}
class Mail extends Context.Service<Mail, { readonly send: (to: string) => Effect.Effect<void, MailError> }>()("test/Mail") {}
class Disk extends Context.Service<Disk, { readonly size: number }>()("test/Disk") {}
class MailError extends Data.TaggedError("MailError")<{ readonly to: string }> {}
class Sold extends Data.TaggedError("Sold")<{ readonly what: string }> {}

declare const runtime: Runtime

// -- operations ----------------------------------------------------------------------------------------------------

const shop = server({
  init: (shelf: string[]) => Effect.map(Effect.service(Disk), ({ size }) => ({ shelf, size })),
  call: {
    price: (state, what: string) => {
      expectTypeOf(state).toEqualTypeOf<{ shelf: string[]; size: number }>()
      return Effect.map(Effect.service(Prices), (prices) => prices.of(what))
    },
    sell: (state, what: string) =>
      Effect.gen(function* () {
        if (!state.shelf.includes(what)) return yield* new Sold({ what })
        yield* (yield* Mail).send(what)
        return true
      }),
    count: (state) => state.shelf.length,
    slow: async (state) => state.shelf.length,
  },
  cast: { restock: (state, what: string) => Effect.sync(() => void state.shelf.push(what)) },
  terminate: (state) => Effect.log(state.shelf.length),
})

expectTypeOf<RequirementsOf<typeof shop>>().toEqualTypeOf<Prices | Mail | Disk>()
expectTypeOf<NonNullable<typeof shop.Errors>>().toEqualTypeOf<{ price: never; sell: Sold | MailError; count: never; slow: never }>()

export async function operations() {
  const pid = runtime.spawn(shop, ["tea"])
  expectTypeOf(await pid.call.price("tea")).toEqualTypeOf<number>()
  expectTypeOf(await pid.call.sell("tea")).toEqualTypeOf<boolean>()
  expectTypeOf(await pid.call.count()).toEqualTypeOf<number>()
  expectTypeOf(await pid.call.slow()).toEqualTypeOf<number>()
  expectTypeOf(pid.cast.restock("tea")).toEqualTypeOf<boolean>()
  // @ts-expect-error: a price is of something
  void pid.call.price()
  // @ts-expect-error: of a text
  void pid.call.price(1)
  // @ts-expect-error: no such call
  void pid.call.steal("tea")
  // @ts-expect-error: init takes a shelf
  runtime.spawn(shop)
}

// -- requirements --------------------------------------------------------------------------------------------------

const plain = server({ init: () => ({}), call: { ping: () => "pong" } })
const scoped = server({
  init: () =>
    Effect.as(
      Effect.acquireRelease(Effect.void, () => Effect.void),
      {},
    ),
})
const mailing = server({
  init: () => ({}),
  cast: { send: (_state, to: string) => Effect.flatMap(Effect.service(Mail), (mail) => mail.send(to)) },
})
const idling = server({ init: () => ({}), idle: () => Effect.asVoid(Effect.service(Disk)) })

expectTypeOf<RequirementsOf<typeof plain>>().toEqualTypeOf<never>()
expectTypeOf<RequirementsOf<typeof scoped>>().toEqualTypeOf<never>()
expectTypeOf<RequirementsOf<typeof mailing>>().toEqualTypeOf<Mail>()
expectTypeOf<RequirementsOf<typeof idling>>().toEqualTypeOf<Disk>()
expectTypeOf<Scope.Scope>().not.toBeNever()

const inner = supervisor({ children: { "app:mailing": mailing, "app:cache": store() } })
const tree = {
  "app:shop": child(shop, { argument: ["tea"] }),
  "app:inner": inner,
  "app:many": partitionSupervisor({ child: idling, partitions: 2 }),
  "app:cache": store(),
}
expectTypeOf<RequirementsOf<typeof inner>>().toEqualTypeOf<Mail>()
expectTypeOf<RequirementsOf<typeof tree>>().toEqualTypeOf<Prices | Mail | Disk>()
expectTypeOf<RequirementsOf<{ "app:cache": ReturnType<typeof store> }>>().toEqualTypeOf<never>()
const outer = supervisor({
  children: { "app:deep": supervisor({ children: { "app:deeper": inner } }), "app:idle": child(idling, { restart: "transient" }) },
})
expectTypeOf<RequirementsOf<typeof outer>>().toEqualTypeOf<Mail | Disk>()

export async function services() {
  const started = await start(tree)
  expectTypeOf(await started.acquire("app:mailing")).toExtend<ServerMailbox<{}, { send: (to: string) => void }>>()
  const box = await started.acquire("app:shop")
  expectTypeOf(await box.call.price("tea")).toEqualTypeOf<number>()
}

// -- what must not compile -----------------------------------------------------------------------------------------

// @ts-expect-error: a state is made
server({ call: { ping: () => Effect.void } })
// @ts-expect-error: the state has no such field
server({ init: () => Effect.succeed({ count: 1 }), call: { read: (state) => Effect.sync(() => state.amount) } })
// @ts-expect-error: no duration
server({ init: () => ({}), idleTimeoutMs: "5 minuets" })
server({ init: () => ({}), idleTimeoutMs: "5 minutes", initTimeoutMs: 100 })
