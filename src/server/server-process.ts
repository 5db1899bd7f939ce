/**
 * A running server, from its start to its end: how its state is made, kept, shown and left, and how its code is changed.
 *
 * Invariant: the definition changes between two messages, when no handler runs.
 *
 * Not here: how it handles messages (`server-dispatch.ts`, `server-notices.ts`).
 */

import { fail } from "../kernel/answer.ts"
import type { ProcessContextRule } from "../kernel/async-context.ts"
import type { Envelope } from "../kernel/envelope.ts"
import { errorOf, invalid, shown } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { ProcessOptions } from "../kernel/process.ts"
import { StartLimit } from "../kernel/start-limit.ts"
import { type Boxed, promiseOf } from "../kernel/thenable.ts"
import type { Context } from "../process/context.ts"
import type { ReplyRules } from "../process/outcome.ts"
import { contextOf } from "../process/self.ts"
import type { Delivery } from "../process/system-process.ts"
import { badState } from "./bad-return.ts"
import { BoundPid } from "./bound-pid.ts"
import { badMigration, type CodeChange, migrated, migrationError, wantedOnly } from "./code-change.ts"
import { Departures, type Detached } from "./detached.ts"
import { isInternal } from "./handler-of.ts"
import type { HandlersBeside } from "./handlers-beside.ts"
import { IdleTimer } from "./idle-timer.ts"
import { Inherited, makerOf, Restoring, stateFrom } from "./inherited.ts"
import { contracted } from "./reply-contract.ts"
import { ServerAffairs } from "./server-affairs.ts"
import type { ServerCode, ServerRoute } from "./server-code.ts"
import type { Uncut } from "./server-dispatch.ts"
import { ServerNotices } from "./server-notices.ts"
import { handlerSelf, type ServerPort, ServerSelf } from "./server-self.ts"
import { shownState } from "./shown-state.ts"

export class ServerProcess<Argument> extends ServerNotices implements ServerPort {
  protected code: ServerCode
  protected readonly ownSelf: ServerSelf
  /** Until it starts: its argument, or what it has inherited. */
  #seed: unknown
  protected state: unknown = undefined
  protected ownAffairs: ServerAffairs | undefined = undefined
  /** Where it is told who leaves. */
  protected departures: Departures | undefined = undefined
  protected uncut: Uncut | undefined = undefined

  constructor(context: Context, options: ProcessOptions, definition: ServerCode, argument: Argument) {
    super(context.kernel, options)
    this.code = definition
    this.#seed = argument
    this.ownSelf = new ServerSelf(this, context)
    this.#followContextRule()
  }

  /** Its present code. */
  get definition(): ServerCode {
    return this.code
  }

  override get contextRule(): ProcessContextRule | undefined {
    return this.code.options.asyncContext
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

  override restore(): void {
    if (this.code.options.restore !== undefined) this.#seed = new Restoring(this.#seed)
  }

  override estate(): unknown {
    return this.state
  }

  /** What is given a state and waits goes on after an end, and knows nothing of it: two incarnations must not have one state. */
  override get holder(): string | undefined {
    if (this.affairs?.work !== undefined) return this.isStarted ? "a handler" : "its start"
    if (this.isRunningBeside) return "a handler"
    return this.ownAffairs?.holder
  }

  /** A service's state is its own, unless it says what may be shown. */
  override reportState(lastMessage?: unknown): unknown {
    const { formatStatus } = this.code.options
    if (formatStatus !== undefined) return shownState<unknown>(formatStatus, this.state, lastMessage)
    return this.guard === "private" ? undefined : this.state
  }

  override get isStateFormatted(): boolean {
    return this.code.options.formatStatus !== undefined
  }

  protected override start(): void | PromiseLike<void> {
    const { options } = this.code
    const { idleTimeoutMs, detached } = options
    if (idleTimeoutMs !== undefined) this.setIdleTimeout(idleTimeoutMs)
    this.#offerNumbers()
    const maker = makerOf(this.#seed, options)
    if (detached !== undefined) this.departures = new Departures(this, Inherited.in(this.#seed))
    const state = stateFrom(this.#seed, options, this.ownSelf)
    this.#seed = undefined
    const making = promiseOf(state)
    if (making === undefined) return this.#keepState(maker, state)
    const limit = this.#limitStart()
    return making.then((made) => {
      limit?.cancel()
      this.#keepState(maker, made)
    })
  }

  protected override terminate(reason: ExitReason): void | PromiseLike<unknown> {
    const { terminate } = this.code.options
    const left = this.departures?.next(reason)
    const work = promiseOf(left === undefined ? terminate?.(this.state, reason, this.ownSelf) : this.#farewell(left, reason))
    return work === undefined ? undefined : this.serverAffairs().holds("terminate", work)
  }

  /**
   * Who has left it before it ends leaves this incarnation, and not the next one. Each is told, and all is cleared up, whatever another one's hook throws:
   * what was thrown first is why it ends. A kill meanwhile ends that, too.
   */
  async #farewell(first: Detached | undefined, reason: ExitReason): Promise<void> {
    const { detached, terminate } = this.code.options
    let left = first
    try {
      for (; left !== undefined; left = this.departures?.next(reason)) await detached?.(this.state, left.attachment, this.ownSelf)
      if (this.status !== "ended") await terminate?.(this.state, reason, this.ownSelf)
    } catch (error) {
      if (left !== undefined) await this.#farewell(this.departures?.next(reason), reason).catch(() => {})
      throw error
    }
  }

  #offerNumbers(): void {
    if (this.code.options.measure !== undefined) contextOf(this.ownSelf).measured(this)
  }

  override measure(): unknown {
    return this.code.options.measure?.(this.state, this.ownSelf)
  }

  // -- its start -----------------------------------------------------------------------------------------------

  #keepState(maker: "init" | "inherit" | "restore", state: unknown): void {
    const problem = badState(maker, state)
    if (problem !== undefined) throw problem
    // One that comes after the end is of no use to anybody.
    if (this.status === "ended") return
    this.state = state
    this.ownAffairs?.idle?.touch()
  }

  #limitStart(): StartLimit | undefined {
    const { initTimeoutMs = Number.POSITIVE_INFINITY } = this.code.options
    if (initTimeoutMs === Number.POSITIVE_INFINITY) return undefined
    return new StartLimit(this, initTimeoutMs, "initTimeoutMs", (error) => this.end({ error }))
  }

  // -- what its self asks for ----------------------------------------------------------------------------------

  get options(): ServerCode["options"] {
    return this.code.options
  }

  protected override get concurrency(): number {
    return this.code.options.concurrency ?? 1
  }

  protected override get beside(): HandlersBeside | undefined {
    return this.ownAffairs?.beside
  }

  override serverAffairs(): ServerAffairs {
    this.ownAffairs ??= new ServerAffairs(this.inbox)
    return this.ownAffairs
  }

  setIdleTimeout(timeoutMs: number | undefined): void {
    if (timeoutMs !== undefined && !(typeof timeoutMs === "number" && timeoutMs > 0))
      throw invalid("idleTimeoutMs", `must be more than 0 ms; got ${shown(timeoutMs)}`)
    this.ownAffairs?.idle?.cancel()
    if (this.ownAffairs !== undefined) this.ownAffairs.idle = undefined
    if (timeoutMs === undefined || timeoutMs === Number.POSITIVE_INFINITY || this.status === "ended") return
    this.serverAffairs().idle = new IdleTimer(this, timeoutMs, () => this.isQuiet)
  }

  /** Nothing waits or runs, and nobody waits for an answer of its: one that it has deferred, or put aside. */
  protected get isQuiet(): boolean {
    const isRunning = this.status !== "ready" || this.isRunningBeside
    return !isRunning && this.inbox.isEmpty && !this.owes && !this.inbox.isOwing
  }

  override answered(): void {
    this.ownAffairs?.idle?.touch()
  }

  // -- what the system asks for --------------------------------------------------------------------------------

  override systemState(): unknown {
    return this.state
  }

  override replaceSystemState(update: (state: unknown) => unknown): void {
    this.state = update(this.state)
  }

  override delivery(envelope: Envelope): Delivery | undefined {
    return isInternal(envelope) ? undefined : super.delivery(envelope)
  }

  /** The time it stood still is no idleness. */
  override resume(): void {
    super.resume()
    this.ownAffairs?.idle?.touch()
  }

  /** Replaces definition and state between two messages. Where that fails, both stay as they were. */
  changeCode(change: CodeChange): void | Promise<void> {
    change.definition.admit(this)
    const migration = migrated(change, this.state, this.ownSelf)
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
    const problem = badMigration(this.state, state)
    if (problem !== undefined) throw problem
    if (!commit()) return
    const { idleTimeoutMs, asyncContext } = this.code.options
    this.state = state
    this.code = definition
    this.#offerNumbers()
    if (this.pid instanceof BoundPid) this.pid.rebind(definition)
    if (definition.options.asyncContext !== asyncContext) this.#followContextRule()
    this.inbox.takesContexts = this.takesContexts
    if (definition.options.idleTimeoutMs !== idleTimeoutMs) this.setIdleTimeout(definition.options.idleTimeoutMs)
  }

  /** Posted by a name of another definition: the one before a code change. */
  protected override handleForeign(envelope: Envelope, { kind, name, payload }: ServerRoute): void {
    const route = this.routeOf(kind, name)
    if (route === undefined) return this.refuse(envelope, `${kind}.${name}`, `does not know ${name} any more: its code was changed`)
    const argument = this.#retaken(envelope, route, payload)
    if (argument === undefined) return
    this.accept(envelope)
    const given = route.handler(this.state, argument.value as never, handlerSelf(this.ownSelf, envelope))
    this.settle(
      envelope,
      route.contract === undefined ? given : contracted(given, route.contract, () => this.ownAffairs?.isStashing(envelope) === true),
    )
  }

  /** The argument, as the present code's schema has it: another one has made it what it is. `undefined`: it is refused. */
  #retaken(envelope: Envelope, route: ServerRoute, payload: ServerRoute["payload"]): Boxed<unknown> | undefined {
    if (route.payload === undefined) return { value: envelope.argument }
    try {
      return { value: route.payload.retake(envelope.argument, payload) }
    } catch (error) {
      if (envelope.isRequest) fail(envelope, errorOf(error))
      else this.unhandled(envelope)
      return undefined
    }
  }

  rulesOf(request: Envelope): ReplyRules | undefined {
    const route = request.route as ServerRoute | undefined
    if (route === undefined) return undefined
    return (route.definition === this.code ? route : this.routeOf(route.kind, route.name))?.contract
  }
}
