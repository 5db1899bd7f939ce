/**
 * The backing of Effect's `Persistence` over a store: values with the time that they live, which is the store's to watch.
 *
 * Several of its stores (`storeId`) share one store of ours: their keys begin with the id and its length, so that none is a part of another.
 */

import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Persistence from "effect/persistence/Persistence"
import type { Store } from "./store.ts"
import type { StoreError } from "./store-error.ts"

type Entry = readonly [key: string, value: object, ttl: Duration.Duration | undefined]
type NonEmpty<Item> = [Item, ...Item[]]

/** The part of it that one `storeId` has. */
export function backingOver(store: Store<object>, storeId: string): Persistence.BackingPersistenceStore {
  const prefix = `${storeId.length}:${storeId}:`
  const keyOf = (key: string): string => `${prefix}${key}`
  return {
    get: (key) => failing(Effect.map(store.get(keyOf(key)), (found) => plain(found))),
    getMany: (keys) => failing(Effect.map(store.getMany(keys.map(keyOf)), (found) => found.map(plain) as NonEmpty<object | undefined>)),
    set: (key, value, ttl) => failing(store.set(keyOf(key), value, ttl)),
    setMany: (entries) => failing(setAll(store, entries, keyOf)),
    remove: (key) => failing(Effect.asVoid(store.delete(keyOf(key)))),
    clear: failing(Effect.asVoid(store.clear(prefix))),
  }
}

/** By one message for all that live as long. */
function setAll(store: Store<object>, entries: readonly Entry[], keyOf: (key: string) => string): Effect.Effect<void, StoreError> {
  const byTtl = Map.groupBy(entries, ([, , ttl]) => String(ttl))
  return Effect.forEach(
    byTtl.values(),
    (some) =>
      store.setMany(
        some.map(([key, value]) => [keyOf(key), value] as const),
        some[0]?.[2],
      ),
    { discard: true },
  )
}

function plain(found: Option.Option<unknown>): object | undefined {
  return Option.getOrUndefined(found) as object | undefined
}

function failing<A>(effect: Effect.Effect<A, StoreError>): Effect.Effect<A, Persistence.PersistenceError> {
  return Effect.mapError(effect, (cause) => new Persistence.PersistenceError({ message: cause.message, cause }))
}
