/** `pigeonhole`: the runtime's public surface and the actors we ship. */

export * from "../src/index.ts"
export { type KeyedLockOptions, keyedLock } from "./lock/keyed-lock.ts"
export { KeyedLockMailbox } from "./lock/keyed-lock-mailbox.ts"
export type { PutOptions, SetOptions, TouchOptions } from "./store/entry-mailbox.ts"
export type { Frozen, FrozenDate, FrozenMap, FrozenRecord, FrozenSet } from "./store/frozen.ts"
export type { TouchCondition } from "./store/key-requests.ts"
export { cache, store } from "./store/store.ts"
export type { StoreEntry } from "./store/store-entry.ts"
export { StoreMailbox } from "./store/store-mailbox.ts"
export type { StoreOptions, WhenFull } from "./store/store-settings.ts"
export type { StoreCapabilities, StoreInfo, StoreStatistics } from "./store/store-statistics.ts"
export type { LifetimeOptions } from "./store/terms.ts"
