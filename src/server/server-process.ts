/**
 * A running server: hands each message to its handler, and the handler's result to the caller.
 *
 * This is the data plane. A synchronous handler costs no promise of its own, and what a server does not use costs it one look at a
 * pointer.
 *
 * Invariants
 * - A continuation runs before any other message; between two of them the process may be told to end.
 * - The definition changes between two messages, when no handler runs.
 */

import type { ProcessContextRule } from "../kernel/async-context.ts"
import type { Envelope } from "../kernel/envelope.ts"
import { Invalid, invalid, shown } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import { isPlainAnswer } from "../kernel/facade.ts"
import { isReadable } from "../kernel/instance.ts"
import type { Pid } from "../kernel/pid.ts"
import type { ProcessOptions } from "../kernel/process.ts"
import { Tick } from "../kernel/process-timer.ts"
import { type Boxed, carried, promiseOf, thenableOf } from "../kernel/thenable.ts"
import type { Context } from "../process/context.ts"
import { Failure, isForeignOutcome, Outcome, resistsLook, Stashed } from "../process/outcome.ts"
import type { Delivery } from "../process/system-process.ts"
import { isExit, isWanted } from "../topology/topology.ts"
import { badReturn, badState, isForNobody } from "./bad-return.ts"
import { BoundPid } from "./bound-pid.ts"
import { type AnyServerDefinition, badMigration, type CodeChange, migrated, migrationError, wantedOnly } from "./code-change.ts"
import { ConcurrentProcess } from "./concurrent-process.ts"
import { Continuation } from "./continuations.ts"
import { Departures, Detached } from "./detached.ts"
import { handlerOf, isInternal, sendingOf } from "./handler-of.ts"
import type { HandlersBeside } from "./handlers-beside.ts"
import { IdleTick, IdleTimer } from "./idle-timer.ts"
import { Inherited } from "./inherited.ts"
import type { ServerDefinition, ServerRoute } from "./server.ts"
import { ServerAffairs } from "./server-affairs.ts"
import { handlerSelf, type ServerPort, ServerSelf } from "./server-self.ts"
import { shownState } from "./shown-state.ts"
import { StartLimit } from "./start-limit.ts"

export class ServerProcess<Argument> extends ConcurrentProcess implements ServerPort {
  #definition: AnyServerDefinition
  readonly #self: ServerSelf
  /** Until it starts: its argument, or what it has inherited. */
  #seed: unknown
  #state: unknown = undefined
  #affairs: ServerAffairs | undefined = undefined
  /** Where it is told who leaves. */
  #departures: Departures | undefined = undefined
  /** What the last handler had returned whose caller's stack had no room to settle it. */
  #uncut: { readonly envelope: Envelope; readonly result: unknown } | undefined = undefined

  constructor(context: Context, options: ProcessOptions, definition: ServerDefinition<Argument, unknown, unknown>, argument: Argument) {
    super(context.kernel, options)
    this.#definition = definition
    this.#seed = argument
    this.#self = new ServerSelf(this, context)
    this.#followContextRule()
  }

  /** Its present code. */
  get definition(): AnyServerDefinition {
    return this.#definition
  }

  override get contextRule(): ProcessContextRule | undefined {
    return this.#definition.options.asyncContext
  }

  /** The context it was started in stays its own, unless its definition says otherwise. */
  #followContextRule(): void {
    const { contextRule, kernel } = this
    if (contextRule === "any") this.context = undefined
    else if (contextRule === "runtime" || this.context === undefined) this.context = kernel.neutralContext
  }

  override inherit(state: unknown): void {
    this.#seed = new Inherited(state)
  }

  override estate(): unknown {
    return this.#state
  }

  /** What is given a state and waits goes on after an end, and knows nothing of it: two incarnations must not have one state. */
  override get holder(): string | undefined {
    if (this.affairs?.work !== undefined) return this.isStarted ? "a handler" : "its start"
    if (this.isRunningBeside) return "a handler"
    return this.#affairs?.holder
  }

  /** A service's state is its own, unless it says what may be shown. */
  override reportState(lastMessage?: unknown): unknown {
    const { formatStatus } = this.#definition.options
    if (formatStatus !== undefined) return shownState<unknown>(formatStatus, this.#state, lastMessage)
    return this.guard === "private" ? undefined : this.#state
  }

  override get isStateFormatted(): boolean {
    return this.#definition.options.formatStatus !== undefined
  }

  protected override start(): void | PromiseLike<void> {
    const { idleTimeoutMs, inherit, detached } = this.#definition.options
    if (detached !== undefined) this.#departures = new Departures(this, Inherited.in(this.#seed))
    if (idleTimeoutMs !== undefined) this.setIdleTimeout(idleTimeoutMs)
    const maker = Inherited.in(this.#seed) && inherit !== undefined ? "inherit" : "init"
    const state = this.#makeState()
    this.#seed = undefined
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
    const self = this.#definition.isConcurrent ? handlerSelf(this.#self, envelope) : this.#self
    const result = route.handler(this.#state, envelope.argument as never, self)
    try {
      this.#settle(envelope, result)
    } catch (error) {
      this.#uncut = { envelope, result }
      throw error
    }
  }

  protected override concludes(envelope: Envelope): boolean {
    const uncut = this.#uncut
    this.#uncut = undefined
    // What was noted of the request may have been taken up already: of what is put aside, it says where.
    if (uncut?.envelope !== envelope || envelope.isSettled || uncut.result instanceof Stashed) return false
    this.#settle(envelope, uncut.result)
    return true
  }

  protected override terminate(reason: ExitReason): void | PromiseLike<unknown> {
    const { terminate } = this.#definition.options
    const left = this.#departures?.next(reason)
    const work = promiseOf(left === undefined ? terminate?.(this.#state, reason, this.#self) : this.#farewell(left, reason))
    return work === undefined ? undefined : this.serverAffairs().holds("terminate", work)
  }

  /** Who has left it before it ends leaves this incarnation, and not the next one. */
  async #farewell(first: Detached, reason: ExitReason): Promise<void> {
    const { detached, terminate } = this.#definition.options
    let left: Detached | undefined = first
    for (; left !== undefined; left = this.#departures?.next(reason)) await detached?.(this.#state, left.attachment, this.#self)
    await terminate?.(this.#state, reason, this.#self)
  }

  // -- its start -----------------------------------------------------------------------------------------------

  #makeState(): unknown {
    const { init, inherit } = this.#definition.options
    const seed = this.#seed
    if (!Inherited.in(seed)) return init(seed as never, this.#self)
    return inherit === undefined ? seed.state : inherit(seed.state, this.#self)
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
    // A tick that was put aside has become its message, which may be anything.
    if (envelope.kind !== "signal" || !isReadable(argument)) return this.#inform(envelope, argument)
    if (argument instanceof Tick) return argument.isDue ? this.#inform(envelope, argument.redeem()) : undefined
    if (argument instanceof Continuation) return this.#goOn(envelope)
    if (argument instanceof IdleTick) return this.#idled(envelope, argument)
    if (argument instanceof Detached) {
      if (this.#departures?.isFor(argument, envelope.origin) === false) return
      return this.#settle(envelope, this.#definition.options.detached?.(this.#state, argument.attachment, this.#self))
    }
    if (!isWanted(argument)) return
    // As gen_server: a server that traps exits still ends with its parent.
    if (isExit(argument) && this.endsWith(argument.from)) return this.end(argument.reason)
    this.#inform(envelope, argument)
  }

  #inform(envelope: Envelope, message: unknown): void {
    const { info } = this.#definition.options
    // Where it is put aside, its timer is over by the time that it comes back.
    envelope.argument = message
    if (info === undefined) return this.#refuse(envelope, "message", "answers calls by name only: it defines no info handler")
    this.accept(envelope)
    this.#settle(envelope, info(this.#state, message, handlerSelf(this.#self, envelope), sendingOf(envelope)))
  }

  override routeOf(kind: ServerRoute["kind"], name: string): ServerRoute | undefined {
    return this.#definition.routes.find((own) => own.kind === kind && own.name === name)
  }

  /** Posted by a name of another definition: the one before a code change. */
  #handleForeign(envelope: Envelope, { kind, name }: ServerRoute): void {
    const route = this.routeOf(kind, name)
    if (route === undefined) return this.#refuse(envelope, `${kind}.${name}`, `does not know ${name} any more: its code was changed`)
    this.accept(envelope)
    this.#settle(envelope, route.handler(this.#state, envelope.argument as never, handlerSelf(this.#self, envelope)))
  }

  #refuse(envelope: Envelope, field: string, problem: string): void {
    if (!envelope.isRequest) return this.unhandled(envelope)
    envelope.fail(new Invalid(`${this.label} ${problem}`, { details: { field, target: this.label } }))
  }

  #goOn(envelope: Envelope): void {
    const argument = this.#affairs?.continuations?.take()
    const { options } = this
    if (options.continue === undefined) throw invalid("continue", "is no longer defined: the code was changed")
    this.#settle(envelope, options.continue(this.#state, argument, this.#self))
  }

  #idled(envelope: Envelope, { timer }: IdleTick): void {
    if (!timer.isActive) return
    const { idle } = this.#definition.options
    // What has come since the tick was posted is behind it.
    if (!this.#isQuiet) return timer.restart()
    if (idle === undefined) return this.stopped("normal")
    timer.restart()
    this.#settle(envelope, idle(this.#state, this.#self))
  }

  override endsWith(pid: Pid): boolean {
    return pid === this.parent?.pid
  }

  // -- results -------------------------------------------------------------------------------------------------

  #settle(envelope: Envelope, result: unknown): void {
    if ((typeof result === "object" && result !== null) || typeof result === "function") {
      let work: Promise<unknown> | undefined
      let isPlain = false
      try {
        isPlain = this.#affairs?.isMarked !== true && isPlainAnswer(result)
        if (!isPlain && !(result instanceof Outcome)) work = thenableOf(result)
      } catch {
        return this.#settleUnreadable(envelope, result)
      }
      // The shortest way for most: it is nothing but data.
      if (isPlain) return envelope.give(result)
      if (work !== undefined) return this.#settleLater(envelope, work)
      if (result instanceof Outcome || isForeignOutcome(result)) return this.conclude(envelope, result)
    }
    const answer = carried(result)
    if (this.#affairs?.isMarked === true) return this.conclude(envelope, answer)
    envelope.give(answer)
  }

  /** A look at the result runs code of whoever made it, and that may be a caller: what resists the look fails this one request. */
  #settleUnreadable(envelope: Envelope, result: unknown): void {
    if (this.#affairs?.takeMark(envelope) === "stashed") this.#putAside(envelope)
    else envelope.reply(result)
  }

  protected override conclude(envelope: Envelope, result: unknown): void {
    if (resistsLook(result)) return this.#settleUnreadable(envelope, result)
    const mark = this.#affairs?.takeMark(envelope)
    const problem = badReturn(envelope, result, mark)
    if (problem !== undefined) return this.crash(invalid(handlerOf(envelope), problem), envelope)
    if (mark === "stashed") return this.#putAside(envelope)
    if (isForNobody(envelope, result)) return this.unhandled(envelope)
    if (result instanceof Failure) envelope.fail(result.error)
    else if (!(result instanceof Outcome)) envelope.reply(result)
  }

  /** One whose time has run out meanwhile is done with. One that was to be put back meanwhile waits again. */
  #putAside(envelope: Envelope): void {
    if (envelope.isSettled) return
    this.setAside(envelope)
    this.#affairs?.continuations.stayFirst()
  }

  #settleLater(envelope: Envelope, work: PromiseLike<unknown>): void {
    if (this.concurrency > 1 && !isInternal(envelope)) return this.runBeside(envelope, work)
    this.hold(
      work,
      (result) => {
        this.#affairs?.idle?.touch()
        this.conclude(envelope, carried(result))
      },
      (error) => this.crash(error),
    )
  }

  // -- what its self asks for ----------------------------------------------------------------------------------

  get options(): AnyServerDefinition["options"] {
    return this.#definition.options
  }

  protected override get concurrency(): number {
    return this.#definition.options.concurrency ?? 1
  }

  protected override get beside(): HandlersBeside | undefined {
    return this.#affairs?.beside
  }

  override serverAffairs(): ServerAffairs {
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

  /** Nothing waits or runs, and nobody waits for an answer of its: one that it has deferred, or put aside. */
  get #isQuiet(): boolean {
    const isRunning = this.status !== "ready" || this.isRunningBeside
    return !isRunning && this.inbox.isEmpty && !this.owes && !this.inbox.isOwing
  }

  override answered(): void {
    this.#affairs?.idle?.touch()
  }

  // -- what the system asks for --------------------------------------------------------------------------------

  override systemState(): unknown {
    return this.#state
  }

  override replaceSystemState(update: (state: unknown) => unknown): void {
    this.#state = update(this.#state)
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
    const held = this.serverAffairs().holds("migrate", state)
    return new Promise((resolve, reject) => {
      const made = ({ value }: Boxed<unknown>): void => {
        try {
          resolve(this.#change(change, value))
        } catch (error) {
          reject(error)
        }
      }
      this.hold(wantedOnly(held, change), made, (error) => reject(migrationError(error)))
    })
  }

  #change({ definition, commit }: CodeChange, state: unknown): void {
    const problem = badMigration(this.#state, state)
    if (problem !== undefined) throw problem
    if (!commit()) return
    const { idleTimeoutMs, asyncContext } = this.#definition.options
    this.#state = state
    this.#definition = definition
    if (this.pid instanceof BoundPid) this.pid.rebind(definition)
    if (definition.options.asyncContext !== asyncContext) this.#followContextRule()
    this.inbox.takesContexts = this.takesContexts
    if (definition.options.idleTimeoutMs !== idleTimeoutMs) this.setIdleTimeout(definition.options.idleTimeoutMs)
  }
}
