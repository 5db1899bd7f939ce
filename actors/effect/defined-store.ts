/** Stores for programs of Effect: as plain ones, of values that a Schema of Effect makes, with durations in the place of milliseconds. */

import {
  type AnySchema,
  type DoorOutput,
  type DurationOptions,
  doorOf,
  inMilliseconds,
  ownOptions,
  type StandardOf,
} from "../../src/effect.ts"
import type { ServiceDefinition } from "../../src/index.ts"
import type { SnapshotOptions } from "../store/snapshot-options.ts"
import { cache as plainCache, store as plainStore } from "../store/store.ts"
import type { StoreMailbox, StoreMailboxFor } from "../store/store-mailbox.ts"
import type { StoreOptions } from "../store/store-settings.ts"

/** As a plain store's, with durations where times are. */
export interface EffectStoreOptions<Value = unknown> extends Omit<StoreOptions<Value>, "snapshot"> {
  /** Where the store's snapshots are kept, as of a plain store; `everyMs` may be a duration, as `"1 minute"`. */
  readonly snapshot?: DurationOptions<SnapshotOptions>
}

/** A store whose values a schema makes of what is given to it. */
export interface EffectSchemaStoreOptions<Value> extends EffectStoreOptions<DoorOutput<Value>> {
  /**
   * What a value has to be: a Schema of Effect as it is, or any Standard Schema. Whatever is written is decoded before it is kept; what does not fit is `Invalid`,
   * naming the place (`value.user.name`), and so is what the schema makes of it, where that is no plain data.
   */
  readonly value: Value & AnySchema
}

/**
 * Defines a store, as `store` of plain TypeScript does. A full one refuses new keys, unless `whenFull` says otherwise; `cache` defines one that does not.
 *
 * Errors  Invalid, naming the option. Of a schema that is asynchronous, or asks for a service: what it is to judge is Invalid.
 *
 * @example
 * import { Effect, Option, Schema } from "effect"
 * import { Pigeonhole, store } from "pigeonhole/effect"
 * const Session = Schema.Struct({ user: Schema.String, visits: Schema.FiniteFromString })
 * class App extends Pigeonhole.Service<App>()("docs/Sessions", { "app:sessions": store({ value: Session }) }) {}
 * const program = Effect.gen(function* () {
 *   const sessions = yield* App.acquire("app:sessions")
 *   yield* sessions.set("a", { user: "Alice", visits: "2" }, "1 hour")
 *   return yield* sessions.get("a")
 * })
 * const running = Effect.scoped(program).pipe(Effect.provide(App.layer))
 * Option.getOrUndefined(await Effect.runPromise(running)) // => { user: "Alice", visits: 2 }
 */
export function store<Schema extends AnySchema>(
  options: EffectSchemaStoreOptions<Schema>,
): ServiceDefinition<StoreMailboxFor<StandardOf<Schema>>>
export function store<Value = unknown>(options?: EffectStoreOptions<Value>): ServiceDefinition<StoreMailbox<Value>>
export function store(options?: object): ServiceDefinition<StoreMailbox> {
  return plainStore(plain(options))
}

/**
 * Defines a store that makes room when it is full, as `cache` of plain TypeScript does.
 *
 * Errors  Invalid, naming the option.
 *
 * @example
 * import { Effect, Schema } from "effect"
 * import { cache, Pigeonhole } from "pigeonhole/effect"
 * class App extends Pigeonhole.Service<App>()("docs/Pages", { "app:pages": cache({ value: Schema.String, maxEntries: 2 }) }) {}
 * const program = Effect.gen(function* () {
 *   const pages = yield* App.acquire("app:pages")
 *   yield* Effect.forEach(["/a", "/b", "/c"], (path) => pages.set(path, "…"))
 *   return yield* pages.count()
 * })
 * await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(App.layer))) // => 2
 */
export function cache<Schema extends AnySchema>(
  options: EffectSchemaStoreOptions<Schema>,
): ServiceDefinition<StoreMailboxFor<StandardOf<Schema>>>
export function cache<Value = unknown>(options?: EffectStoreOptions<Value>): ServiceDefinition<StoreMailbox<Value>>
export function cache(options?: object): ServiceDefinition<StoreMailbox> {
  return plainCache(plain(options))
}

/** In the words of a plain store, which judges them: what is no object is handed on to it. */
function plain(options: object | undefined): StoreOptions | undefined {
  const read = ownOptions(options)
  if (read === undefined) return options
  if (read.value !== undefined) read.value = doorOf(read.value, "value")
  if (read.snapshot !== undefined) read.snapshot = inMilliseconds(read.snapshot, ["everyMs"], "snapshot.")
  return read
}
