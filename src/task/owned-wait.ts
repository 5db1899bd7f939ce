/**
 * A wait of a task's owner, outside its inbox: for what is awaited, for the end of its time, for a signal to give it up, or for its own end,
 * whichever comes first.
 *
 * Invariant: once it is over nothing of it is left: no deadline, no listener, nothing in the process that waits.
 */

import { canceledError, type FollowedSignal, followed, type SignalFollower } from "../kernel/abort-signal.ts"
import type { Cancelable } from "../kernel/affairs.ts"
import { Alarm } from "../kernel/alarm.ts"
import { endError, hasEnded, type TaskOwner } from "./task-owner.ts"

/** How long is waited, and for what, as errors call it. */
export interface WaitLimits {
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  readonly what?: string
}

export const NO_LIMIT: WaitLimits = { timeoutMs: Number.POSITIVE_INFINITY }

export class OwnedWait implements Cancelable, SignalFollower {
  /** `true`: it came; `false`: the time is over. Rejects when the owner ends, and with `Canceled` when the signal is aborted. */
  readonly promise: Promise<boolean>
  readonly #owner: TaskOwner
  readonly #resolve: (hasCome: boolean) => void
  readonly #reject: (error: unknown) => void
  readonly #alarm: Alarm | undefined
  readonly #what: string
  readonly #follows: FollowedSignal | undefined

  /** Throws `Canceled` where the signal is aborted already, and `Invalid` where it is none. */
  constructor(owner: TaskOwner, { timeoutMs, signal, what = "tasks" }: WaitLimits) {
    this.#what = what
    this.#follows = hasEnded(owner) ? undefined : followed(signal, this, what, "result")
    const { promise, resolve, reject } = Promise.withResolvers<boolean>()
    this.promise = promise
    this.#owner = owner
    this.#resolve = resolve
    this.#reject = reject
    const isLimited = timeoutMs !== Number.POSITIVE_INFINITY && !hasEnded(owner)
    if (isLimited) this.#alarm = new Alarm(owner.kernel, timeoutMs, () => this.#settle(false))
    if (hasEnded(owner)) this.cancel()
    else owner.process?.adopt(this)
  }

  /** What it waits for has come. */
  settle(): void {
    this.#settle(true)
  }

  /** The owner has ended. */
  cancel(): void {
    this.#release()
    this.#reject(endError(this.#owner))
  }

  /** It is given up. */
  aborted(reason: unknown): void {
    this.#release()
    this.#owner.process?.release(this)
    this.#reject(canceledError(this.#what, "result", reason))
  }

  #release(): void {
    this.#alarm?.cancel()
    this.#follows?.delete(this)
  }

  #settle(hasCome: boolean): void {
    this.#release()
    this.#owner.process?.release(this)
    this.#resolve(hasCome)
  }
}
