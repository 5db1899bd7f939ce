/** What is inferred of programs in Effect, and what must not compile. */

import { Context, type Duration, Effect, Layer, type Option, Schema, type Scope, type Stream } from "effect"
import * as z from "zod"
import {
  cache as effectCache,
  server as effectServer,
  store as effectStore,
  Mailbox,
  Pigeonhole,
  Principal,
  type PutError,
  type RuntimeError,
  type StartError,
  Store,
  type StoreError,
} from "../../actors/effect.ts"
import { type MailboxOf, type PermissionDenied, server, store } from "../../actors/index.ts"

type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false
const yes = <_Holds extends true>(): void => {}
const of = <A, E, R>(_effect: Effect.Effect<A, E, R>): { readonly value: A; readonly error: E; readonly needs: R } => ({}) as never

class Clock extends Context.Service<Clock, { readonly now: number }>()("test/Clock") {}
class App extends Pigeonhole.Service<App>()("test/App", {
  "app:users": store<{ readonly name: string }>(),
  "app:counter": server({
    init: () => ({ count: 0 }),
    call: { add: (state, by: number) => (state.count += by) },
    cast: { reset: () => {} },
  }),
}) {}

// -- the layer -------------------------------------------------------------------------------------------------------

yes<Same<typeof App.layer, Layer.Layer<App | Pigeonhole, StartError>>>()
const plain = Pigeonhole.layer({ "app:users": store() })
yes<Same<typeof plain, Layer.Layer<Pigeonhole, StartError>>>()
const needing = Pigeonhole.layer({ "app:clock": effectServer({ init: () => Effect.map(Clock, ({ now }) => ({ now })) }) })
yes<Same<Layer.Services<typeof needing>, Clock>>()
void Effect.runPromise(Effect.scoped(Layer.build(needing.pipe(Layer.provide(Layer.succeed(Clock, { now: 0 }))))))
// @ts-expect-error -- what its handlers need is missing
void Effect.runPromise(Effect.scoped(Layer.build(needing)))
// @ts-expect-error -- the host is Effect's Clock
Pigeonhole.layer({}, { host: undefined as never as object })
// @ts-expect-error -- no option
Pigeonhole.layer({}, { stopTimeOut: "1 second" })

// -- mailboxes -------------------------------------------------------------------------------------------------------

const users = App.acquire("app:users")
yes<Same<Effect.Success<typeof users>, Store<{ readonly name: string }>>>()
yes<Same<Effect.Services<typeof users>, App | Scope.Scope>>()
// @ts-expect-error -- no such service
App.acquire("app:user")

const used = Effect.gen(function* () {
  const store = yield* App.acquire("app:users")
  const counter = yield* App.acquire("app:counter")
  yield* store.set("a", { name: "a" }, { ttl: "1 hour" })
  const sum: number = yield* counter.call.add(1, { timeout: "1 second" })
  const isPosted: boolean = yield* counter.cast.reset()
  return [sum, isPosted] as const
})
const running: Effect.Effect<readonly [number, boolean], RuntimeError, App | Scope.Scope> = used
void running
yes<Same<Effect.Success<typeof used>, readonly [number, boolean]>>()
declare const counting: Effect.Success<ReturnType<typeof App.acquire<"app:counter">>>
declare const keeping: Store<{ readonly name: string }>
// @ts-expect-error -- no such call
counting.call.sub(1)
// @ts-expect-error -- not what it takes
counting.call.add("1")
// @ts-expect-error -- not what it holds
keeping.set("a", { name: 1 })
// @ts-expect-error -- no duration
keeping.set("a", { name: "a" }, { ttl: "soon" })
// @ts-expect-error -- a scope is needed
void Effect.runPromise(Effect.provide(users, App.layer).pipe((effect): Effect.Effect<unknown, unknown> => effect))

const box = Mailbox.acquire<MailboxOf<ReturnType<typeof counterOf>>>("app:counter")
const counterOf = () => server({ init: () => ({ count: 0 }), call: { add: (state: { count: number }, by: number) => (state.count += by) } })
void Effect.flatMap(box, ({ call }) => call.add(1))

// -- errors ----------------------------------------------------------------------------------------------------------

declare const kept: Store<{ readonly name: string }>
const { value, error, needs } = of(kept.get("a"))
yes<Same<typeof value, Option.Option<{ readonly name: string }>>>()
yes<Same<typeof error, StoreError>>()
yes<Same<typeof needs, never>>()
const handled = of(kept.set("a", { name: "a" }).pipe(Effect.catchTag("PermissionDenied", (denied) => Effect.succeed(denied))))
yes<Same<typeof handled.error, Exclude<StoreError, PermissionDenied>>>()
const put = of(kept.put("a", { name: "a" }))
yes<Same<typeof put.error, PutError>>()
yes<Same<Stream.Error<ReturnType<typeof kept.keys>>, StoreError>>()
// @ts-expect-error -- `get` does not fail with that
kept.get("a").pipe(Effect.catchTag("NotFound", () => Effect.void))
const loaded = of(kept.getOrSet("a", () => Effect.flatMap(Clock, () => Effect.fail("none" as const))))
yes<Same<typeof loaded.needs, Clock>>()
yes<Same<Extract<typeof loaded.error, "none">, "none">>()
const span = of(kept.ttl("a"))
yes<Same<typeof span.value, Option.Option<Duration.Duration>>>()

const acting = of(Principal.with({ id: "alice" })(Store.acquire("app:users")))
yes<Same<typeof acting.needs, Pigeonhole | Scope.Scope>>()
// @ts-expect-error -- no principal
Principal.with("alice")

// -- stores of Effect ------------------------------------------------------------------------------------------------

interface Visit {
  readonly at: number
}
class Stores extends Pigeonhole.Service<Stores>()("test/Stores", {
  "app:visits": effectStore({ value: Schema.Struct({ at: Schema.FiniteFromString }), weigh: (visit) => visit.at }),
  "app:texts": effectCache({ value: z.string() }),
  "app:plain": effectStore<number>({ snapshot: { to: undefined as never, everyMs: "1 minute" } }),
}) {}
yes<Same<Effect.Success<ReturnType<typeof visits>>, Store<Visit, { readonly at: string }>>>()
const visits = () => Stores.acquire("app:visits")
const texts = Stores.acquire("app:texts")
yes<Same<Effect.Success<typeof texts>, Store<string>>>()
const numbers = Stores.acquire("app:plain")
yes<Same<Effect.Success<typeof numbers>, Store<number>>>()
export const visited = Effect.gen(function* () {
  const store = yield* visits()
  yield* store.set("a", { at: "1" })
  yes<Same<typeof read.value, Option.Option<Visit>>>()
  const read = of(store.get("a"))
  // @ts-expect-error -- it takes what the schema takes, and not what it gives
  yield* store.set("a", { at: 1 })
})
declare const needy: Schema.Codec<string, string, Clock>
// @ts-expect-error -- a schema at the door needs no services
effectStore({ value: needy })
// @ts-expect-error -- what is no schema
effectStore({ value: { parse: () => 1 } })
// @ts-expect-error -- no duration
effectStore({ snapshot: { to: undefined as never, everyMs: "1 minuet" } })
// @ts-expect-error -- no option
effectCache({ value: Schema.String, maxEntires: 1 })
