/** Effect's stores over ours do what Effect's own do: the same programs against both. */

import { expect, it } from "@effect/vitest"
import { Duration, Effect, Exit, Layer, PrimaryKey, Schema } from "effect"
import { KeyValueStore, Persistable, Persistence } from "effect/persistence"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { Pigeonhole, Principal } from "../../actors/effect.ts"
import { layerKeyValueStore, layerPersistence } from "../../actors/effect-persistence.ts"
import { type AccessRequest, store } from "../../actors/index.ts"

const over = <A, E>(layer: Layer.Layer<A, E, Pigeonhole>) => Layer.provide(layer, Pigeonhole.layerTest({ "app:kept": store() }))

describe.each([
  ["Effect's own", KeyValueStore.layerMemory],
  ["ours", over(layerKeyValueStore("app:kept"))],
] as const)("a KeyValueStore, %s", (_whose, layer) => {
  it.effect("keeps texts and bytes, and forgets them", () =>
    Effect.gen(function* () {
      const kept = yield* KeyValueStore.KeyValueStore
      expect(yield* kept.get("a")).toBeUndefined()
      expect(yield* kept.isEmpty).toBe(true)
      yield* kept.set("a", "one")
      yield* kept.set("b", new Uint8Array([1, 2, 255]))
      expect(yield* kept.get("a")).toBe("one")
      expect(yield* kept.get("b")).toBe("AQL/")
      expect(yield* kept.getUint8Array("b")).toEqual(new Uint8Array([1, 2, 255]))
      expect(yield* kept.getUint8Array("a")).toEqual(new TextEncoder().encode("one"))
      yield* kept.set("a", "abcd")
      expect(yield* kept.getUint8Array("a")).toEqual(new TextEncoder().encode("abcd"))
      expect(yield* kept.size).toBe(2)
      expect([...(yield* kept.keys)].sort()).toEqual(["a", "b"])
      expect(yield* kept.has("a")).toBe(true)
      yield* kept.remove("a")
      yield* kept.remove("a")
      expect(yield* kept.has("a")).toBe(false)
      yield* kept.clear
      expect(yield* kept.size).toBe(0)
    }).pipe(Effect.provide(layer)),
  )

  it.effect("changes what is there, and nothing else", () =>
    Effect.gen(function* () {
      const kept = yield* KeyValueStore.KeyValueStore
      expect(yield* kept.modify("a", (value) => `${value}!`)).toBeUndefined()
      expect(yield* kept.has("a")).toBe(false)
      yield* kept.set("a", "one")
      expect(yield* kept.modify("a", (value) => `${value}!`)).toBe("one!")
      expect(yield* kept.get("a")).toBe("one!")
      yield* kept.set("b", new Uint8Array([1]))
      expect(yield* kept.modifyUint8Array("b", (value) => new Uint8Array([...value, 2]))).toEqual(new Uint8Array([1, 2]))
      yield* kept.set("ab", "two")
      yield* kept.clearPrefix("a")
      expect(yield* kept.keys).toEqual(["b"])
      const prefixed = KeyValueStore.prefix(kept, "p:")
      yield* prefixed.set("x", "three")
      expect(yield* kept.get("p:x")).toBe("three")
    }).pipe(Effect.provide(layer)),
  )
})

class Asked extends Persistable.Class<{ payload: { readonly id: string } }>()("Asked", {
  primaryKey: ({ id }) => id,
  success: Schema.String,
  error: Schema.Finite,
}) {}

describe.each([
  ["Effect's own", Persistence.layerMemory],
  ["ours", over(layerPersistence("app:kept"))],
] as const)("Persistence, %s", (_whose, layer) => {
  it.effect("keeps exits for as long as they may live", () =>
    Effect.gen(function* () {
      const persistence = yield* Persistence.Persistence
      const kept = yield* persistence.make({ storeId: "users", timeToLive: () => "1 minute" })
      const other = yield* persistence.make({ storeId: "user" })
      const [one, two] = [new Asked({ id: "1" }), new Asked({ id: "s:2" })]
      expect(yield* kept.get(one)).toBeUndefined()
      yield* kept.set(one, Exit.succeed("one"))
      yield* kept.setMany([[two, Exit.fail(2)]])
      yield* other.set(one, Exit.succeed("another"))
      expect(yield* kept.get(one)).toEqual(Exit.succeed("one"))
      expect(yield* kept.getMany([one, two, new Asked({ id: "3" })])).toEqual([Exit.succeed("one"), Exit.fail(2), undefined])
      yield* TestClock.adjust(Duration.seconds(59))
      expect(yield* kept.get(two)).toEqual(Exit.fail(2))
      yield* TestClock.adjust(Duration.seconds(1))
      expect(yield* kept.get(one)).toBeUndefined()
      expect(yield* other.get(one)).toEqual(Exit.succeed("another"))
      yield* kept.clear
      expect(yield* other.get(one)).toEqual(Exit.succeed("another"))
      yield* other.remove(one)
      expect(yield* other.get(one)).toBeUndefined()
      expect(PrimaryKey.value(one)).toBe("1")
    }).pipe(Effect.scoped, Effect.provide(layer)),
  )
})

describe("what the policies deny", () => {
  it.effect("is the cause of a KeyValueStoreError", () =>
    Effect.gen(function* () {
      const kept = yield* KeyValueStore.KeyValueStore
      const error = yield* Effect.flip(kept.set("a", "one"))
      expect(error).toMatchObject({ _tag: "KeyValueStoreError", method: "set", key: "a", cause: { _tag: "PermissionDenied" } })
    }).pipe(
      Effect.provide(
        Layer.provide(
          layerKeyValueStore("app:kept"),
          Pigeonhole.layerTest(
            { "app:kept": store() },
            { policies: [({ principal, action }: AccessRequest) => principal.id !== "reader" || action !== "store.key.set"] },
          ),
        ),
      ),
      Principal.with({ id: "reader" }),
    ),
  )
})
