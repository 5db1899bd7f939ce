/**
 * What a process has only while something is going on: requests left open, an asynchronous handler, timers, somebody who waits for
 * its end. Most idle processes have none of it, so it stands in an object of its own, made when it is first needed.
 */

import type { Drain } from "./drain.ts"
import type { Envelope, Party } from "./envelope.ts"
import type { PigeonholeError } from "./errors.ts"
import type { ExitReason } from "./exit-reason.ts"

/** What a timer may be known by in its process. */
export type TimerKey = string | symbol

/** Something that is cancelled with its process. */
export interface Cancelable {
  /** At most one of a key; the next one cancels it. */
  readonly key?: TimerKey | undefined
  cancel(): unknown
}

/** Told of every message that a handler is given. */
export type DeliveryObserver = (envelope: Envelope) => void

/** Taken hold of when this module is loaded: a test may put a fake in its place. */
const { AbortController: HostController } = globalThis

const NO_OBSERVERS: readonly DeliveryObserver[] = []

/** Requests left open before the answered ones among them are looked for. */
const OPEN_LIMIT = 64

export class Affairs {
  /** The message of the asynchronous handler that the process waits for. */
  busyWith: Envelope | undefined = undefined
  /** Names the work that the process is busy with; after its end, what is not done yet. */
  work: object | undefined = undefined
  /** It is to stop once it is no longer busy. */
  stopReason: ExitReason | undefined = undefined
  /** Why it was told to stop, where it has not ended at once: it is busy, or clears up. */
  told: ExitReason | undefined = undefined
  /** It serves what it had accepted, and stops then. */
  drain: Drain | undefined = undefined
  /** The message whose handler threw. */
  fatal: Envelope | undefined = undefined
  /** Who waits for what the process does. */
  onBehalfOf: Party | undefined = undefined
  /** All observers in one, so that a message costs one look; `undefined` where there is none. */
  observer: DeliveryObserver | undefined = undefined
  #observers: readonly DeliveryObserver[] = NO_OBSERVERS
  abort: AbortController | undefined = undefined
  #endWaiters: Set<(reason: ExitReason) => void> | undefined = undefined
  #startWaiters: ((failure: ExitReason | undefined) => void)[] | undefined = undefined
  #timers: Set<Cancelable> | undefined = undefined
  #keyed: Map<TimerKey, Cancelable> | undefined = undefined
  #open: Set<Envelope> | undefined = undefined
  #openLimit = OPEN_LIMIT

  /** Requests that were taken and are answered later. */
  get open(): Iterable<Envelope> {
    return this.#open ?? []
  }

  /** So many of them at most. */
  firstOnes(most: number): readonly Envelope[] {
    const first: Envelope[] = []
    for (const envelope of this.#open ?? []) {
      if (first.length >= most) break
      first.push(envelope)
    }
    return first
  }

  /** Whether one of them is not answered. */
  get owes(): boolean {
    for (const envelope of this.open) if (!envelope.isSettled) return true
    return false
  }

  /** Notes a request that stays open. Forgets answered ones; amortised, the limit doubles with what is really open. */
  leaveOpen(envelope: Envelope): void {
    this.#open ??= new Set()
    if (this.#open.size >= this.#openLimit) this.#prune(this.#open)
    this.#open.add(envelope)
  }

  /** One that has no answer yet; the answered ones before it are forgotten. Cost amortised O(1). */
  firstOpen(): Envelope | undefined {
    for (const envelope of this.#open ?? []) {
      if (!envelope.isSettled) return envelope
      this.#open?.delete(envelope)
    }
    return undefined
  }

  /** It waits for `work`, begun for that message. */
  busy(envelope: Envelope | undefined, work: object): void {
    this.busyWith = envelope
    this.work = work
  }

  /** The request is open no longer: it waits to be taken again. */
  close(envelope: Envelope): void {
    this.#open?.delete(envelope)
  }

  closeAll(): void {
    this.#open = undefined
    this.busyWith = undefined
  }

  adopt(timer: Cancelable): void {
    this.#timers ??= new Set()
    this.#timers.add(timer)
    if (timer.key === undefined) return
    this.#keyed ??= new Map()
    this.#keyed.get(timer.key)?.cancel()
    this.#keyed.set(timer.key, timer)
  }

  release(timer: Cancelable): void {
    this.#timers?.delete(timer)
    if (timer.key !== undefined) this.#keyed?.delete(timer.key)
  }

  /** The timer of that key, if it is not over. */
  timerOf(key: TimerKey): Cancelable | undefined {
    return this.#keyed?.get(key)
  }

  /** All that is cancelled with the process: from now on it has none. */
  takeTimers(): readonly Cancelable[] {
    const timers = [...(this.#timers ?? [])]
    this.#timers = undefined
    return timers
  }

  awaitStart(callback: (failure: ExitReason | undefined) => void): void {
    this.#startWaiters ??= []
    this.#startWaiters.push(callback)
  }

  takeStartWaiters(): readonly ((failure: ExitReason | undefined) => void)[] {
    const waiters = this.#startWaiters ?? []
    this.#startWaiters = undefined
    return waiters
  }

  awaitEnd(callback: (reason: ExitReason) => void): void {
    this.#endWaiters ??= new Set()
    this.#endWaiters.add(callback)
  }

  /** It waits no more. */
  forgetEnd(callback: (reason: ExitReason) => void): void {
    this.#endWaiters?.delete(callback)
  }

  takeEndWaiters(): Iterable<(reason: ExitReason) => void> {
    const waiters = this.#endWaiters ?? []
    this.#endWaiters = undefined
    return waiters
  }

  /** It was told to stop, and what it waits for is to know. */
  tell(reason: ExitReason, error: PigeonholeError): void {
    if (this.told !== undefined) return
    this.told = reason
    this.abort?.abort(error)
  }

  /** Why it was told to stop, where `error` says only that its signal was heard: what it waited for was given up, and nothing is wrong. */
  toldBy(error: unknown): ExitReason | undefined {
    if (this.told === undefined || this.abort === undefined) return undefined
    const { reason } = this.abort.signal
    return error === reason || causeOf(error) === reason ? this.told : undefined
  }

  /** Aborted when the process is told to stop, or ends; at once with `over`, where that has been. */
  signal(over: PigeonholeError | undefined): AbortSignal {
    if (this.abort !== undefined) return this.abort.signal
    this.abort = new HostController()
    if (over !== undefined) this.abort.abort(over)
    return this.abort.signal
  }

  observe(observer: DeliveryObserver, isWanted: boolean): void {
    const others = this.#observers.filter((each) => each !== observer)
    const all = isWanted ? [...others, observer] : others
    this.#observers = all
    this.observer = all.length > 1 ? (envelope) => all.forEach((each) => void each(envelope)) : all[0]
  }

  /** Into a new set: one that shrinks leaves tables behind that hold on to one another, and to what was in them, until the collector goes through all memory. */
  #prune(open: Set<Envelope>): void {
    this.#open = new Set([...open].filter(({ isSettled }) => !isSettled))
    this.#openLimit = Math.max(OPEN_LIMIT, this.#open.size * 2)
  }
}

/** Node's own waits reject with an `AbortError` that has the signal's reason as its cause. Total: whatever was thrown, this does not throw. */
export function causeOf(error: unknown): unknown {
  try {
    return error instanceof Error ? error.cause : undefined
  } catch {
    return undefined
  }
}
