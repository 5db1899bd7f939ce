/** What the operations of a store fail with, in Effect. */

import type {
  AlreadyExists,
  Canceled,
  Conflict,
  Internal,
  Invalid,
  NotFound,
  PermissionDenied,
  RateLimited,
  Timeout,
  Unavailable,
} from "../../src/index.ts"

/** Every operation: bad input or a mailbox that was given back, a denial, a full inbox, no answer in time, a store that is stopped, or has crashed on this request. */
export type StoreError = Invalid | PermissionDenied | RateLimited | Timeout | Unavailable | Internal

/** `put`: the condition does not hold, too. */
export type PutError = StoreError | AlreadyExists | Conflict | NotFound

/** `lease`: another one holds it, or it was lost; the store gave it up meanwhile. */
export type LeaseError = StoreError | Conflict | Canceled

/** `getOrSet`: a load that waits for itself, or was given up by the store. */
export type LoadError = StoreError | Conflict | Canceled

/** `watch`: it was ended by the store. */
export type WatchError = StoreError | Canceled
