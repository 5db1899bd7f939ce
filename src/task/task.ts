/**
 * A task: work that somebody awaits, in a process of its own.
 *
 * Invariants
 * - What becomes of a task comes to its owner outside the inbox: no message of a task is ever in it, not even an `EXIT` where the
 *   owner traps exits.
 * - What becomes of it stays known: it may be asked for again.
 * - Whatever tells a task to end (a time that is over, `shutdown`) spares its owner: the link is cut before.
 *
 * Source  Elixir, Task: async, await, await_many, yield, shutdown; Task.Supervisor: async_nolink. Differs: a timeout or a failure
 *         rejects in place of ending the owner, and ends the task also where it is not linked.
 */

import { checkedSignal } from "../kernel/abort-signal.ts"
import { Canceled, Conflict, Internal, invalid, type PigeonholeError, shown, Timeout } from "../kernel/errors.ts"
import { type ExitReason, exitError, formatExitReason } from "../kernel/exit-reason.ts"
import { anything, listOf, milliseconds, optional, otherwise } from "../kernel/option-fields.ts"
import { type Field, readOptions } from "../kernel/options.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Boxed } from "../kernel/thenable.ts"
import { handedOverAfterEnd, refused, unheardAfterEnd } from "../kernel/unheard.ts"
import type { TaskWork } from "../process/process-self.ts"
import { type AwaitOptions, Task, type TaskOptions, type TaskOutcome, type TaskShutdown } from "../process/self-tasks.ts"
import { NO_LIMIT, OwnedWait, type WaitLimits } from "./owned-wait.ts"
import { checkOwner, hasEnded, type TaskOwner } from "./task-owner.ts"
import { taskSettings } from "./task-process.ts"
import { type RunningTask, TaskRun } from "./task-run.ts"

const DEFAULT_TIMEOUT_MS = 5000

let awaitAll: (tasks: readonly unknown[], options: AwaitOptions | undefined) => Promise<unknown[]>
let ownerOf: (task: unknown) => TaskOwner | undefined
let isOwned: (task: unknown) => task is OwnedTask<unknown>

/** A task as its owner has it. */
class OwnedTask<out Result> extends Task<Result> {
  readonly #owner: TaskOwner
  readonly #run: RunningTask
  readonly #waits = new Set<OwnedWait>()
  #outcome: TaskOutcome<Result> | undefined = undefined

  static {
    awaitAll = (tasks, options) => OwnedTask.#awaitAll(tasks, options)
    isOwned = (task) => typeof task === "object" && task !== null && #owner in task
    ownerOf = (task) => (isOwned(task) ? task.#owner : undefined)
  }

  constructor(owner: TaskOwner, start: (told: (outcome: TaskOutcome<Result>) => void) => RunningTask) {
    super()
    this.#owner = owner
    this.#run = start((outcome) => this.#over(outcome))
  }

  get pid(): Pid {
    return this.#run.pid
  }

  result(options?: AwaitOptions): Promise<Result> {
    const thenable = (): PigeonholeError =>
      invalid("result", `of the task ${this.pid} is a thenable: it cannot be handed over by a promise`)
    return handedOverAfterEnd(this.#owner.process, this.#result(options), thenable)
  }

  yield(options?: AwaitOptions): Promise<TaskOutcome<Result> | undefined> {
    return unheardAfterEnd(this.#owner.process, this.#yield(options))
  }

  shutdown(how: TaskShutdown = {}): Promise<TaskOutcome<Result> | undefined> {
    return unheardAfterEnd(this.#owner.process, this.#shutdown(how))
  }

  async #result(options: AwaitOptions | undefined): Promise<Boxed<Result>> {
    const limits = limitsOf(options)
    this.#checkOwner()
    const hasEnded = await this.#ends(limits).catch((error: unknown) => this.#killAfter(error))
    if (hasEnded) return this.#value()
    await this.#kill()
    throw timeoutError(`the task ${this.pid}`, limits.timeoutMs)
  }

  async #yield(options: AwaitOptions | undefined): Promise<TaskOutcome<Result> | undefined> {
    const limits = limitsOf(options)
    this.#checkOwner()
    await this.#ends(limits)
    return this.#outcome
  }

  async #shutdown(how: TaskShutdown): Promise<TaskOutcome<Result> | undefined> {
    const isBrutal = how === "brutal_kill"
    const limits = isBrutal ? AT_ONCE : limitsOf(how)
    this.#checkOwner()
    if (!isBrutal) this.#run.end("shutdown")
    const hasEnded = !isBrutal && (await this.#ends(limits).catch(isGivenUp))
    if (!hasEnded) await this.#kill()
    const outcome = this.#outcome
    const asked: ExitReason = isBrutal ? "killed" : "shutdown"
    return outcome !== undefined && "exit" in outcome && outcome.exit === asked ? undefined : outcome
  }

  #checkOwner(): void {
    checkOwner(this.#owner, `the task ${this.pid}`)
  }

  async #kill(): Promise<void> {
    this.#run.end("kill")
    await this.#ends(NO_LIMIT)
  }

  /** What nobody waits for any more is not left to run; where the owner has ended, that is no order to it. */
  async #killAfter(error: unknown): Promise<never> {
    if (error instanceof Canceled) await this.#kill()
    throw error
  }

  /** `false`: not within the time. */
  async #ends({ timeoutMs, signal }: WaitLimits): Promise<boolean> {
    if (this.#outcome !== undefined) return true
    if (timeoutMs === 0) return false
    const what = `the task ${this.pid}`
    // However long it may wait: it would end that wait in vain.
    if (signal === undefined && this.#run.isHeldUpByOwner) throw selfWaitError(what)
    const wait = new OwnedWait(this.#owner, signal === undefined ? { timeoutMs, what } : { timeoutMs, signal, what })
    this.#waits.add(wait)
    this.#run.awaited(true)
    try {
      return await wait.promise
    } finally {
      this.#waits.delete(wait)
      if (this.#waits.size === 0) this.#run.awaited(false)
    }
  }

  #over(outcome: TaskOutcome<Result>): void {
    this.#outcome = outcome
    for (const wait of this.#waits) wait.settle()
  }

  #value(): Boxed<Result> {
    const outcome = this.#outcome ?? { exit: "noproc" }
    if ("ok" in outcome) return { value: outcome.ok }
    throw failureOf(this.pid, outcome.exit)
  }

  static async #awaitAll(list: readonly unknown[], options: AwaitOptions | undefined): Promise<unknown[]> {
    const limits = limitsOf(options)
    const tasks = tasksOf(list)
    const owner = commonOwner(tasks.map((task) => task.#owner))
    if (owner === undefined) return []
    for (const task of tasks) task.#checkOwner()
    const all = Promise.all(tasks.map((task) => task.#unlimited()))
    all.catch(() => {})
    try {
      const wait = new OwnedWait(owner, { ...limits, what: `${tasks.length} tasks` })
      const settle = (): void => wait.settle()
      all.then(settle, settle)
      if (await wait.promise) return (await all).map(({ value }) => value)
      throw timeoutError(`${tasks.length} tasks`, limits.timeoutMs)
    } catch (error) {
      // The owner's end is no order to those that no link ties to it.
      if (!hasEnded(owner)) await Promise.all(tasks.map((task) => task.#kill()))
      throw error
    }
  }

  async #unlimited(): Promise<Boxed<Result>> {
    await this.#ends(NO_LIMIT)
    return this.#value()
  }
}

/** Starts `work` in a process of its own. */
export function startTask<Message, Result>(
  owner: TaskOwner,
  work: TaskWork<Message, Result>,
  isLinked: boolean,
  options: TaskOptions | undefined,
): Task<Result> {
  const settings = taskSettings(options)
  if (typeof work !== "function") throw invalid("work", `must be a function; got ${shown(work)}`)
  return new OwnedTask<Result>(owner, (told) => new TaskRun(owner, work, settings, isLinked, told))
}

/**
 * The results of a list of tasks, each at its place.
 *
 * @example
 * const both = async (tasks: readonly [Task<number>, Task<string>]): Promise<ResultsOf<typeof tasks>> => awaitMany(tasks)
 * await both([runtime.async(() => 1), runtime.async(() => "two")]) // => [1, "two"]
 */
export type ResultsOf<Tasks extends readonly Task<unknown>[]> = {
  -readonly [Index in keyof Tasks]: Tasks[Index] extends Task<infer Result> ? Result : never
}

/**
 * Waits for all of them, under one limit: their results, in the order of the list. Where one fails, the time is over or the signal
 * aborted, the others are killed.
 *
 * Errors  as `result`, of the first that failed; Timeout; Canceled; Conflict.
 * Source  Elixir, Task.await_many/2.
 *
 * @example
 * const tasks = [runtime.async(() => 1), runtime.async(async () => "two")] as const
 * await awaitMany(tasks) // => [1, "two"]
 */
export function awaitMany<const Tasks extends readonly Task<unknown>[]>(tasks: Tasks, options?: AwaitOptions): Promise<ResultsOf<Tasks>> {
  try {
    // A copy, so that all look at the same ones; a hole in the list is no task.
    const list = TASKS(tasks, "tasks")
    return unheardAfterEnd(ownerOf(list[0])?.process, awaitAll(list, options)) as Promise<ResultsOf<Tasks>>
  } catch (error) {
    return refused(undefined, error)
  }
}

/** Throws `Invalid`. */
function tasksOf(list: readonly unknown[]): readonly OwnedTask<unknown>[] {
  return list.map((task, index) => {
    if (isOwned(task)) return task
    throw invalid(`tasks[${index}]`, `must be a task; got ${shown(task)}`)
  })
}

/** `undefined` where there are none. Throws `Invalid`. */
function commonOwner(owners: readonly TaskOwner[]): TaskOwner | undefined {
  if (owners.some(({ process }) => process !== owners[0]?.process)) throw invalid("tasks", "must all belong to one owner")
  return owners[0]
}

/** The error of a task that ended without a result. What it threw itself, a retry would meet again. */
function failureOf(pid: Pid, reason: ExitReason): PigeonholeError {
  if (typeof reason !== "object" || !("error" in reason)) return exitError(`the task ${pid}`, reason)
  const details = { target: String(pid), reason }
  return new Internal(`the task ${pid} crashed: ${formatExitReason(reason)}`, { details, cause: reason.error })
}

function selfWaitError(what: string): Conflict {
  return new Conflict(`${what} waits for its owner's end or start: who waits for it would wait for itself`, { details: { target: what } })
}

/** The error of a task that was killed because its time was over. */
export function timeoutError(what: string, timeoutMs: number): Timeout {
  return new Timeout(`${what} did not end within ${timeoutMs} ms: killed`, { details: { timeoutMs } })
}

/** Whether it was only given up: the other ends of a wait are its owner's. */
function isGivenUp(error: unknown): false {
  if (error instanceof Canceled) return false
  throw error
}

const TASKS = listOf(anything as Field<Task<unknown>>, "a list of tasks")

const LIMITS = { timeoutMs: otherwise(milliseconds, DEFAULT_TIMEOUT_MS), signal: optional(checkedSignal) }
const AT_ONCE: WaitLimits = { timeoutMs: 0 }

function limitsOf(options: AwaitOptions | undefined): WaitLimits {
  return readOptions(options, LIMITS)
}
