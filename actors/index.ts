/** `pigeonhole`: the runtime's public surface and the actors we ship. */

export * from "../src/index.ts"
export type { Frozen, FrozenDate, FrozenMap, FrozenRecord, FrozenSet } from "./store/frozen.ts"
export { type StoreOptions, type StoreStatistics, store } from "./store/store.ts"
export { type SetOptions, StoreMailbox } from "./store/store-mailbox.ts"
