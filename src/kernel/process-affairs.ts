/** What a process keeps beside its turns: who waits for its end, who looks on, its timers. It stands in its `Affairs`, and is nothing where it has none. */

import { Affairs, type Cancelable, type DeliveryObserver, type TimerKey } from "./affairs.ts"
import type { Envelope } from "./envelope.ts"
import type { ExitReason } from "./exit-reason.ts"
import { ProcessHooks } from "./process-hooks.ts"

export abstract class ProcessAffairs extends ProcessHooks {
  protected affairs: Affairs | undefined = undefined

  /** Calls back once, when the process has ended and its names, links and monitors were seen to. */
  onEnded(callback: (reason: ExitReason) => void): void {
    this.own().awaitEnd(callback)
  }

  /** Takes a wait for its end back. */
  forgetEnded(callback: (reason: ExitReason) => void): void {
    this.affairs?.forgetEnd(callback)
  }

  /** Told of each message that a handler is given, while it is wanted. */
  observe(observer: DeliveryObserver, isWanted = true): void {
    this.own().observe(observer, isWanted)
  }

  protected observed(envelope: Envelope): void {
    this.affairs?.observer?.(envelope)
  }

  /** The message whose handler threw, where that is what ended it. */
  get fatal(): Envelope | undefined {
    return this.affairs?.fatal
  }

  /** Whether somebody waits for the answer to a request that it has left open. Cost O(open). */
  protected get owes(): boolean {
    return this.affairs?.owes ?? false
  }

  /** A timer of this process; it is cancelled when the process ends. */
  adopt(timer: Cancelable): void {
    this.own().adopt(timer)
  }

  release(timer: Cancelable): void {
    this.affairs?.release(timer)
  }

  timerOf(key: TimerKey): Cancelable | undefined {
    return this.affairs?.timerOf(key)
  }

  /** So many at most of the requests that it has taken and left open. */
  openRequests(most: number): readonly Envelope[] {
    return this.affairs?.firstOnes(most) ?? []
  }

  /** Why it was told to stop, where this error only says that its signal was heard. */
  protected toldBy(error: unknown): ExitReason | undefined {
    return this.affairs?.toldBy(error)
  }

  /** Made when it is first needed. */
  protected own(): Affairs {
    this.affairs ??= new Affairs()
    return this.affairs
  }
}
