/** `pigeonhole/effect` */

export * from "../src/effect.ts"
export { HeldLease } from "./effect/held-lease.ts"
export type { FaceFor, Snapshots } from "./effect/pigeonhole.ts"
export { Mailbox, Pigeonhole, snapshots } from "./effect/pigeonhole.ts"
export { Store } from "./effect/store.ts"
export type { LeaseError, LoadError, PutError, StoreError, WatchError } from "./effect/store-error.ts"
export type {
  EffectLeaseOptions,
  EffectLifetime,
  EffectLoadOptions,
  EffectPutOptions,
  EffectSetOptions,
  EffectUpdateOptions,
} from "./effect/store-options.ts"
