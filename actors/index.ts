/** `pigeonhole`: the runtime's public surface and the actors we ship. */

export * from "../src/index.ts"
export { type KeyedLockOptions, keyedLock } from "./lock/keyed-lock.ts"
export { KeyedLockMailbox } from "./lock/keyed-lock-mailbox.ts"
export type { Frozen, FrozenDate, FrozenMap, FrozenRecord, FrozenSet } from "./store/frozen.ts"
export { type StoreOptions, type StoreStatistics, store } from "./store/store.ts"
export { type SetOptions, StoreMailbox } from "./store/store-mailbox.ts"
