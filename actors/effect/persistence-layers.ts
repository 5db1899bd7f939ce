/** Effect's `KeyValueStore` and `Persistence` as layers over a store of the running application. */

import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Persistence from "effect/persistence/Persistence"
import type { AcquireError, CurrentRuntime } from "../../src/effect.ts"
import { backingOver } from "./backing-persistence.ts"
import { keyValueStoreOver } from "./key-value-store.ts"
import { Store } from "./store.ts"

/**
 * Effect's `KeyValueStore` over the store of this id, acquired for the layer's scope as the fiber's principal. All keys of the store are its own: `clear` deletes them all.
 *
 * Errors  those of `Store.acquire`. Operations fail with `KeyValueStoreError`, whose `cause` is the store's.
 *
 * @example
 * import { Effect, Layer } from "effect"
 * import { Pigeonhole } from "pigeonhole/effect"
 * import { KeyValueStore } from "effect/persistence"
 * import { layerKeyValueStore } from "pigeonhole/effect/persistence"
 * const kept = layerKeyValueStore("app:kept").pipe(Layer.provide(Pigeonhole.layer({ "app:kept": store() })))
 * const program = Effect.gen(function* () {
 *   const keyValue = yield* KeyValueStore.KeyValueStore
 *   yield* keyValue.set("a", "one")
 *   return yield* keyValue.get("a")
 * })
 * await Effect.runPromise(program.pipe(Effect.provide(kept))) // => "one"
 */
export function layerKeyValueStore(id: string): Layer.Layer<KeyValueStore.KeyValueStore, AcquireError, CurrentRuntime> {
  return Layer.effect(KeyValueStore.KeyValueStore, Effect.map(Store.acquire<string | Uint8Array>(id), keyValueStoreOver))
}

/**
 * What Effect's `Persistence` keeps its values in, over the store of this id: for who makes a `Persistence` of their own.
 *
 * Errors  those of `Store.acquire`. Operations fail with `PersistenceError`, whose `cause` is the store's.
 */
export function layerBackingPersistence(id: string): Layer.Layer<Persistence.BackingPersistence, AcquireError, CurrentRuntime> {
  const backing = Effect.map(Store.acquire<object>(id), (store) =>
    Persistence.BackingPersistence.of({ make: (storeId) => Effect.succeed(backingOver(store, storeId)) }),
  )
  return Layer.effect(Persistence.BackingPersistence, backing)
}

/**
 * Effect's `Persistence` over the store of this id: several of its stores may share it. How long a value lives is the store's matter, on its clock.
 *
 * Errors  as `layerBackingPersistence`.
 */
export function layerPersistence(id: string): Layer.Layer<Persistence.Persistence, AcquireError, CurrentRuntime> {
  return Layer.provide(Persistence.layer, layerBackingPersistence(id))
}
