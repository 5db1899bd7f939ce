/**
 * A process that is a plain async function: it receives when it wants to, and ends when it returns.
 *
 * Invariants
 * - A message is taken from the inbox only when the function asks for one. A selective receive leaves the others in order,
 *   and does not look again at what it has already turned down.
 * - One receive at a time; the second is refused, not queued.
 * - What is put aside counts as not received, and is given back as such when the process ends.
 * - A thenable that was sent is not taken for an answer: `receive` hands it back to its sender, `inbox` gives it as it is.
 */

import { Alarm } from "../kernel/alarm.ts"
import { fail, reply } from "../kernel/answer.ts"
import type { Envelope } from "../kernel/envelope.ts"
import { Conflict, invalid, type PigeonholeError, Timeout } from "../kernel/errors.ts"
import { type ExitReason, exitError } from "../kernel/exit-reason.ts"
import { milliseconds, otherwise } from "../kernel/option-fields.ts"
import { readOption } from "../kernel/options.ts"
import { runAs } from "../kernel/present-process.ts"
import { Process, type ProcessOptions } from "../kernel/process.ts"
import { signalFor } from "../kernel/request-watch.ts"
import { carried, givenAtOnce, isThenable, promiseOf, unheard } from "../kernel/thenable.ts"
import type { Context } from "./context.ts"
import { checkReply, checkResult } from "./outcome.ts"
import { type ProcessPort, ProcessSelf, type ReceiveOptions } from "./process-self.ts"
import { isDue, messageOf, type Received, type Receiver, tickOf } from "./receiver.ts"
import { stashError } from "./stash.ts"

/** What all processes of one definition have in common. */
export interface FunctionRules<Argument, Message> {
  readonly body: (self: ProcessSelf<Message>, argument: Argument) => unknown
  /** Whether it may go on after it has returned. One that only returns costs no async context of its own. */
  readonly isAsync: boolean
  readonly stashCapacity: number
}

const RECEIVE_LIMIT = otherwise(milliseconds, Number.POSITIVE_INFINITY)

export class FunctionProcess<Argument, Message> extends Process implements ProcessPort<Message> {
  readonly #rules: FunctionRules<Argument, Message>
  #argument: unknown
  readonly #self: ProcessSelf<Message>
  #receiver: Receiver<Message> | undefined = undefined
  #last: Envelope | undefined = undefined
  /** Why it receives no more. */
  #endReason: ExitReason | undefined = undefined
  /** Says so; made when somebody has to be told. */
  #endError: PigeonholeError | undefined = undefined
  #hasReturned = false
  /** Whether the receive that was begun last has failed at once. */
  #hasFailed = false
  /** Its function goes on, and is waited for. */
  #isLive = false
  #stopReason: ExitReason | undefined = undefined

  constructor(context: Context, options: ProcessOptions, rules: FunctionRules<Argument, Message>, argument: Argument) {
    super(context.kernel, options)
    this.#rules = rules
    this.#argument = argument
    this.#self = new ProcessSelf<Message>(this, context)
    this.isReceptive = false
  }

  receive(match: Receiver<Message>["match"], options?: ReceiveOptions): Promise<Received<Message>> {
    const promise = new Promise<Received<Message>>((resolve, reject) => this.#receive(match, options, resolve, reject, false))
    return this.#own(promise)
  }

  /** The next message, as `for await` wants it. */
  nextResult(): Promise<IteratorResult<Received<Message>>> {
    const promise = new Promise<IteratorResult<Received<Message>>>((resolve, reject) => {
      this.#receive(undefined, undefined, (value) => resolve({ done: false, value }), reject, true)
    })
    return this.#own(promise)
  }

  /** What was begun by a process that ends is nobody's: a rejection that only its function would have looked at must not end the program. */
  #own<T>(promise: Promise<T>): Promise<T> {
    const receiver = this.#receiver
    if (receiver !== undefined && receiver.promise === undefined) receiver.promise = promise
    else if (this.#endReason !== undefined) unheard(promise)
    else if (this.#hasFailed) this.kernel.unheard.failed(this, promise)
    this.#hasFailed = false
    return promise
  }

  #receive(
    match: Receiver<Message>["match"],
    options: ReceiveOptions | undefined,
    resolve: Receiver<Message>["resolve"],
    reject: Receiver<Message>["reject"],
    isBoxed: boolean,
  ): void {
    this.#hasFailed = true
    const timeoutMs = options === undefined ? Number.POSITIVE_INFINITY : readOption(options, "timeoutMs", RECEIVE_LIMIT)
    if (this.status === "ended") this.#endReason ??= "killed"
    if (this.#endReason !== undefined) throw this.#ended(this.#endReason)
    if (this.#receiver !== undefined)
      throw new Conflict(`${this.label} is already waiting in a receive`, { details: { target: this.label } })
    const held = this.#takeHeld(match, isBoxed)
    this.#hasFailed = false
    if (held !== undefined) return resolve(this.#taken(held, isBoxed))
    const next = match === undefined ? this.#takeWaiting(isBoxed) : undefined
    if (next !== undefined) return resolve(this.#taken(next, isBoxed))
    const receiver: Receiver<Message> = { match, resolve, reject, isBoxed, alarm: undefined, promise: undefined }
    if (timeoutMs !== Number.POSITIVE_INFINITY) this.#limit(receiver, timeoutMs)
    this.#receiver = receiver
    this.isReceptive = true
    this.wake()
  }

  /**
   * As `receive`, for who may give it up: returns what does. A message that was taken for it, and that it has not come to see, is the next
   * receive's then; nothing settles it any more.
   */
  receiveUntil(
    match: Receiver<Message>["match"],
    options: ReceiveOptions | undefined,
    resolve: Receiver<Message>["resolve"],
    reject: Receiver<Message>["reject"],
  ): () => void {
    let taken: Envelope | undefined
    const take = (message: Received<Message>): void => {
      taken = this.#last
      resolve(message)
    }
    const before = this.#receiver
    try {
      this.#receive(match, options, take, reject, false)
    } catch (error) {
      reject(error)
    }
    this.#hasFailed = false
    const own = this.#receiver === before ? undefined : this.#receiver
    return () => {
      if (taken !== undefined) this.#untake(taken)
      else if (own !== undefined && own === this.#receiver) this.#received()
    }
  }

  /** Counts it as not handled: it waits, before what came after it. */
  #untake(message: Envelope): void {
    if (this.inbox.owner !== this || message.isSettled) return
    if (this.#last === message) this.#last = undefined
    this.affairs?.close(message)
    if (message.kind === "message") this.kernel.counters.handled -= 1
    message.isTaken = false
    this.inbox.hold(message)
    this.#lookAgain()
  }

  reply(value: unknown): boolean {
    const request = this.#last
    if (request?.isRequest !== true || !request.isOpen) return false
    checkReply(value)
    reply(request, value)
    return true
  }

  get requestSignal(): AbortSignal {
    return this.#last?.isRequest === true ? signalFor(this.#last, this) : this.signal
  }

  stash(): void {
    const message = this.#last
    if (message === undefined || this.inbox.owner !== this)
      throw invalid("stash", "needs a message that was received, and not put aside yet")
    if (!this.inbox.hasRoomAside(this.#rules.stashCapacity)) throw stashError(this.label, this.#rules.stashCapacity)
    this.#last = undefined
    // A request that was answered, or whose time has run out, is done with.
    if (message.isSettled) return
    this.inbox.reserveAside(message)
    this.setAside(message)
  }

  unstashAll(): void {
    if (this.inbox.owner !== this) return
    this.inbox.putBack()
    this.#lookAgain()
  }

  override resume(): void {
    super.resume()
    this.#lookAgain()
  }

  /** The receive that waits has not seen all that is held: some was put back, or it came while the process stood still. */
  #lookAgain(): void {
    if (this.#receiver === undefined) return
    const { match, isBoxed } = this.#receiver
    try {
      const held = this.#takeHeld(match, isBoxed)
      if (held !== undefined) this.#received()?.resolve(this.#taken(held, isBoxed))
    } catch (error) {
      this.#received()?.reject(error)
    }
  }

  /** The body goes on for the process's whole life; its start is over when it first waits. */
  protected override start(): void {
    const argument = this.#argument as Argument
    this.#argument = undefined
    try {
      const given = this.#rules.isAsync ? runAs(this, () => this.#rules.body(this.#self, argument)) : this.#rules.body(this.#self, argument)
      const work = promiseOf(given)
      if (work !== undefined) return void this.#live(work)
      checkResult("body", given)
      this.#hasReturned = true
    } catch (error) {
      void this.#live(Promise.reject(error))
    }
  }

  /** One that has nothing to wait for ends in this very turn. */
  protected override started(): void {
    if (this.#hasReturned) this.endInTurn("normal")
  }

  /** Between two receives, it waits for something else. */
  override get work(): readonly object[] {
    return this.#isAtWork ? [this.#last ?? this] : []
  }

  override get owedAnswers(): readonly Envelope[] {
    return super.owedAnswers.filter((envelope) => !this.#isAtWork || envelope !== this.#last)
  }

  get #isAtWork(): boolean {
    return this.#isLive && this.#receiver === undefined
  }

  async #live(work: PromiseLike<unknown>): Promise<void> {
    this.#isLive = true
    try {
      checkResult("body", await work)
      this.end(this.#stopReason ?? "normal")
    } catch (error) {
      if (this.#stopReason !== undefined && error === this.#endError) this.end(this.#stopReason)
      else this.crash(error)
    }
  }

  protected override handle(envelope: Envelope): void {
    const receiver = this.#receiver
    if (!isDue(envelope)) return
    if (receiver !== undefined && !this.#carries(receiver.isBoxed, envelope)) return
    try {
      if (receiver === undefined || !this.#matches(receiver.match, envelope)) return this.inbox.hold(envelope)
    } catch (error) {
      // As for a held message: a `match` that throws fails its receive, and the message stays.
      this.inbox.hold(envelope)
      return this.#received()?.reject(error)
    }
    this.#received()?.resolve(this.#taken(envelope, receiver.isBoxed))
  }

  /** The present or next receive fails, and the function gets the time its supervisor allows to clear up. */
  protected override stopped(reason: ExitReason): void {
    if (!this.isStarted) return this.end(reason)
    this.#stopReason = reason
    this.shutDoor(reason)
    this.#interrupt(reason)
  }

  protected override clearUp(reason: ExitReason): void {
    this.#interrupt(reason)
  }

  /** What it received last is served when it asks for more; what it has not answered by then it answers no more. */
  protected override get hasServed(): boolean {
    return super.hasServed && (this.#receiver !== undefined || this.#last === undefined)
  }

  protected override get owed(): undefined {
    return undefined
  }

  protected override get isPulling(): boolean {
    return true
  }

  override get isLooking(): boolean {
    return true
  }

  /** The message that waits, without a turn for it: the body is going on already. Counted like one that is handled in a turn. */
  #takeWaiting(isBoxed: boolean): Envelope | undefined {
    const { scheduler, turn } = this.kernel
    if (!this.isCalm || turn.process !== undefined || scheduler.isExhausted) return undefined
    let envelope = this.inbox.shiftMessage()
    while (envelope !== undefined && (envelope.isSettled || !this.#carries(isBoxed, envelope))) envelope = this.inbox.shiftMessage()
    if (envelope !== undefined) scheduler.step()
    return envelope
  }

  #takeHeld(match: Receiver<Message>["match"], isBoxed: boolean): Envelope | undefined {
    if (this.status === "suspended" || !this.inbox.isHolding) return undefined
    const wanted = (envelope: Envelope): boolean => !envelope.isSettled && this.#matches(match, envelope)
    let envelope = this.inbox.takeHeld(wanted)
    while (envelope !== undefined && !this.#carries(isBoxed, envelope)) envelope = this.inbox.takeHeld(wanted)
    return envelope
  }

  #matches(match: Receiver<Message>["match"], envelope: Envelope): boolean {
    if (!isDue(envelope)) return false
    const answer: unknown = match === undefined || match(messageOf(envelope) as Received<Message>)
    return Boolean(givenAtOnce(answer, promisedMatch))
  }

  /** Whether a receive can hand the message over. A promise would adopt a thenable, and wait as long as that likes: its sender has it back. */
  #carries(isBoxed: boolean, envelope: Envelope): boolean {
    if (isBoxed || !isThenable(messageOf(envelope))) return true
    const tick = tickOf(envelope)
    if (tick !== undefined) tick.redeem()
    else if (envelope.isRequest) fail(envelope, invalid("message", `must be no promise, as ${this.label} receives it by one`))
    else this.lost(envelope)
    return false
  }

  #taken(envelope: Envelope, isBoxed: boolean): Received<Message> {
    this.observed(envelope)
    this.accept(envelope)
    this.leaveOpen(envelope)
    const tick = tickOf(envelope)
    // Where it is put aside, its timer is over by the time that it comes back.
    if (tick !== undefined) envelope.argument = tick.redeem()
    this.#last = envelope
    this.kernel.following?.taken(envelope)
    return (isBoxed ? envelope.argument : carried(envelope.argument)) as Received<Message>
  }

  /** Ends the receive that waits, and returns it. */
  #received(): Receiver<Message> | undefined {
    const receiver = this.#receiver
    this.#receiver = undefined
    this.isReceptive = false
    if (receiver?.alarm === undefined) return receiver
    receiver.alarm.cancel()
    this.release(receiver.alarm)
    return receiver
  }

  /** Adopted, as a timer is: a killed process must not come back when its time has run out. */
  #limit(receiver: Receiver<Message>, timeoutMs: number): void {
    receiver.alarm = new Alarm(this.kernel, timeoutMs, () => this.#timedOut(timeoutMs))
    this.adopt(receiver.alarm)
  }

  #timedOut(timeoutMs: number): void {
    const receiver = this.#received()
    receiver?.reject(new Timeout(`${this.label} received no such message within ${timeoutMs} ms`, { details: { timeoutMs } }))
    if (receiver?.promise !== undefined) this.kernel.unheard.failed(this, receiver.promise)
  }

  #interrupt(reason: ExitReason): void {
    this.#endReason ??= reason
    const receiver = this.#received()
    receiver?.reject(this.#ended(this.#endReason))
    if (receiver?.promise !== undefined) unheard(receiver.promise)
  }

  #ended(reason: ExitReason): PigeonholeError {
    this.#endError ??= exitError(this.label, reason)
    return this.#endError
  }
}

function promisedMatch(): Error {
  return invalid("match", "must answer at once; it returned a promise")
}
