/** What becomes of a load, and what each of those who wait is told of one that has failed: its very error in the mailbox whose it was, and nowhere else. */

import { Invalid, type PigeonholeError, shown, Unavailable } from "../../src/index.ts"

/** A value as `copyIn` has made it. */
export interface Loaded {
  readonly type: "value"
  readonly value: unknown
  readonly weight: number
}

export interface Failed {
  readonly type: "failed"
  /** As it was thrown. */
  readonly error: unknown
  /** It has given what cannot be stored. */
  readonly isUnfit: boolean
}

export type LoadOutcome = Loaded | Failed | { readonly type: "none" }

/** A load that has failed, as it is remembered. */
export interface FailedLoad {
  /** Whose it was. */
  readonly attachment: number
  readonly outcome: Failed
}

/** Who asks, as far as it matters for what is told. */
interface Asker {
  readonly key: string
  readonly attachment: number
}

/** What one who waits is told; by the same mailbox the error comes as it was thrown. What one caller's code has thrown is shown to no other. */
export function told({ attachment, outcome }: FailedLoad, asker: Asker): [error: PigeonholeError, thrown?: { readonly error: unknown }] {
  const error = othersError(asker.key, outcome.isUnfit)
  return attachment === asker.attachment ? [error, { error: outcome.error }] : [error]
}

function othersError(key: string, isUnfit: boolean): PigeonholeError {
  if (isUnfit) {
    return new Invalid(`what another caller has loaded for ${shown(key)} cannot be stored`, { details: { field: "value", key } })
  }
  const message = `another caller's load of ${shown(key)} has failed; on what, is told to no other caller`
  return new Unavailable(message, { details: { key } })
}
