/**
 * One actor: private state, one message at a time. What it does with a message is its behaviour's matter (a subclass);
 * this class carries it through its life: starting → ready ⇄ busy → ending → ended.
 *
 * Invariants
 * - While an asynchronous handler waits the process is busy, and takes no other message.
 * - Urgent requests (exit, stop) take effect at the next turn, before any waiting message, busy or not.
 * - A process ends once. By then every message it had was handled, given back, reported or left
 *   for its next incarnation. From the moment it begins to end (`shutDoor`) it takes nothing that is addressed to itself.
 *
 * Not here: what it does in its turn (`process-turn.ts`); links, monitors and names (topology), restarts (supervision).
 */

import { fail, reply } from "./answer.ts"
import { type AsyncContext, runIn } from "./async-context.ts"
import { bury, tellAll, tellOfEnd } from "./ending.ts"
import type { Envelope, Route } from "./envelope.ts"
import { crashError, type ExitReason, endingError, isCrash, toldToOthers } from "./exit-reason.ts"
import type { Inbox } from "./inbox.ts"
import type { Kernel } from "./kernel.ts"
import { keeperOf, Pid } from "./pid.ts"
import type { ProcessStatus, Urgent } from "./process-status.ts"
import type { Cut } from "./process-table.ts"
import { ProcessTurn } from "./process-turn.ts"
import { promiseOf } from "./thenable.ts"

export interface ProcessOptions {
  readonly inbox: Inbox
  readonly parent?: Process | undefined
  /** On whose behalf it acts; read by the layers above. */
  readonly principal?: unknown
  /** A richer address than the plain one. */
  readonly pid?: (id: number, process: Process) => Pid
}

export abstract class Process extends ProcessTurn {
  readonly kernel: Kernel
  readonly pid: Pid
  readonly inbox: Inbox
  readonly parent: Process | undefined
  readonly principal: unknown
  status: ProcessStatus = "starting"
  /** Why it ended; `undefined` while it has not. */
  exitReason: ExitReason | undefined = undefined
  /** Whether exit signals of linked processes come as messages. */
  trapExit = false
  /** Whether it was started with a link to its parent. */
  isLinkedToParent = false
  /** What it refuses that did not come through a mailbox: nothing, what is called by name, or everything; `private`: and shows nothing. */
  guard: "none" | "names" | "all" | "private" = "none"
  /** The async context of what concerns it alone: its start, its ticks, its end. `undefined`: any will do. */
  context: AsyncContext | undefined
  /** Its neighbours in the process table. */
  previous: Process | undefined = undefined
  next: Process | undefined = undefined
  /** Whether it takes a message now; a behaviour that pulls its messages says so itself. */
  protected isReceptive = true
  /** In the scheduler's ring, or in its turn, whose end says whether it goes back there. */
  protected isQueued = false
  #isStarted = false
  /** What takes effect at its next turn, before whatever else waits. */
  urgent: Urgent[] | undefined = undefined

  constructor(kernel: Kernel, options: ProcessOptions) {
    super()
    this.kernel = kernel
    this.inbox = options.inbox
    this.parent = options.parent
    this.principal = options.principal
    this.context = kernel.neutralContext
    const id = kernel.nextPidId()
    this.pid = options.pid === undefined ? new Pid(id, this) : options.pid(id, this)
    this.inbox.nameAfter(this.pid)
  }

  /** How errors and reports call this process. */
  get label(): string {
    return this.inbox.label
  }

  /** Whether its guard keeps out what was sent to its pid. */
  refuses(route: Route | undefined): boolean {
    const { guard } = this
    return guard !== "none" && (guard !== "names" || route !== undefined)
  }

  /** Asked to stop, between two messages. */
  protected stopped(reason: ExitReason): void {
    this.end(reason)
  }

  /** Aborted when the process is told to stop, or ends: for handlers that wait. */
  get signal(): AbortSignal {
    const reason = this.endReason
    return this.own().signal(reason === undefined ? undefined : endingError(this.label, reason))
  }

  /** Why it is to end, or has ended. */
  protected get endReason(): ExitReason | undefined {
    const told = this.exitReason ?? this.affairs?.told ?? this.urgent?.find(({ type }) => type === "stop")?.reason
    return told ?? (this.#isOver ? "noproc" : undefined)
  }

  get #isOver(): boolean {
    return this.status === "ending" || this.status === "ended"
  }

  get isStarted(): boolean {
    return this.#isStarted
  }

  /** Calls back once: with `undefined` when started, with the reason when the process ended first. */
  onStarted(callback: (failure: ExitReason | undefined) => void): void {
    if (this.#isStarted) callback(undefined)
    else this.own().awaitStart(callback)
  }

  /** Whether it is told to stop, or to end, and has not come to it. */
  get isUrged(): boolean {
    return this.urgent !== undefined
  }

  /** Posts an urgent request; it takes effect at the process's next turn. Who drains does so no longer. */
  urge(urgent: Urgent): void {
    if (this.status === "ended") return
    this.#urge(urgent)
    if (this.isDraining) this.undrain(this)
  }

  #urge(urgent: Urgent): void {
    this.urgent ??= []
    this.urgent.push(urgent)
    this.enqueue()
  }

  wasCut({ error, envelope, isHandled }: Cut): void {
    this.isQueued = false
    if (!isHandled && !this.concludes(envelope)) return this.crash(error, envelope)
    if (this.urgent === undefined) this.wake()
    else this.enqueue()
  }

  /** The runtime's own fault, or that of a value which throws whatever is asked of it: this process ends, without hooks. */
  failed(error: unknown): void {
    const envelope = this.underWay
    this.kernel.turn.pass()
    this.isQueued = false
    this.failOpen(envelope, { error })
    this.#kill({ error })
  }

  /** The behaviour waits for `work`; the process is busy until then. */
  protected hold<T>(work: PromiseLike<T>, done: (value: T) => void, failed: (error: unknown) => void): void {
    const envelope = this.underWay
    const affairs = this.own()
    const token = {}
    const isSuspended = this.status === "suspended"
    this.status = "busy"
    affairs.busy(envelope, token)
    if (envelope?.isRequest === true) this.kernel.armRequest(envelope)
    const resume = <V>(next: (value: V) => void, value: V): void => {
      const isFirst = affairs.work === token
      if (isFirst) affairs.work = undefined
      // The process ended meanwhile, and the request was handed back then; or a thenable calls back twice. A late reply.
      if (this.status !== "busy" || !isFirst) return envelope === undefined ? undefined : reply(envelope, value)
      this.status = "ready"
      next(value)
      if (affairs.busyWith === envelope && affairs.work === undefined) affairs.busyWith = undefined
      if (isSuspended) this.standStill()
      if (affairs.stopReason !== undefined) this.#urge({ type: "stop", reason: affairs.stopReason })
      this.wake()
    }
    // What follows a handler is for others too: who waits for the start, who is told of a crash.
    work.then(
      (value) => this.kernel.neutrally(resume<T>, undefined, done, value),
      (error) => this.kernel.neutrally(resume<unknown>, undefined, failed, error),
    )
  }

  /** Ends the process because its behaviour threw, handling this message. */
  protected crash(error: unknown, envelope: Envelope | undefined = this.underWay): void {
    if (this.#isOver) return
    const told = this.toldBy(error)
    if (told !== undefined) {
      // Served where it was asked, it is under way no longer: nobody else would tell its asker.
      this.failOpen(envelope, toldToOthers(told, this.#isStarted))
      return this.end(told)
    }
    if (envelope !== undefined && this.forgives(error, envelope)) return
    if (envelope !== undefined) this.own().fatal = envelope
    if (envelope?.isRequest === false) this.kernel.following?.settled(envelope, envelope.context, "INTERNAL")
    if (envelope?.isRequest === true && !envelope.isSettled) fail(envelope, crashError(this.label, error))
    this.end({ error })
  }

  /** Ends the process, after its `terminate` hook. */
  protected end(reason: ExitReason): void {
    if (this.status === "ending" || this.status === "ended") return
    this.kernel.neutrally(this.#end, this, reason)
  }

  /** As `end`, where no code of the behaviour's has this turn: its async context is nobody's already. */
  protected endInTurn(reason: ExitReason): void {
    if (!this.#isOver) this.#end(reason)
  }

  #end(reason: ExitReason): void {
    const wasStarted = this.#isStarted
    this.status = "ending"
    const told = toldToOthers(reason, wasStarted)
    this.failTaken(told)
    this.shutDoor(told)
    this.affairs?.abort?.abort(endingError(this.label, reason))
    if (!wasStarted) return this.#finish(reason)
    try {
      const work = promiseOf(this.clearUp(reason))
      if (work === undefined) return this.#finish(reason)
      work.then(
        () => this.#finish(reason),
        (error) => this.#finish({ error }),
      )
    } catch (error) {
      this.#finish({ error })
    }
  }

  /** Calls `terminate` in the process's own async context; a behaviour whose own hook calls nobody's code need not. */
  protected clearUp(reason: ExitReason): void | PromiseLike<unknown> {
    return runIn(this.context, this.terminate, this, reason)
  }

  /**
   * It begins to end: what is addressed to this incarnation is refused from now on, and what waits for it handed back, however long it
   * takes to clear up. What came through a mailbox of a service is the next incarnation's, where there will be one.
   */
  protected shutDoor(reason: ExitReason): void {
    // The report of a crash says how many wait.
    const sequel = isCrash(reason) ? "next" : this.sequelOf(reason)
    if (this.inbox.owner === this) this.inbox.leave(reason, sequel)
  }

  /** In its first turn. */
  protected begin(): void {
    // Counted as a message is: processes that only start others must leave the host its turn too.
    this.kernel.scheduler.step()
    try {
      const work = promiseOf(runIn(this.context, this.start, this))
      if (work === undefined) return this.#started()
      this.hold(
        work,
        () => this.#started(),
        (error) => this.end(this.toldBy(error) ?? { error }),
      )
    } catch (error) {
      this.end({ error })
    }
  }

  #started(): void {
    if (this.status === "ending" || this.status === "ended") return
    this.#isStarted = true
    this.status = "ready"
    if (this.affairs !== undefined) tellAll(this, this.affairs.takeStartWaiters(), undefined)
    keeperOf(this.pid)?.startSettled(this, undefined)
    this.started()
  }

  /** It was told to stop, or to end, before whatever else waits. */
  protected takeUrgent(): void {
    const urgent = this.urgent ?? []
    this.urgent = undefined
    for (const { type, reason } of urgent) {
      if (reason === "kill") this.#kill()
      else if (type === "exit") this.endInTurn(reason)
      else this.#stop(reason)
    }
  }

  #stop(reason: ExitReason): void {
    if (this.status === "busy") this.#stopLater(reason)
    else this.stopped(reason)
    // What does not end at once waits for something, which is to hear of it.
    if (!this.#isOver) this.own().tell(reason, endingError(this.label, reason))
  }

  #stopLater(reason: ExitReason): void {
    this.own().stopReason = reason
    this.shutDoor(reason)
    this.interrupted(reason)
  }

  /** No hook runs, and one that is running is not waited for. */
  #kill(reason: ExitReason = "killed"): void {
    if (this.status === "ended") return
    this.status = "ending"
    this.failTaken(toldToOthers(reason, this.#isStarted))
    this.affairs?.abort?.abort(endingError(this.label, reason))
    this.#finish(reason)
  }

  #finish(reason: ExitReason): void {
    if (this.status === "ended") return
    this.status = "ended"
    this.exitReason = reason
    this.urgent = undefined
    bury(this, reason, this.affairs)
    // Looked at anew: who has just been told of the end may have begun to wait for it.
    if (this.affairs !== undefined) tellOfEnd(this, reason, this.affairs)
  }
}
