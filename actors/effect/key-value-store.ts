/** Effect's `KeyValueStore` over a store: texts and bytes. What is not of them, as another user of the store may have written it, is read as nothing. */

import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Option from "effect/Option"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Stream from "effect/Stream"
import type { Store } from "./store.ts"
import type { StoreError } from "./store-error.ts"

/** What is kept. */
type Kept = string | Uint8Array

/** Over a store that a scope holds. `modify` is one step: nobody comes between. */
export function keyValueStoreOver(store: Store<Kept>): KeyValueStore.KeyValueStore {
  const kept = (method: string, key: string) => failing(method, key, Effect.map(store.get(key), Option.getOrUndefined)) as Reading
  return KeyValueStore.make({
    get: (key) => Effect.map(kept("get", key), asText),
    getUint8Array: (key) => Effect.map(kept("getUint8Array", key), asBytes),
    set: (key, value) => failing("set", key, store.set(key, value)),
    remove: (key) => failing("remove", key, Effect.asVoid(store.delete(key))),
    has: (key) => failing("has", key, store.has(key)),
    clear: failing("clear", undefined, Effect.asVoid(store.clear())),
    clearPrefix: (prefix) => failing("clearPrefix", undefined, Effect.asVoid(store.clear(prefix))),
    size: failing("size", undefined, store.count()),
    keys: failing("keys", undefined, Stream.runCollect(store.keys())),
    modify: (key, change) => modified(store, "modify", key, asText, change),
    modifyUint8Array: (key, change) => modified(store, "modifyUint8Array", key, asBytes, change),
  })
}

type Reading = Effect.Effect<Kept | undefined, KeyValueStore.KeyValueStoreError>

/** The lifetime of the entry stays; a value that is not there is not made. */
function modified<Form extends Kept>(
  store: Store<Kept>,
  method: string,
  key: string,
  read: (kept: unknown) => Form | undefined,
  change: (value: Form) => Form,
): Effect.Effect<Form | undefined, KeyValueStore.KeyValueStoreError> {
  const step = Effect.suspend(() => {
    let changed: Form | undefined
    const update = (found: unknown): Kept | undefined => {
      const value = read(found)
      changed = value === undefined ? undefined : change(value)
      return changed ?? (found as Kept | undefined)
    }
    return Effect.map(store.update(key, update), () => changed)
  })
  return failing(method, key, step)
}

function failing<A>(
  method: string,
  key: string | undefined,
  effect: Effect.Effect<A, StoreError>,
): Effect.Effect<A, KeyValueStore.KeyValueStoreError> {
  return Effect.mapError(
    effect,
    (cause) => new KeyValueStore.KeyValueStoreError({ message: cause.message, method, cause, ...(key === undefined ? {} : { key }) }),
  )
}

/** Bytes as text are Base64, as in the stores that Effect has. */
function asText(kept: unknown): string | undefined {
  if (typeof kept === "string") return kept
  return kept instanceof Uint8Array ? Base64.encode(kept) : undefined
}

function asBytes(kept: unknown): Uint8Array | undefined {
  if (typeof kept === "string") return new TextEncoder().encode(kept)
  return kept instanceof Uint8Array ? kept : undefined
}
