/** What the types of Effect handlers say, and what must not compile. */

import { Context, Data, Effect, Schema, type Scope } from "effect"
import { expectTypeOf } from "vitest"
import * as z from "zod"
import {
  child,
  Mailbox,
  type MailboxOf,
  type MailboxPort,
  type Operations,
  partitionSupervisor,
  pool,
  type Runtime,
  type ServerMailbox,
  service,
  start,
  store,
  supervisor,
} from "../../actors/index.ts"
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

// -- operations with schemas ---------------------------------------------------------------------------------------

class Short extends Schema.TaggedError<Short>()("Short", { by: Schema.Finite }) {}
declare const needing: Schema.Codec<string, string, Prices>

const adder = server({
  init: () => ({ count: 1 }),
  call: {
    add: {
      payload: Schema.Struct({ by: Schema.FiniteFromString }),
      success: Schema.FiniteFromString,
      error: Short,
      handle: (state, argument, self) => {
        expectTypeOf(state).toEqualTypeOf<{ count: number }>()
        expectTypeOf(argument).toEqualTypeOf<{ readonly by: number }>()
        expectTypeOf(self.now()).toEqualTypeOf<number>()
        return Effect.flatMap(Effect.service(Prices), () =>
          argument.by > 1 ? Effect.fail(new Short({ by: argument.by })) : Effect.succeed(`${argument.by}`),
        )
      },
    },
    zod: { payload: z.string().transform(Number), handle: (_state, by) => Effect.succeed(by + 1) },
    maybe: { payload: Schema.UndefinedOr(Schema.String), handle: (_state, text) => text ?? "" },
    open: { payload: Schema.String, handle: (_state, what) => Effect.fail(new Sold({ what })) },
    bare: (state) => Effect.succeed(state.count),
    waits: { success: Schema.Finite, handle: async (state) => state.count },
  },
  cast: {
    set: {
      payload: Schema.FiniteFromString,
      handle: (state, to) => Effect.map(Effect.service(Disk), ({ size }) => [state.count, size, to]),
    },
  },
})

expectTypeOf<RequirementsOf<typeof adder>>().toEqualTypeOf<Prices | Disk>()
expectTypeOf<NonNullable<typeof adder.Errors>>().toEqualTypeOf<{
  add: Short
  zod: never
  maybe: never
  open: Sold
  bare: never
  waits: never
}>()

export async function schemas() {
  const pid = runtime.spawn(adder)
  expectTypeOf(await pid.call.add({ by: "1" })).toEqualTypeOf<number>()
  expectTypeOf(await pid.call.zod("1")).toEqualTypeOf<number>()
  expectTypeOf(await pid.call.maybe()).toEqualTypeOf<string>()
  expectTypeOf(await pid.call.bare()).toEqualTypeOf<number>()
  expectTypeOf(await pid.call.waits()).toEqualTypeOf<number>()
  expectTypeOf(pid.cast.set("1")).toEqualTypeOf<boolean>()
  // @ts-expect-error: it takes what the schema takes, and not what it gives
  void pid.call.add({ by: 1 })
  // @ts-expect-error: its argument is required
  void pid.call.add()
  // @ts-expect-error: it takes a text
  pid.cast.set(1)
}

// @ts-expect-error: the reply is a number
server({ init: () => ({}), call: { add: { success: Schema.Finite, handle: () => Effect.succeed("one") } } })
// @ts-expect-error: so it is without an Effect
server({ init: () => ({}), call: { add: { success: Schema.Finite, handle: () => "one" } } })
// @ts-expect-error: it has declared no such error
server({ init: () => ({}), call: { add: { error: Short, handle: () => Effect.fail(new Sold({ what: "tea" })) } } })
// @ts-expect-error: the handler is given a number
server({ init: () => ({}), call: { add: { payload: Schema.Finite, handle: (_state, by: string) => Effect.succeed(by) } } })
// @ts-expect-error: a schema at the door needs no services
server({ init: () => ({}), call: { add: { payload: needing, handle: () => 1 } } })
// @ts-expect-error: nor does that of a reply
server({ init: () => ({}), call: { add: { success: needing, handle: () => "1" } } })
// @ts-expect-error: what is no schema
server({ init: () => ({}), call: { add: { payload: { parse: () => 1 }, handle: () => 1 } } })
// @ts-expect-error: a cast has no reply
server({ init: () => ({}), cast: { add: { success: Schema.Finite, handle: () => 1 } } })

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

class Desk extends Mailbox {
  readonly send: (to: string) => boolean

  constructor(port: MailboxPort) {
    super(port)
    this.send = (to) => this.post(mailing.route("cast", "send"), to)
  }
}
const desk = service({
  kind: "desk",
  server: mailing,
  argument: undefined,
  acquire: "desk.use",
  guards: {},
  mailbox: (port) => new Desk(port),
})
const many = pool(child(mailing, { restart: "transient" }), { size: 2 })
const plainDesk = service({
  kind: "desk",
  server: plain,
  argument: undefined,
  acquire: "desk.use",
  guards: {},
  mailbox: (port) => new Desk(port),
})

expectTypeOf<RequirementsOf<typeof plain>>().toEqualTypeOf<never>()
expectTypeOf<RequirementsOf<typeof scoped>>().toEqualTypeOf<never>()
expectTypeOf<RequirementsOf<typeof mailing>>().toEqualTypeOf<Mail>()
expectTypeOf<RequirementsOf<typeof idling>>().toEqualTypeOf<Disk>()
expectTypeOf<Scope.Scope>().not.toBeNever()

expectTypeOf<RequirementsOf<{ "app:desk": typeof desk }>>().toEqualTypeOf<Mail>()
expectTypeOf<RequirementsOf<{ "app:pool": typeof many }>>().toEqualTypeOf<Mail>()
expectTypeOf<RequirementsOf<typeof desk | typeof many>>().toEqualTypeOf<Mail>()
const plainPool = pool(plain, { size: 2 })
expectTypeOf<RequirementsOf<{ "app:a": typeof plainDesk; "app:b": typeof plainPool }>>().toEqualTypeOf<never>()
expectTypeOf<MailboxOf<typeof desk>>().toEqualTypeOf<Desk>()
expectTypeOf<MailboxOf<typeof many>>().toExtend<Operations<{}, { send: (to: string) => void }>>()
// @ts-expect-error: a pool's worker is given what it takes, or nothing where it takes nothing
pool(shop, { size: 2 })
// @ts-expect-error: a service's server is given what it takes
service({ kind: "desk", server: shop, argument: 1, acquire: "desk.use", guards: {}, mailbox: (port) => new Desk(port) })

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
