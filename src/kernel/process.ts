/**
 * One actor: private state, one message at a time. What it does with a message is its behaviour's matter (a subclass);
 * this class carries it through its life: starting → ready ⇄ busy → ending → ended.
 *
 * Invariants
 * - `handle` is called for one message at a time; while an asynchronous handler waits the process is busy and
 *   takes no other.
 * - Urgent requests (exit, stop) take effect at the next turn, before any waiting message, busy or not.
 * - A process ends once. By then every message it had was handled, given back, reported or left
 *   for its next incarnation.
 *
 * Not here: links, monitors and names (topology), restarts (supervision).
 */

import type { Envelope, Route } from "./envelope.ts"
import { crashError, type ExitReason, exitError } from "./exit-reason.ts"
import type { Inbox } from "./inbox.ts"
import type { Kernel } from "./kernel.ts"
import { Pid } from "./pid.ts"
import type { Runnable } from "./scheduler.ts"

/** Messages one process may handle in a turn before the next one runs. */
const TURN_MESSAGES = 128

export type ProcessStatus = "starting" | "ready" | "busy" | "ending" | "ended"

/** What cannot wait behind messages. `exit` ends the process at once, `stop` after the handler that runs. */
export interface Urgent {
  readonly type: "exit" | "stop"
  readonly reason: ExitReason
}

export interface ProcessOptions {
  readonly inbox: Inbox
  readonly parent?: Process | undefined
  /** On whose behalf it acts; read by the layers above. */
  readonly principal?: unknown
  /** A richer address than the plain one. */
  readonly pid?: (id: number, process: Process) => Pid
}

export abstract class Process implements Runnable {
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
  /** What it refuses that did not come through a mailbox: nothing, what is called by name, or everything. */
  guard: "none" | "names" | "all" = "none"
  /** Whether it takes a message now; a behaviour that pulls its messages says so itself. */
  protected isReceptive = true
  /** In the scheduler's ring, or in its turn, whose end says whether it goes back there. */
  #isQueued = false
  #isStarted = false
  #current: Envelope | undefined = undefined
  /** Requests that were taken and are answered later. */
  #open: Set<Envelope> | undefined = undefined
  #openLimit = 64
  #urgent: Urgent[] | undefined = undefined
  #stopReason: ExitReason | undefined = undefined
  /** Names the work that the process is busy with. */
  #hold: object | undefined = undefined
  #abort: AbortController | undefined = undefined
  #timers: Set<{ cancel(): void }> | undefined = undefined
  #endWaiters: ((reason: ExitReason) => void)[] | undefined = undefined
  #startWaiters: ((reason: ExitReason | undefined) => void)[] | undefined = undefined

  constructor(kernel: Kernel, options: ProcessOptions) {
    this.kernel = kernel
    this.inbox = options.inbox
    this.parent = options.parent
    this.principal = options.principal
    const id = kernel.nextPidId()
    this.pid = options.pid === undefined ? new Pid(id, this) : options.pid(id, this)
    if (this.inbox.label === "") this.inbox.label = this.pid.toString()
  }

  /** How errors and reports call this process. */
  get label(): string {
    return this.inbox.label
  }

  /** Whether its guard keeps out what was sent to its pid. */
  refuses(route: Route | undefined): boolean {
    return this.guard === "all" || (this.guard === "names" && route !== undefined)
  }

  /** Makes the state; may take its time. A throw fails the start. */
  protected abstract start(): void | PromiseLike<void>

  /** Handles one message: `accept`s and settles it, or leaves it held in the inbox. A throw is a crash. */
  protected abstract handle(envelope: Envelope): void

  /** Clears up at any end but a kill or a failed start. */
  protected terminate(_reason: ExitReason): void | PromiseLike<void> {}

  /** Asked to stop, between two messages. */
  protected stopped(reason: ExitReason): void {
    this.end(reason)
  }

  /** Told that it is to stop while it is busy; it stops by itself when it is no longer. */
  protected interrupted(): void {}

  /** What the next incarnation may inherit after a crash; asked for once, when the process has ended. */
  estate(): unknown {
    return undefined
  }

  /** Aborted when the process ends, for handlers that wait. */
  get signal(): AbortSignal {
    if (this.#abort !== undefined) return this.#abort.signal
    this.#abort = new AbortController()
    // Asked for the first time by a function of it that goes on.
    if (this.status === "ending" || this.status === "ended") this.#abort.abort(exitError(this.label, "noproc"))
    return this.#abort.signal
  }

  get isStarted(): boolean {
    return this.#isStarted
  }

  /** Calls back once: with `undefined` when started, with the reason when the process ended first. */
  onStarted(callback: (failure: ExitReason | undefined) => void): void {
    if (this.#isStarted) callback(undefined)
    else this.#startWaiters = [...(this.#startWaiters ?? []), callback]
  }

  /** Calls back once, when the process has ended and its names, links and monitors were seen to. */
  onEnded(callback: (reason: ExitReason) => void): void {
    this.#endWaiters ??= []
    this.#endWaiters.push(callback)
  }

  /** Sees to it that the process gets a turn if there is something it can do in one. */
  wake(): void {
    if (this.#isQueued || !(this.status === "ready" ? this.isReceptive : this.status === "starting")) return
    this.#isQueued = true
    this.kernel.scheduler.enqueue(this)
  }

  /** Posts an urgent request; it takes effect at the process's next turn. */
  urge(urgent: Urgent): void {
    if (this.status === "ended") return
    this.#urgent ??= []
    this.#urgent.push(urgent)
    if (this.#isQueued) return
    this.#isQueued = true
    this.kernel.scheduler.enqueue(this)
  }

  turn(): boolean {
    const { kernel } = this
    kernel.enterTurn(this)
    if (this.status === "starting") this.#start()
    for (let left = TURN_MESSAGES; left > 0; left -= 1) {
      if (this.#urgent !== undefined) this.#takeUrgent()
      if (this.status !== "ready" || !this.isReceptive) break
      const envelope = this.inbox.shift()
      if (envelope === undefined) break
      if (envelope.isSettled) continue
      this.#deliver(envelope)
      if (kernel.scheduler.step()) break
    }
    kernel.leaveTurn()
    const hasMore = this.#urgent !== undefined || (this.status === "ready" && this.isReceptive && !this.inbox.isEmpty)
    this.#isQueued = hasMore
    return hasMore
  }

  /** The runtime's own fault, or that of a value which throws whatever is asked of it: this process ends, without hooks. */
  failed(error: unknown): void {
    this.kernel.leaveTurn()
    this.#isQueued = false
    this.#kill({ error })
  }

  /** Counts a message as handled, once, when a handler is given it. */
  protected accept(envelope: Envelope): void {
    envelope.isTaken = true
    if (envelope.kind === "message") this.kernel.counters.handled += 1
  }

  /** The request under way stays open after its handler has returned; it fails when the process ends unanswered. */
  leaveOpen(envelope: Envelope | undefined = this.#current): Envelope | undefined {
    if (envelope?.isRequest !== true || envelope.isSettled) return undefined
    this.#open ??= new Set()
    if (this.#open.size >= this.#openLimit) this.#prune(this.#open)
    this.#open.add(envelope)
    this.kernel.armRequest(envelope)
    return envelope
  }

  /** The behaviour waits for `work`; the process is busy until then. */
  protected hold<T>(work: PromiseLike<T>, done: (value: T) => void, failed: (error: unknown) => void): void {
    this.status = "busy"
    const envelope = this.#current
    const hold = {}
    this.#hold = hold
    if (envelope?.isRequest === true) this.kernel.armRequest(envelope)
    const resume = <V>(next: (value: V) => void, value: V): void => {
      // The process ended meanwhile, and the request was handed back then; or a thenable calls back twice. A late reply.
      if (this.status !== "busy" || this.#hold !== hold) return envelope?.reply(value)
      this.status = "ready"
      next(value)
      if (this.#current === envelope) this.#current = undefined
      if (this.#stopReason !== undefined) this.urge({ type: "stop", reason: this.#stopReason })
      this.wake()
    }
    work.then(
      (value) => resume(done, value),
      (error) => resume(failed, error),
    )
  }

  /** Ends the process because its behaviour threw. */
  protected crash(error: unknown): void {
    this.#current?.fail(crashError(this.label, error))
    this.end({ error })
  }

  /** Ends the process, after its `terminate` hook. */
  protected end(reason: ExitReason): void {
    if (this.status === "ending" || this.status === "ended") return
    const wasStarted = this.#isStarted
    this.status = "ending"
    this.#failTaken(reason)
    this.#abort?.abort(exitError(this.label, reason))
    if (!wasStarted) return this.#finish(reason)
    try {
      const work = this.terminate(reason)
      if (work === undefined) return this.#finish(reason)
      work.then(
        () => this.#finish(reason),
        (error) => this.#finish({ error }),
      )
    } catch (error) {
      this.#finish({ error })
    }
  }

  /** A timer of this process; it is cancelled when the process ends. */
  adopt(timer: { cancel(): void }): void {
    this.#timers ??= new Set()
    this.#timers.add(timer)
  }

  release(timer: { cancel(): void }): void {
    this.#timers?.delete(timer)
  }

  #start(): void {
    // Counted as a message is: processes that only start others must leave the host its turn too.
    this.kernel.scheduler.step()
    try {
      const work = this.start()
      if (work === undefined) return this.#started()
      this.hold(
        work,
        () => this.#started(),
        (error) => this.end({ error }),
      )
    } catch (error) {
      this.end({ error })
    }
  }

  #started(): void {
    if (this.status === "ending" || this.status === "ended") return
    this.#isStarted = true
    this.status = "ready"
    const waiters = this.#startWaiters
    this.#startWaiters = undefined
    for (const waiter of waiters ?? []) waiter(undefined)
  }

  #deliver(envelope: Envelope): void {
    if (envelope.kind === "marker") return (envelope.argument as () => void)()
    this.#current = envelope
    try {
      this.handle(envelope)
    } catch (error) {
      this.crash(error)
    }
    if (this.status === "ready") this.#current = undefined
  }

  #takeUrgent(): void {
    const urgent = this.#urgent ?? []
    this.#urgent = undefined
    for (const { type, reason } of urgent) {
      if (reason === "kill") this.#kill()
      else if (type === "exit") this.end(reason)
      else if (this.status === "busy") this.#stopLater(reason)
      else this.stopped(reason)
    }
  }

  #stopLater(reason: ExitReason): void {
    this.#stopReason = reason
    this.interrupted()
  }

  /** No hook runs, and one that is running is not waited for. */
  #kill(reason: ExitReason = "killed"): void {
    if (this.status === "ended") return
    this.status = "ending"
    this.#failTaken(reason)
    this.#abort?.abort(exitError(this.label, reason))
    this.#finish(reason)
  }

  #failTaken(reason: ExitReason): void {
    const taken = [...(this.#open ?? [])]
    if (this.#current !== undefined) taken.push(this.#current)
    this.#current = undefined
    this.#open = undefined
    for (const envelope of taken) {
      if (envelope.isRequest && !envelope.isSettled) envelope.fail(exitError(this.label, reason))
    }
  }

  /** Forgets answered ones; amortised, the limit doubles with what is really open. */
  #prune(open: Set<Envelope>): void {
    for (const envelope of open) if (envelope.isSettled) open.delete(envelope)
    this.#openLimit = Math.max(64, open.size * 2)
  }

  #finish(reason: ExitReason): void {
    if (this.status === "ended") return
    this.status = "ended"
    this.exitReason = reason
    this.#urgent = undefined
    for (const timer of this.#timers ?? []) timer.cancel()
    this.#timers = undefined
    const waiters = this.#startWaiters
    this.#startWaiters = undefined
    this.kernel.bury(this, reason)
    for (const waiter of waiters ?? []) waiter(reason)
    for (const waiter of this.#endWaiters ?? []) waiter(reason)
  }
}
