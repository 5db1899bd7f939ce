/**
 * A wait of a task's owner, outside its inbox: for what is awaited, for the end of its time, or for its own end, whichever comes
 * first.
 *
 * Invariant: once it is over nothing of it is left: no deadline, nothing in the process that waits.
 */

import type { Cancelable } from "../kernel/affairs.ts"
import { Alarm } from "../kernel/alarm.ts"
import { endError, hasEnded, type TaskOwner } from "./task-owner.ts"

export class OwnedWait implements Cancelable {
  /** `true`: it came; `false`: the time is over. Rejects when the owner ends. */
  readonly promise: Promise<boolean>
  readonly #owner: TaskOwner
  readonly #resolve: (hasCome: boolean) => void
  readonly #reject: (error: unknown) => void
  readonly #alarm: Alarm | undefined

  constructor(owner: TaskOwner, timeoutMs: number) {
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
    this.#alarm?.cancel()
    this.#reject(endError(this.#owner))
  }

  #settle(hasCome: boolean): void {
    this.#alarm?.cancel()
    this.#owner.process?.release(this)
    this.#resolve(hasCome)
  }
}
