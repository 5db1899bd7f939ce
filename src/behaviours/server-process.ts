/**
 * A running server: hands each message to its handler, and the handler's result to the caller.
 *
 * This is the data plane. A synchronous handler costs no promise of its own, and what a server does not use costs it one look at a
 * pointer.
 *
 * Invariants
 * - A continuation runs before any other message; between two of them the process may be told to end.
 * - Asynchronous handlers run side by side only up to `concurrency`; at the bound, and while a stop or a system request waits, no
 *   further message is taken.
 * - The definition changes between two messages, when no handler runs.
 */

import { Envelope } from "../kernel/envelope.ts"
import { Invalid, invalid, shown } from "../kernel/errors.ts"
import { type ExitReason, formatExitReason } from "../kernel/exit-reason.ts"
import type { Pid } from "../kernel/pid.ts"
import type { ProcessOptions } from "../kernel/process.ts"
import { Tick } from "../kernel/process-timer.ts"
import type { SystemRequest } from "../kernel/system-request.ts"
import { contain, isThenable, promiseOf, thenableOf } from "../kernel/thenable.ts"
import { type Exit, isExit, isWanted } from "../topology/topology.ts"
import { badReturn, badState, type Mark } from "./bad-return.ts"
import { BoundPid } from "./bound-pid.ts"
import { type AnyServerDefinition, badMigration, type CodeChange, migrated, migrationError, wantedOnly } from "./code-change.ts"
import type { Context } from "./context.ts"
import { Continuation } from "./continuations.ts"
import { Detached } from "./detached.ts"
import { handlerOf, isInternal } from "./handler-of.ts"
import { HandlersBeside } from "./handlers-beside.ts"
import { IdleTick, IdleTimer } from "./idle-timer.ts"
import { Failure, Outcome } from "./outcome.ts"
import type { ServerDefinition, ServerRoute } from "./server.ts"
import { ServerAffairs } from "./server-affairs.ts"
import { type ServerPort, ServerSelf } from "./server-self.ts"
import { StartLimit } from "./start-limit.ts"
import { type Delivery, SystemProcess } from "./system-process.ts"

/** Says in `start` that the state comes from a crashed incarnation and not from `init`. */
const NOTHING = Symbol("nothing inherited")

export class ServerProcess<Argument> extends SystemProcess implements ServerPort {
  #definition: AnyServerDefinition
  readonly #self: ServerSelf
  #argument: Argument | undefined
  #inherited: unknown = NOTHING
  #state: unknown = undefined
  #affairs: ServerAffairs | undefined = undefined

  constructor(context: Context, options: ProcessOptions, definition: ServerDefinition<Argument, unknown, unknown>, argument: Argument) {
    super(context.kernel, options)
    this.#definition = definition
    this.#argument = argument
    this.#self = new ServerSelf(this, context)
  }

  /** Its present code. */
  get definition(): AnyServerDefinition {
    return this.#definition
  }

  override inherit(state: unknown): void {
    this.#inherited = state
  }

  override estate(): unknown {
    return this.#state
  }

  /** A service's state is its own, unless it says what may be shown. */
  override reportState(): unknown {
    const { formatStatus } = this.#definition.options
    if (formatStatus === undefined) return this.guard === "all" ? undefined : this.#state
    try {
      const status = formatStatus(this.#state)
      if (!isThenable(status)) return status
      contain(status)
      return "formatStatus gave a promise: it must give at once what may be shown"
    } catch (error) {
      return `formatStatus threw ${formatExitReason({ error })}`
    }
  }

  protected override start(): void | PromiseLike<void> {
    const { idleTimeoutMs, inherit } = this.#definition.options
    if (idleTimeoutMs !== undefined) this.setIdleTimeout(idleTimeoutMs)
    const maker = this.#inherited !== NOTHING && inherit !== undefined ? "inherit" : "init"
    const state = this.#makeState()
    this.#argument = undefined
    this.#inherited = NOTHING
    const making = promiseOf(state)
    if (making === undefined) return this.#keepState(maker, state)
    const limit = this.#limitStart()
    return making.then((made) => {
      limit?.cancel()
      this.#keepState(maker, made)
    })
  }

  protected override handle(envelope: Envelope): void {
    const route = envelope.route as ServerRoute | undefined
    if (route === undefined) return this.#handleUnnamed(envelope)
    if (route.definition !== this.#definition) return this.#handleForeign(envelope, route)
    // Only messages have a route, so this is `accept` without its look at the kind.
    envelope.isTaken = true
    this.kernel.counters.handled += 1
    this.#settle(envelope, route.handler(this.#state, envelope.argument as never, this.#self))
  }

  protected override terminate(reason: ExitReason): void | PromiseLike<void> {
    return this.#definition.options.terminate?.(this.#state, reason, this.#self)
  }

  // -- its start -----------------------------------------------------------------------------------------------

  #makeState(): unknown {
    const { init, inherit } = this.#definition.options
    if (this.#inherited === NOTHING) return init(this.#argument as never, this.#self)
    return inherit === undefined ? this.#inherited : inherit(this.#inherited, this.#self)
  }

  #keepState(maker: "init" | "inherit", state: unknown): void {
    const problem = badState(maker, state)
    if (problem !== undefined) throw problem
    // One that comes after the end is of no use to anybody.
    if (this.status === "ended") return
    this.#state = state
    this.#affairs?.idle?.touch()
  }

  #limitStart(): StartLimit | undefined {
    const { initTimeoutMs = Number.POSITIVE_INFINITY } = this.#definition.options
    if (initTimeoutMs === Number.POSITIVE_INFINITY) return undefined
    return new StartLimit(this, initTimeoutMs, (error) => this.end({ error }))
  }

  // -- messages ------------------------------------------------------------------------------------------------

  #handleUnnamed(envelope: Envelope): void {
    const { argument } = envelope
    if (envelope.kind !== "signal") return this.#inform(envelope, argument)
    if (argument instanceof Tick) return argument.isDue ? this.#inform(envelope, argument.redeem()) : undefined
    if (argument instanceof Continuation) return this.#goOn(envelope)
    if (argument instanceof IdleTick) return this.#idled(envelope, argument)
    if (argument instanceof Detached) {
      return this.#settle(envelope, this.#definition.options.detached?.(this.#state, argument.attachment, this.#self))
    }
    if (!isWanted(argument)) return
    if (this.#isParentExit(argument)) return this.end(argument.reason)
    this.#inform(envelope, argument)
  }

  #inform(envelope: Envelope, message: unknown): void {
    const { info } = this.#definition.options
    if (info === undefined) {
      return envelope.kind === "message"
        ? this.#refuse(envelope, "message", "answers calls by name only: it defines no info handler")
        : undefined
    }
    this.accept(envelope)
    // Where it is put aside, its timer is over by the time that it comes back.
    envelope.argument = message
    this.#settle(envelope, info(this.#state, message, this.#self))
  }

  /** Posted by a name of another definition: the one before a code change. */
  #handleForeign(envelope: Envelope, { kind, name }: ServerRoute): void {
    const route = this.#definition.routes.find((own) => own.kind === kind && own.name === name)
    if (route === undefined)
      return this.#refuse(envelope, `${kind}.${name}`, `does not know ${kind}.${name} any more: its code was changed`)
    this.accept(envelope)
    this.#settle(envelope, route.handler(this.#state, envelope.argument as never, this.#self))
  }

  #refuse(envelope: Envelope, field: string, problem: string): void {
    if (!envelope.isRequest) return this.kernel.report(this.label, this.inbox.shown(envelope.argument), "unhandled")
    envelope.fail(new Invalid(`${this.label} ${problem}`, { details: { field, target: this.label } }))
  }

  #goOn(envelope: Envelope): void {
    const argument = this.#affairs?.continuations?.take()
    const { options } = this.#definition
    if (options.continue === undefined) throw invalid("continue", "is no longer defined: the code was changed")
    this.#settle(envelope, options.continue(this.#state, argument, this.#self))
  }

  #idled(envelope: Envelope, { timer }: IdleTick): void {
    if (!timer.isActive) return
    const { idle } = this.#definition.options
    if (idle === undefined) return this.stopped("normal")
    timer.restart()
    this.#settle(envelope, idle(this.#state, this.#self))
  }

  /** As gen_server: a server that traps exits still ends with its parent. */
  #isParentExit(message: unknown): message is Exit {
    return isExit(message) && this.endsWith(message.from)
  }

  override endsWith(pid: Pid): boolean {
    return pid === this.parent?.pid
  }

  // -- results -------------------------------------------------------------------------------------------------

  #settle(envelope: Envelope, result: unknown): void {
    if ((typeof result === "object" && result !== null) || typeof result === "function") {
      let work: Promise<unknown> | undefined
      try {
        if (!(result instanceof Outcome)) work = thenableOf(result)
      } catch {
        return this.#settleUnreadable(envelope, result)
      }
      if (work !== undefined) return this.#settleLater(envelope, work)
    }
    if (this.#affairs !== undefined || result instanceof Outcome) return this.#conclude(envelope, result, this.#affairs?.takeMark())
    envelope.give(result)
  }

  /** A look at the result runs code of whoever made it, and that may be a caller: what resists the look fails this one request. */
  #settleUnreadable(envelope: Envelope, result: unknown): void {
    const mark = this.#affairs?.takeMark()
    if (mark !== "stashed") return envelope.reply(result)
    this.#affairs?.stashDone()
    this.#putAside(envelope)
  }

  #conclude(envelope: Envelope, result: unknown, mark: Mark): void {
    if (mark === "stashed") this.#affairs?.stashDone()
    const problem = badReturn(envelope, result, mark)
    if (problem !== undefined) return this.crash(invalid(handlerOf(envelope), problem), envelope)
    if (mark === "stashed") return this.#putAside(envelope)
    if (result instanceof Failure) envelope.fail(result.error)
    else if (!(result instanceof Outcome)) envelope.give(result)
  }

  /** One whose time has run out meanwhile is done with. */
  #putAside(envelope: Envelope): void {
    if (!envelope.isSettled) this.setAside(envelope)
  }

  #settleLater(envelope: Envelope, work: PromiseLike<unknown>): void {
    const mark = this.#affairs?.takeMark()
    if (this.#concurrency > 1 && !isInternal(envelope)) return this.#runBeside(envelope, work, mark)
    this.hold(
      work,
      (result) => {
        this.#affairs?.idle?.touch()
        this.#conclude(envelope, result, this.#affairs?.takeMark() ?? mark)
      },
      (error) => this.crash(error),
    )
  }

  // -- handlers side by side -----------------------------------------------------------------------------------

  get #concurrency(): number {
    return this.#definition.options.concurrency ?? 1
  }

  #runBeside(envelope: Envelope, work: PromiseLike<unknown>, mark: Mark): void {
    const affairs = this.serverAffairs()
    affairs.beside ??= new HandlersBeside()
    const { beside } = affairs
    beside.began()
    this.isReceptive = beside.hasRoom(this.#concurrency)
    // One that is put aside in the end is open until then: its time runs, and it fails with the process.
    this.leaveOpen(envelope)
    let isDone = false
    const finish = <V>(next: (value: V) => void, value: V): void => {
      if (isDone || this.status === "ending" || this.status === "ended") return envelope.reply(value)
      isDone = true
      beside.ended()
      affairs.idle?.touch()
      next(value)
      this.#besideEnded(beside)
    }
    work.then(
      (result) => finish(() => this.#conclude(envelope, result, mark), result),
      (error) => finish(() => this.crash(error, envelope), error),
    )
  }

  #besideEnded(beside: HandlersBeside): void {
    this.isReceptive = beside.hasRoom(this.#concurrency)
    if (beside.running === 0 && beside.stopReason !== undefined) this.urge({ type: "stop", reason: beside.stopReason })
    this.wake()
  }

  /** Takes no further message until the handlers that run are done; `false` where none does. */
  #drain(): HandlersBeside | undefined {
    const beside = this.#affairs?.beside
    if (beside === undefined || beside.running === 0) return undefined
    beside.drain()
    this.isReceptive = false
    return beside
  }

  protected override stopped(reason: ExitReason): void {
    const beside = this.#drain()
    if (beside === undefined) return super.stopped(reason)
    beside.stopReason = reason
    this.shutDoor(reason)
  }

  // -- what its self asks for ----------------------------------------------------------------------------------

  get options(): AnyServerDefinition["options"] {
    return this.#definition.options
  }

  serverAffairs(): ServerAffairs {
    this.#affairs ??= new ServerAffairs(this.inbox)
    return this.#affairs
  }

  setIdleTimeout(timeoutMs: number | undefined): void {
    if (timeoutMs !== undefined && !(typeof timeoutMs === "number" && timeoutMs > 0))
      throw invalid("idleTimeoutMs", `must be more than 0 ms; got ${shown(timeoutMs)}`)
    this.#affairs?.idle?.cancel()
    if (this.#affairs !== undefined) this.#affairs.idle = undefined
    if (timeoutMs === undefined || timeoutMs === Number.POSITIVE_INFINITY || this.status === "ended") return
    this.serverAffairs().idle = new IdleTimer(this, timeoutMs, () => this.#isQuiet)
  }

  override get isAtWork(): boolean {
    return super.isAtWork || (this.#affairs?.beside?.running ?? 0) > 0
  }

  get #isQuiet(): boolean {
    return this.status === "ready" && this.inbox.isEmpty && (this.#affairs?.beside?.running ?? 0) === 0
  }

  // -- what the system asks for --------------------------------------------------------------------------------

  override systemState(): unknown {
    return this.#state
  }

  override replaceSystemState(update: (state: unknown) => unknown): void {
    this.#state = update(this.#state)
  }

  /** Waits until no handler runs: one that waits holds the old state. */
  override admits(request: SystemRequest): boolean {
    if (this.#drain() === undefined) return true
    this.inbox.postFirst(new Envelope("system", this.inbox, undefined, request, undefined, undefined))
    return false
  }

  override dismiss(): void {
    const beside = this.#affairs?.beside
    if (beside === undefined) return
    beside.endDrain()
    this.isReceptive = beside.hasRoom(this.#concurrency)
    this.wake()
  }

  override delivery(envelope: Envelope): Delivery | undefined {
    return isInternal(envelope) ? undefined : super.delivery(envelope)
  }

  /** The time it stood still is no idleness. */
  override resume(): void {
    super.resume()
    this.#affairs?.idle?.touch()
  }

  /** Replaces definition and state between two messages. Where that fails, both stay as they were. */
  changeCode(change: CodeChange): void | Promise<void> {
    const migration = migrated(change, this.#state, this.#self)
    const state = promiseOf(migration)
    if (state === undefined) return this.#change(change, migration)
    return new Promise((resolve, reject) => {
      const made = (result: unknown): void => {
        try {
          resolve(this.#change(change, result))
        } catch (error) {
          reject(error)
        }
      }
      this.hold(wantedOnly(state, change), made, (error) => reject(migrationError(error)))
    })
  }

  #change({ definition, commit }: CodeChange, state: unknown): void {
    const problem = badMigration(this.#state, state)
    if (problem !== undefined) throw problem
    if (!commit()) return
    const { idleTimeoutMs } = this.#definition.options
    this.#state = state
    this.#definition = definition
    if (this.pid instanceof BoundPid) this.pid.rebind(definition)
    if (definition.options.idleTimeoutMs !== idleTimeoutMs) this.setIdleTimeout(definition.options.idleTimeoutMs)
  }
}
