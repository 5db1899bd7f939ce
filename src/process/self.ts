/**
 * What a process can do as itself: the second face of its pid, given to its handlers and to nobody else.
 *
 * Source  OTP, erlang(3): self, link, monitor, process_flag(trap_exit), exit/2, send_after.
 */

import type { TimerKey } from "../kernel/affairs.ts"
import { askPid } from "../kernel/ask.ts"
import type { AskOptions } from "../kernel/ask-options.ts"
import { Conflict, invalid, shown } from "../kernel/errors.ts"
import { checkReason, checkStopReason, type ExitReason } from "../kernel/exit-reason.ts"
import { systemTimeOf } from "../kernel/host.ts"
import { boolean, field, optional } from "../kernel/option-fields.ts"
import { readOption } from "../kernel/options.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import { processOf } from "../kernel/process-of.ts"
import { OwnMessage, ProcessTimer, Tick } from "../kernel/process-timer.ts"
import { refused, unheardAfterEnd } from "../kernel/unheard.ts"
import { livingProcessOf } from "../topology/local-process.ts"
import type { MonitorRef } from "../topology/monitors.ts"
import { checkName } from "../topology/names.ts"
import type { RegistryDefinition, RegistryKey } from "../topology/registry-definition.ts"
import { acquireOptionsOf } from "./acquire-options.ts"
import type { Context, FaceClass } from "./context.ts"
import { isDead, refuseDead, rejectDead } from "./dead-self.ts"
import type { AddressOf, Definition } from "./definition.ts"
import type { ItemWork, ProcessSelf } from "./process-self.ts"
import { type Report, reportOf } from "./report.ts"
import { SelfGroups } from "./self-groups.ts"
import { SelfRegistry } from "./self-registry.ts"
import type { ItemOutcome, LinkedTaskStreamOptions, Task, TaskOptions } from "./self-tasks.ts"
import { spawn, UNNAMED } from "./spawn.ts"
import { type Via, viaOf } from "./via.ts"

/** A running timer. */
export interface Timer {
  /** Stops it; not even a tick that already waits is delivered. The milliseconds that were left, or `false` if it was over. */
  cancel(): number | false
  /** Of `every`: how many ticks were left out before the one that came last, as their moments had passed while the process was busy. */
  readonly missed: number
}

/** A name for a timer in its process: arming another of the same key cancels it. */
export interface TimerOptions {
  /** Its name in this process. Default: none; then it replaces no other. */
  readonly key?: string | symbol
}

/** Of a `self`; for those that are made for one handler, beside it. */
export let contextOf: (self: Self) => Context

/**
 * What a process can do as itself: address others, be linked, watch, wait, acquire, end.
 *
 * Once the process has ended, a handler of it that goes on does nothing any more by this: what would begin something or touch somebody is
 * refused with `Unavailable` (not retryable), what gives back gives `false` or nothing, and what only looks still does.
 */
export class Self {
  readonly #process: Process
  readonly #context: Context

  static {
    contextOf = (self) => self.#context
  }

  constructor(process: Process, context: Context) {
    this.#process = process
    this.#context = context
  }

  get pid(): Pid {
    return this.#process.pid
  }

  /** Monotonic milliseconds; one reading a message. */
  now(): number {
    return this.#process.kernel.now()
  }

  /** As `now`, for a handler that only looks and is done at once: one reading for messages that are handled one behind the other. @internal */
  recently(): number {
    return this.#process.kernel.recently()
  }

  /**
   * Milliseconds since 1970, by the host's calendar, which may be set, back too. For what is told to others (`expiresAt`); what is waited for is counted by `now`.
   *
   * Source  OTP, erlang:system_time/1.
   */
  systemTime(): number {
    return systemTimeOf(this.#process.kernel.host)
  }

  /** How far that calendar is ahead of the clock, both read now; in ms, cut by the calendar's grain to less than one too few. @internal */
  calendarLead(): number {
    const { host } = this.#process.kernel
    return systemTimeOf(host) - host.now()
  }

  /** A number in [0, 1) from the host: of a test's host, the same ones each time. */
  random(): number {
    return this.#process.kernel.host.random()
  }

  /**
   * Aborted when the process is told to stop, and at its end: hand it to what a handler waits for (`fetch(url, { signal })`). Its `reason` is an
   * error that names the process and why; a handler that fails with that error has not crashed.
   */
  get signal(): AbortSignal {
    return this.#process.signal
  }

  /**
   * Says something to whoever watches the runtime, that no caller asked for: a `reported` event of the inspection stream, and a line of the log. Of
   * those lines the log prints ten in ten seconds, of all processes together, and then how many more there were; inspectors are told of each.
   *
   * Errors  Invalid, naming the field.
   *
   * @example
   * const said: string[] = []
   * await using app = await start({}, { log: ({ message }) => said.push(message) })
   * const importer = actor((self) => self.report({ level: "warn", message: "2 rows were left out", fields: { leftOut: 2 } }))
   * await app.whenEnded(app.spawn(importer, undefined, { name: "importer" }))
   * said.at(-1) // => "importer: 2 rows were left out"
   */
  report(report: Report): void {
    const { pid, label } = this.#process
    this.#context.tellWatchers({ type: "reported", pid, label, ...reportOf(report) })
  }

  /** Posts a message. `false`: refused (the target has ended, or its inbox is full), and reported as a dead letter; `Invalid` as `runtime.tell`. */
  tell(pid: Pid, message: unknown): boolean {
    refuseDead(this.#process)
    return this.#process.kernel.send(pid, undefined, message, this.#process)
  }

  /** Posts a request and waits for the reply; errors as `runtime.ask`, and `Conflict` for itself, at once. */
  ask(pid: Pid, message: unknown, options?: AskOptions): Promise<unknown> {
    if (isDead(this.#process)) return rejectDead(this.#process)
    if (pid !== this.pid) return askPid(pid, undefined, message, options, this.#process.kernel, this.#process)
    const details = { field: "pid" }
    return refused(this.#process, new Conflict(`${this.pid} asked itself: it could only wait for its own answer`, { details }))
  }

  /**
   * Acquires a mailbox of a service, of the class asked for; of one with partitions, that which the `key` picks. It is given back by
   * `release`, or by the runtime when this process ends.
   *
   * @example
   * const worker = actor(async (self) => {
   *   const users = await self.acquire("app:cache", { as: StoreMailbox<User> })
   *   await users.set("user:1", { name: "Alice" })
   * })
   * await runtime.whenEnded(runtime.spawn(worker))
   * await cache.get("user:1") // => { name: "Alice" }
   */
  acquire<M = unknown>(id: string, options?: { readonly as?: FaceClass<M>; readonly key?: string | number }): Promise<M> {
    if (isDead(this.#process)) return rejectDead(this.#process)
    return unheardAfterEnd(this.#process, this.#acquire(id, options) as Promise<M>)
  }

  async #acquire(id: string, options: unknown): Promise<unknown> {
    return this.#context.acquire(this.#process, id, acquireOptionsOf(options))
  }

  /** Starts a process; it goes on when this one ends, unless linked. */
  spawn<Argument, Address extends Pid>(definition: Definition<Argument, Address>, argument: Argument): Address {
    refuseDead(this.#process)
    return spawn(this.#context, definition, argument, { parent: this.#process, principal: this.#process.principal, ...UNNAMED })
  }

  /** `spawn` and `link` in one step. A server or statechart that traps exits still ends with who has started it so. */
  spawnLink<Argument, Address extends Pid>(definition: Definition<Argument, Address>, argument: Argument): Address {
    const pid = this.spawn(definition, argument)
    this.#context.topology.linkChild(this.#process, pid)
    return pid
  }

  /**
   * Starts `work` as a task of its own process, linked to this one: a crash takes this process along, unless it traps exits, and its own
   * crash the task. The result comes to this process alone, outside its inbox.
   *
   * Errors  Unavailable, where this process has ended.
   * Source  Elixir, Task.async/1.
   *
   * @example
   * const parent = actor(async (self) => {
   *   const [one, two] = [self.async(() => 20), self.async(async () => 22)]
   *   await cache.set("sum", { name: String((await one.result()) + (await two.result())) })
   * })
   * await runtime.whenEnded(runtime.spawn(parent))
   * await cache.get("sum") // => { name: "42" }
   */
  async<Result, Message = unknown>(
    work: (self: ProcessSelf<Message>) => Result | PromiseLike<Result>,
    options?: TaskOptions,
  ): Task<Result> {
    return this.#context.tasks.start(this.#process, this, work, true, options)
  }

  /**
   * As `async`, without the link: neither crash touches the other, and the task goes on when this process ends.
   *
   * Source  Elixir, Task.Supervisor.async_nolink/2.
   */
  asyncNoLink<Result, Message = unknown>(
    work: (self: ProcessSelf<Message>) => Result | PromiseLike<Result>,
    options?: TaskOptions,
  ): Task<Result> {
    return this.#context.tasks.start(this.#process, this, work, false, options)
  }

  /**
   * Runs `work` on each item as a task, so many at a time, and gives what becomes of them, each with its item and its place. Items are taken from the
   * source as outcomes are asked for. However the loop ends, what still runs is killed, and the source closed.
   *
   * Order   of the items; with `ordered: false` as they end.
   * Errors  Timeout, where a task's time is over and `onTimeout` is `exit`; what the source throws; Unavailable, once this process has
   *         ended; Conflict.
   * Source  Elixir, Task.async_stream/3, Task.Supervisor.async_stream_nolink/4.
   */
  asyncStream<Item, Result, Message = unknown>(
    items: Iterable<Item> | AsyncIterable<Item>,
    work: ItemWork<Item, Message, Result>,
    options?: LinkedTaskStreamOptions,
  ): AsyncIterable<ItemOutcome<Item, Result>> {
    refuseDead(this.#process)
    return this.#context.tasks.stream(this.#process, this, items, work, options)
  }

  /** Shares the end with another process: when one crashes, so does the other, unless it traps exits. */
  link(pid: Pid): void {
    refuseDead(this.#process)
    this.#context.topology.link(this.#process, pid)
  }

  /** Ends a link, on both sides; where there is none, nothing happens. */
  unlink(pid: Pid): void {
    if (!isDead(this.#process)) this.#context.topology.unlink(this.#process, pid)
  }

  /** Watches another process: its end comes as one `DOWN` message. */
  monitor(pid: Pid): MonitorRef {
    refuseDead(this.#process)
    return this.#context.topology.monitor(this.#process, pid)
  }

  /** Ends a monitor; no `DOWN` of it is seen any more. `false` where it was over. */
  demonitor(ref: MonitorRef): boolean {
    return !isDead(this.#process) && this.#context.topology.demonitor(ref)
  }

  /** Whether exit signals of others come as `EXIT` messages in place of ending this process. `kill` always ends it. */
  trapExit(isTrapping: boolean): void {
    refuseDead(this.#process)
    this.#process.trapExit = boolean(isTrapping, "isTrapping")
  }

  /** Sends an exit signal to another process of this runtime. */
  exit(pid: Pid, reason: ExitReason): void {
    refuseDead(this.#process)
    const target = processOf(pid, this.#process.kernel)
    const checked = checkReason(reason)
    if (target !== undefined) this.#context.topology.exit(target, this.pid, checked)
  }

  /** Ends this process after the present message, with its `terminate` hook. Default reason: `normal`. Errors: Invalid; a stop is no `kill`. */
  stop(reason: ExitReason = "normal"): void {
    this.#process.urge({ type: "stop", reason: checkStopReason(reason) })
  }

  /**
   * Gives this process, or another one, a unique name, until it is unregistered or the process ends.
   *
   * Errors  AlreadyExists (taken, or the id of a service), Invalid, Unavailable (it has ended).
   */
  register(name: string, pid?: Pid): void {
    refuseDead(this.#process)
    const { kernel, names } = this.#context.topology
    names.register(name, pid === undefined ? this.#process : livingProcessOf(kernel, pid))
  }

  /** Frees a name, whoever has it. `false` where nobody has. Throws `Conflict` for the id of a service. */
  unregister(name: string): boolean {
    return !isDead(this.#process) && this.#context.topology.names.unregister(name)
  }

  /** The process of that name. */
  whereis(name: string): Pid | undefined {
    checkName(name)
    return this.#context.topology.names.lookUp(name)?.pid
  }

  /** All names that are taken, ids of services among them. */
  registered(): string[] {
    return this.#context.topology.names.registered()
  }

  /** Process groups: join, leave, look at, watch and address them. */
  get groups(): SelfGroups {
    return new SelfGroups(this.#process, this.#context.topology.groups)
  }

  /** A registry, to register in as this process. Errors: Invalid, for what `registry` has not made. */
  registry<Value>(definition: RegistryDefinition<Value>): SelfRegistry<Value> {
    return new SelfRegistry(this.#process, this.#context.topology.registries.of(definition))
  }

  /** As `runtime.via`; what is posted by it is posted by this process. */
  via<Value, Of>(registry: RegistryDefinition<Value, Of>, key: RegistryKey): Via<AddressOf<Of>> {
    return viaOf(this.#context.topology, registry, key, this.#process)
  }

  /**
   * Sends itself a message behind those that wait by now. It comes like the tick of a timer, without time having to pass: takes no room, and is
   * never refused. For work in slices, between which others are served.
   *
   * Source  OTP, `self() ! Message`.
   */
  later(message: unknown): void {
    refuseDead(this.#process)
    this.#process.notify(new Tick(new OwnMessage(this.#process, message)))
  }

  /** Sends itself a message after `delayMs`. With a `key`, an earlier timer of that key is cancelled, its waiting tick with it. */
  after(delayMs: number, message: unknown, options?: TimerOptions): Timer {
    refuseDead(this.#process)
    return new ProcessTimer(this.#process, delayOf(delayMs, "delayMs", 0), message, 0, keyOf(options))
  }

  /**
   * Sends itself a message every `periodMs`: tick n is due n periods after now, and no lateness is carried on to the next. Where the process
   * or the program was busy meanwhile, the ticks missed come as one; the timer's `missed` says how many were left out before it.
   */
  every(periodMs: number, message: unknown, options?: TimerOptions): Timer {
    refuseDead(this.#process)
    const period = delayOf(periodMs, "periodMs", 1)
    return new ProcessTimer(this.#process, period, message, period, keyOf(options))
  }

  /** Stops the timer of that key, as its `cancel` would. The milliseconds that were left, or `false` where there is none. */
  cancelTimer(key: string | symbol): number | false {
    const timer = this.#process.timerOf(timerKey(key, "key"))
    return timer instanceof ProcessTimer ? timer.cancel() : false
  }
}

const timerKey = field<TimerKey>((key) => typeof key === "string" || typeof key === "symbol", "a string or a symbol")
const timerKeyIfAny = optional(timerKey)

function keyOf(options: TimerOptions | undefined): TimerKey | undefined {
  return options === undefined ? undefined : readOption(options, "key", timerKeyIfAny)
}

function delayOf(delayMs: number, field: string, least: number): number {
  if (typeof delayMs === "number" && delayMs >= least && Number.isFinite(delayMs)) return delayMs
  throw invalid(field, `must be a number of ms from ${least}; got ${shown(delayMs)}`)
}
