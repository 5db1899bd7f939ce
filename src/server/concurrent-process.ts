/**
 * A process whose asynchronous handlers run side by side, where its behaviour allows it: how they begin and end, and what waits for them.
 *
 * Invariants
 * - They run only up to `concurrency`; at the bound, and while a stop or a system request waits, no further message is taken.
 * - A handler that is done after the process has begun to end changes nothing any more: what it gives is a late reply.
 *
 * Not here: what a handler's result means, and the one handler that the whole process waits for.
 */

import { reply } from "../kernel/answer.ts"
import { Envelope } from "../kernel/envelope.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { SystemRequest } from "../kernel/system-request.ts"
import { carried } from "../kernel/thenable.ts"
import { SystemProcess } from "../process/system-process.ts"
import { HandlersBeside } from "./handlers-beside.ts"
import type { ServerAffairs } from "./server-affairs.ts"

export abstract class ConcurrentProcess extends SystemProcess {
  /** Handlers that may run side by side; 1: none does. */
  protected abstract get concurrency(): number

  /** Those that run side by side; `undefined` where none ever did. */
  protected abstract get beside(): HandlersBeside | undefined

  abstract serverAffairs(): ServerAffairs

  /** Carries out what the handler of this message has given. */
  protected abstract conclude(envelope: Envelope, result: unknown): void

  protected get isRunningBeside(): boolean {
    return (this.beside?.running ?? 0) > 0
  }

  override get work(): readonly object[] {
    return [...super.work, ...(this.beside?.messages ?? [])]
  }

  override get owedAnswers(): readonly Envelope[] {
    return super.owedAnswers.filter((envelope) => this.beside?.has(envelope) !== true)
  }

  protected override get hasServed(): boolean {
    return super.hasServed && !this.isRunningBeside
  }

  /** The handler of this message waits for `work`, and the process goes on. */
  protected runBeside(envelope: Envelope, work: PromiseLike<unknown>): void {
    const affairs = this.serverAffairs()
    affairs.beside ??= new HandlersBeside()
    const { beside } = affairs
    beside.began(envelope)
    this.isReceptive = beside.hasRoom(this.concurrency)
    // One that is put aside in the end is open until then: its time runs, and it fails with the process.
    this.leaveOpen(envelope)
    let isDone = false
    const finish = <V>(next: (value: V) => void, value: V): void => {
      if (isDone) return reply(envelope, value)
      isDone = true
      beside.ended(envelope)
      this.#lookAt(beside.detained.get(envelope.origin))
      if (this.status === "ending" || this.status === "ended") return reply(envelope, value)
      affairs.idle?.touch()
      next(value)
      this.besideEnded(beside)
    }
    work.then(
      (result) => finish(() => this.conclude(envelope, carried(result)), result),
      (error) => finish(() => this.failedBeside(error, envelope), error),
    )
  }

  /** One that gave up because the server is told to stop leaves the others their time. */
  protected failedBeside(error: unknown, envelope: Envelope): void {
    const told = this.toldBy(error)
    if (told === undefined) return this.crash(error, envelope)
    this.failOpen(envelope, told)
  }

  override isAt(message: Envelope): boolean {
    return super.isAt(message) || this.beside?.has(message) === true
  }

  /** Casts too, which nobody else would tell of. */
  protected override failTaken(reason: ExitReason): void {
    super.failTaken(reason)
    this.#lookAtAll()
    for (const message of this.beside?.messages ?? []) this.failOpen(message, reason)
  }

  protected besideEnded(beside: HandlersBeside): void {
    this.isReceptive = beside.hasRoom(this.concurrency)
    if (beside.running === 0 && beside.stopReason !== undefined) this.urge({ type: "stop", reason: beside.stopReason })
    this.wake()
  }

  /** What the handler had asked for before it gave up counts no more. */
  protected override forgives(error: unknown, envelope: Envelope): boolean {
    if (!super.forgives(error, envelope)) return false
    this.serverAffairs().takeMark(envelope)
    this.answered()
    return true
  }

  /** Who leaves while a cast of theirs is at work leaves behind that. */
  protected override reached(marker: Envelope): void {
    if (marker.origin !== undefined && this.beside?.hasCastOf(marker.origin) === true) this.beside.detained.set(marker.origin, marker)
    else super.reached(marker)
  }

  /** Who leaves does not wait for handlers of a server that is told to stop. */
  protected override shutDoor(reason: ExitReason): void {
    this.#lookAtAll()
    super.shutDoor(reason)
  }

  #lookAtAll(): void {
    for (const marker of this.beside?.detained.values() ?? []) this.#lookAt(marker)
  }

  /** Looked at anew in a turn; while the process ends, its inbox knows what becomes of it. */
  #lookAt(marker: Envelope | undefined): void {
    if (marker === undefined) return
    this.beside?.detained.delete(marker.origin)
    if (this.inbox.post(marker) !== undefined) super.reached(marker)
  }

  // -- what waits for them -------------------------------------------------------------------------------------

  protected override stopped(reason: ExitReason): void {
    const beside = this.stopTaking()
    if (beside === undefined) return super.stopped(reason)
    beside.stopReason = reason
    this.shutDoor(reason)
  }

  /** Waits until no handler runs: one that waits holds the old state. */
  override admits(request: SystemRequest): boolean {
    if (this.stopTaking() === undefined) return true
    this.inbox.postFirst(new Envelope("system", this.inbox, undefined, request, undefined, undefined))
    return false
  }

  override dismiss(): void {
    const { beside } = this
    if (beside === undefined) return
    beside.endDrain()
    this.isReceptive = beside.hasRoom(this.concurrency)
    this.wake()
  }

  /** Takes no further message until the handlers that run are done; `undefined` where none does. */
  protected stopTaking(): HandlersBeside | undefined {
    const { beside } = this
    if (beside === undefined || beside.running === 0) return undefined
    beside.drain()
    this.isReceptive = false
    return beside
  }
}
