/**
 * Something the runtime does to a process between two of its messages: in order with those that wait, at once where the process takes
 * none by itself.
 *
 * Invariants
 * - Settled exactly once; one whose time has run out does nothing any more.
 * - Those of one process are answered in the order in which they were made, each before the next takes effect.
 *
 * Source  OTP, sys(3), "system messages".
 */

import { canceledError, type FollowedSignal, followed, type SignalFollower } from "../kernel/abort-signal.ts"
import { Alarm } from "../kernel/alarm.ts"
import { selfAskError } from "../kernel/circle.ts"
import { Envelope, NO_LIMIT } from "../kernel/envelope.ts"
import { type PigeonholeError, Timeout } from "../kernel/errors.ts"
import { type ExitReason, exitError, toldToOthers } from "../kernel/exit-reason.ts"
import type { Process } from "../kernel/process.ts"
import type { SystemRequest } from "../kernel/system-request.ts"
import { thenableOf } from "../kernel/thenable.ts"
import { refused } from "../kernel/unheard.ts"
import { SystemProcess } from "../process/system-process.ts"

/** Who waits for the work. */
export interface SystemWish {
  /** Whether anybody still does. */
  isWanted(): boolean
  /** Calls back where its time runs out, or it is given up. */
  onUnwanted(callback: () => void): void
}

/** Done when the process has come to it. */
export type SystemWork<Result> = (wish: SystemWish) => Result | Promise<Result>

export interface SystemCallOptions<Result> {
  /** How errors call it. */
  readonly operation: string
  /** Whole milliseconds; `NO_LIMIT` for none. */
  readonly timeoutMs: number
  /** Gives it up. */
  readonly signal: AbortSignal | undefined
  /** Whether no handler of a concurrent server may be waiting meanwhile. */
  readonly isExclusive: boolean
  readonly work: SystemWork<Result>
}

/**
 * Does `work` when the process is between two messages.
 *
 * Errors  Timeout; Canceled; Unavailable, where it ends first; Conflict, for a process that would wait for itself; what `work` throws.
 */
export function systemCall<Result>(process: Process, options: SystemCallOptions<Result>): Promise<Result> {
  if (process.kernel.turn.process === process) return refused(process, selfAskError(process.label))
  return new Promise((resolve, reject) => new SystemCall(process, options, resolve, reject).post())
}

class SystemCall<Result> implements SystemRequest, SystemWish, SignalFollower {
  readonly #process: Process
  readonly #options: SystemCallOptions<Result>
  readonly #resolve: (result: Result) => void
  readonly #reject: (error: unknown) => void
  #isWanted = true
  #unwanted: (() => void) | undefined = undefined
  #alarm: Alarm | undefined = undefined
  #follows: FollowedSignal | undefined = undefined

  constructor(process: Process, options: SystemCallOptions<Result>, resolve: (result: Result) => void, reject: (error: unknown) => void) {
    this.#process = process
    this.#options = options
    this.#resolve = resolve
    this.#reject = reject
  }

  post(): void {
    const { kernel, status } = this.#process
    const { timeoutMs, signal, operation } = this.#options
    this.#follows = followed(signal, this, this.#process.label, operation)
    if (timeoutMs !== NO_LIMIT) this.#alarm = new Alarm(kernel, timeoutMs, () => this.#timedOut(timeoutMs))
    if (this.#process instanceof SystemProcess || status === "ending") this.#queue()
    // It pulls its messages, or shows nothing: it may never come to what stands in its inbox, and need not.
    else this.#process.onStarted((failure) => (failure === undefined ? this.serve(this.#process) : this.#ended(failure)))
  }

  #queue(): void {
    const { inbox } = this.#process
    const refusal = inbox.post(new Envelope("system", inbox, undefined, this, undefined, undefined))
    if (refusal === undefined) this.#process.heed()
    else this.#settle(() => this.#reject(refusal))
  }

  serve(process: Process): void {
    const { isExclusive, work } = this.#options
    if (!this.#isWanted || (isExclusive && process instanceof SystemProcess && !process.admits(this))) return
    try {
      const result = work(this)
      const later = thenableOf<Result>(result)
      if (later !== undefined) return this.#settleLater(later)
      this.#settle(() => this.#resolve(result as Result))
    } catch (error) {
      this.#settle(() => this.#reject(error))
    }
  }

  isWanted(): boolean {
    return this.#isWanted
  }

  onUnwanted(callback: () => void): void {
    this.#unwanted = callback
  }

  abandoned(error: PigeonholeError): void {
    this.#settle(() => this.#reject(error))
  }

  /** What it crashed on is told to those who watch it. */
  readonly #ended = (reason: ExitReason): void =>
    this.abandoned(exitError(this.#process.label, toldToOthers(reason, this.#process.isStarted)))

  #settleLater(work: Promise<Result>): void {
    this.#process.onEnded(this.#ended)
    work.then(
      (result) => this.#settle(() => this.#resolve(result)),
      (error) => this.#settle(() => this.#reject(error)),
    )
  }

  #timedOut(timeoutMs: number): void {
    const { label } = this.#process
    const { operation } = this.#options
    const details = { target: label, operation, timeoutMs }
    this.#giveUp(new Timeout(`${label} did not come to ${operation} within ${timeoutMs} ms`, { details }))
  }

  aborted(reason: unknown): void {
    this.#giveUp(canceledError(this.#process.label, this.#options.operation, reason))
  }

  #giveUp(error: PigeonholeError): void {
    const process = this.#process
    process.inbox.withdraw(this)
    if (process instanceof SystemProcess) process.dismiss()
    this.#settle(() => this.#reject(error))
    this.#unwanted?.()
  }

  #settle(how: () => void): void {
    if (!this.#isWanted) return
    this.#isWanted = false
    this.#alarm?.cancel()
    this.#follows?.delete(this)
    this.#process.forgetEnded(this.#ended)
    how()
  }
}
