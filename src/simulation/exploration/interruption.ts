/**
 * The wish of who explores that it ends, by a signal. It is asked between two steps: whatever a schedule is about, nothing of it goes on then.
 *
 * Not here: what becomes of the schedule. It is left as it is, as nothing of it runs of itself.
 */

import { canceledError, type FollowedSignal, followed, type SignalFollower } from "../../kernel/abort-signal.ts"
import type { Canceled } from "../../kernel/errors.ts"

const TARGET = "the application"
const OPERATION = "exploration"

export class Interruption implements SignalFollower {
  readonly #followed: FollowedSignal | undefined
  #error: Canceled | undefined = undefined

  /** Without a signal it never comes. Throws `Canceled` for one that is aborted already, `Invalid` for what is none. */
  constructor(signal: AbortSignal | undefined) {
    this.#followed = followed(signal, this, TARGET, OPERATION)
  }

  /** Whether it can come at all: then the host must have a turn now and then, in which it does. */
  get isPossible(): boolean {
    return this.#followed !== undefined
  }

  aborted(reason: unknown): void {
    this.#error = canceledError(TARGET, OPERATION, reason)
  }

  /** Throws `Canceled` once it has come. */
  throwIfCome(): void {
    if (this.#error !== undefined) throw this.#error
  }

  /** Nobody asks any more. */
  end(): void {
    this.#followed?.delete(this)
  }
}
