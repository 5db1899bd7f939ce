/** The errors of the runtime as one union, so that `Effect.catchTag` knows them by their tags. */

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
  Unknown,
} from "../kernel/errors.ts"

/** All that the runtime fails with. Its operations say which of them they mean. */
export type RuntimeError =
  | NotFound
  | AlreadyExists
  | Invalid
  | PermissionDenied
  | Unavailable
  | Internal
  | Canceled
  | Conflict
  | Timeout
  | RateLimited
  | Unknown

/** What an application cannot be started for. `Unavailable`: one of its children cannot start, or it was stopped meanwhile; its `cause` says why. */
export type StartError = RuntimeError

/** What a mailbox is refused for. */
export type AcquireError = Invalid | NotFound | PermissionDenied | Unavailable | Internal
