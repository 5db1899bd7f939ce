/**
 * What a process can do as itself: the second face of its pid, given to its handlers and to nobody else.
 *
 * Source  OTP, erlang(3): self, link, monitor, process_flag(trap_exit), exit/2, send_after.
 */

import { askPid } from "../kernel/ask.ts"
import { Conflict, invalid, shown, Unavailable } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { AskOptions } from "../kernel/kernel.ts"
import { type Pid, processOf } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import { ProcessTimer } from "../kernel/process-timer.ts"
import type { MonitorRef } from "../topology/monitors.ts"
import type { Context, FaceClass } from "./context.ts"
import type { Definition } from "./definition.ts"
import { Deferred } from "./outcome.ts"
import { spawn } from "./spawn.ts"

/** A running timer. */
export interface Timer {
  /** Stops it; not even a tick that already waits is delivered. The milliseconds that were left, or `false` if it was over. */
  cancel(): number | false
}

/** What a process can do as itself: address others, be linked, watch, wait, acquire, end. */
export class Self {
  readonly #process: Process
  readonly #context: Context

  constructor(process: Process, context: Context) {
    this.#process = process
    this.#context = context
  }

  get pid(): Pid {
    return this.#process.pid
  }

  /** Monotonic milliseconds; one reading a turn. */
  now(): number {
    return this.#process.kernel.now()
  }

  /** Aborted when the process ends: hand it to what a handler waits for. */
  get signal(): AbortSignal {
    return this.#process.signal
  }

  /** Posts a message. `false`: refused (the target has ended, or its inbox is full), and reported as a dead letter. */
  tell(pid: Pid, message: unknown): boolean {
    return this.#process.kernel.send(pid, undefined, message)
  }

  /** Posts a request and waits for the reply; errors as `runtime.ask`, and `Conflict` for itself, at once. */
  async ask(pid: Pid, message: unknown, options?: AskOptions): Promise<unknown> {
    if (pid === this.pid)
      throw new Conflict(`${this.pid} asked itself: it could only wait for its own answer`, { details: { field: "pid" } })
    return askPid(pid, undefined, message, options)
  }

  /**
   * Acquires a mailbox of a service, of the class asked for. It is given back by `release`, or by the runtime when this process ends.
   *
   * @example
   * const worker = process(async (self) => {
   *   const users = await self.acquire("app:cache", { as: StoreMailbox<User> })
   *   await users.set("user:1", { name: "Alice" })
   * })
   * await runtime.whenEnded(runtime.spawn(worker))
   * await cache.get("user:1") // => { name: "Alice" }
   */
  acquire<M = unknown>(id: string, options?: { readonly as: FaceClass<M> }): Promise<M> {
    return this.#context.acquire(this.#process, id, options?.as) as Promise<M>
  }

  /** Starts a process; it goes on when this one ends, unless linked. */
  spawn<Argument, Address extends Pid>(definition: Definition<Argument, Address>, argument: Argument): Address {
    if (this.#process.status === "ended") throw new Unavailable(`${this.pid} has ended and can start nothing`, { retryable: false })
    return spawn(this.#context, definition, argument, { parent: this.#process, principal: this.#process.principal })
  }

  /** `spawn` and `link` in one step. */
  spawnLink<Argument, Address extends Pid>(definition: Definition<Argument, Address>, argument: Argument): Address {
    const pid = this.spawn(definition, argument)
    this.link(pid)
    return pid
  }

  /** Shares the end with another process: when one crashes, so does the other, unless it traps exits. */
  link(pid: Pid): void {
    this.#context.topology.link(this.#process, pid)
  }

  unlink(pid: Pid): void {
    this.#context.topology.unlink(this.#process, pid)
  }

  /** Watches another process: its end comes as one `DOWN` message. */
  monitor(pid: Pid): MonitorRef {
    return this.#context.topology.monitor(this.#process, pid)
  }

  /** Ends a monitor; no `DOWN` of it is seen any more. `false` where it was over. */
  demonitor(ref: MonitorRef): boolean {
    return this.#context.topology.demonitor(ref)
  }

  /** Whether exit signals of others come as `EXIT` messages in place of ending this process. `kill` always ends it. */
  trapExit(isTrapping: boolean): void {
    this.#process.trapExit = isTrapping
  }

  /** Sends an exit signal to another process. */
  exit(pid: Pid, reason: ExitReason): void {
    const target = processOf(pid)
    if (target !== undefined) this.#context.topology.exit(target, this.pid, reason)
  }

  /** Ends this process after the present message, with its `terminate` hook. Default reason: `normal`. */
  stop(reason: ExitReason = "normal"): void {
    this.#process.urge({ type: "stop", reason })
  }

  /** Gives this process a unique name. Throws `AlreadyExists`. */
  register(name: string): void {
    this.#context.topology.names.register(name, this.#process)
  }

  /** The process of that name. */
  whereis(name: string): Pid | undefined {
    return this.#context.topology.names.lookUp(name)?.pid
  }

  /** Sends itself a message after `delayMs`. */
  after(delayMs: number, message: unknown): Timer {
    return new ProcessTimer(this.#process, delayOf(delayMs, "delayMs", 0), message)
  }

  /** Sends itself a message every `periodMs`; where it is slow, one tick waits, not one for each period missed. */
  every(periodMs: number, message: unknown): Timer {
    const period = delayOf(periodMs, "periodMs", 1)
    return new ProcessTimer(this.#process, period, message, period)
  }

  /** Answers the present request later: return the result from the handler, and call its `reply` once. */
  defer<Reply>(): Deferred<Reply> {
    return new Deferred<Reply>(this.#process.leaveOpen())
  }
}

function delayOf(delayMs: number, field: string, least: number): number {
  if (typeof delayMs === "number" && delayMs >= least && Number.isFinite(delayMs)) return delayMs
  throw invalid(field, `must be a number of ms from ${least}; got ${shown(delayMs)}`)
}
