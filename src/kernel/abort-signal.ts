/**
 * Abort signals, followed: one listener a signal, however many wait by it, and none while nobody does.
 *
 * A signal is its caller's object, and may be of any make. It is looked at here alone; what is none, or contradicts itself, is `Invalid`, and what
 * it throws later is its maker's matter.
 */

import { Canceled, invalid, shown } from "./errors.ts"
import { memberOf } from "./option-fields.ts"

/** Waits by a signal. */
export interface SignalFollower {
  /** Told once. Must not throw. */
  aborted(reason: unknown): void
}

/** Of those that are followed now, or were. */
const places = new WeakMap<AbortSignal, FollowedSignal>()

/** What can be listened to as a signal is; throws `Invalid` for what cannot. Whether it is aborted is asked when it is followed. */
export function checkedSignal(signal: unknown): AbortSignal {
  const listening = [memberOf(signal, "addEventListener"), memberOf(signal, "removeEventListener")]
  if (listening.every((part) => typeof part === "function")) return signal as AbortSignal
  throw notOne(signal)
}

/** Has the follower told when the signal is aborted; `undefined`: it is already. Throws `Invalid`, and then nobody follows it. */
export function follow(signal: AbortSignal, follower: SignalFollower): FollowedSignal | undefined {
  if (isAborted(signal)) return undefined
  const known = placeOf(signal)
  known.add(follower)
  if (memberOf(signal, "aborted") === false) return known
  known.delete(follower)
  throw invalid("signal", "contradicts itself: it was not aborted, and says otherwise when it is asked again")
}

function placeOf(signal: AbortSignal): FollowedSignal {
  const known = places.get(signal) ?? new FollowedSignal(signal)
  places.set(signal, known)
  return known
}

/** As `follow`, where there is a signal to follow. Throws `Canceled` for one that is aborted already: then nothing is to be begun. */
export function followed(
  signal: AbortSignal | undefined,
  follower: SignalFollower,
  target: string,
  operation: string,
): FollowedSignal | undefined {
  if (signal === undefined) return undefined
  const follows = follow(signal, follower)
  if (follows === undefined) throw canceledError(target, operation, reasonOf(signal))
  return follows
}

/** Why it was aborted; `undefined` where it does not say. */
export function reasonOf(signal: AbortSignal): unknown {
  return memberOf(signal, "reason")
}

/** What a caller is told that gave up. */
export function canceledError(target: string, operation: string, reason: unknown): Canceled {
  const message = `${operation} of ${target} was canceled by its caller's signal`
  return new Canceled(message, { details: { target, operation }, cause: reason })
}

function isAborted(signal: AbortSignal): boolean {
  const aborted = memberOf(signal, "aborted")
  if (typeof aborted === "boolean") return aborted
  throw notOne(signal)
}

function notOne(signal: unknown): Error {
  return invalid("signal", `must be an AbortSignal; got ${shown(signal)}`)
}

export class FollowedSignal {
  readonly #signal: AbortSignal
  readonly #followers = new Set<SignalFollower>()
  /** As it was when it was listened to. */
  #removeListener: unknown = undefined

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  /** Listened to before anybody waits: what it calls at once finds nobody. */
  add(follower: SignalFollower): void {
    if (this.#followers.size === 0) this.#listen()
    this.#followers.add(follower)
  }

  /** It waits no more. */
  delete(follower: SignalFollower): void {
    if (this.#followers.delete(follower) && this.#followers.size === 0) this.#unlisten()
  }

  #listen(): void {
    const [add, remove] = [memberOf(this.#signal, "addEventListener"), memberOf(this.#signal, "removeEventListener")]
    if (typeof add !== "function" || typeof remove !== "function") throw notOne(this.#signal)
    this.#removeListener = remove
    try {
      Reflect.apply(add, this.#signal, ["abort", this.#fired])
    } catch (cause) {
      throw invalid("signal", "cannot be listened to", cause)
    }
  }

  #unlisten(): void {
    const remove = this.#removeListener
    try {
      if (typeof remove === "function") Reflect.apply(remove, this.#signal, ["abort", this.#fired])
    } catch {
      // What it goes on calling finds nobody.
    }
  }

  readonly #fired = (): void => {
    if (this.#followers.size === 0) return
    const followers = [...this.#followers]
    this.#followers.clear()
    this.#unlisten()
    const reason = reasonOf(this.#signal)
    for (const follower of followers) follower.aborted(reason)
  }
}
