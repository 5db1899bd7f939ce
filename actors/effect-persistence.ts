/** `pigeonhole/effect/persistence`: Effect's `KeyValueStore` and `Persistence` over a store. In an entry of its own, as those modules of Effect are not stable. */

export { layerBackingPersistence, layerKeyValueStore, layerPersistence } from "./effect/persistence-layers.ts"
