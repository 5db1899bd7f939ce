/**
 * Looking inside one process while it runs, and changing it: its state, its code, what it is given and what it answers.
 *
 * What takes effect between two messages waits for its turn among those that wait, and for a handler that runs; what only
 * watches takes effect at once, also where a handler never returns.
 *
 * Invariant: what a service made by `service` holds (a store) is shown to nobody here: neither its state nor its messages.
 *
 * Source  OTP, sys(3).
 */

import { type AskOptions, signalOf, timeoutOf } from "../kernel/ask-options.ts"
import { Invalid, invalid, NotFound, PermissionDenied, shown, Unavailable } from "../kernel/errors.ts"
import { formatExitReason } from "../kernel/exit-reason.ts"
import { anything, boolean, callback, optional, timeLimit } from "../kernel/option-fields.ts"
import { type Field, readOptions } from "../kernel/options.ts"
import { goneError, isPid, type Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import { processOf } from "../kernel/process-of.ts"
import { givenAtOnce, handedOver } from "../kernel/thenable.ts"
import { begun } from "../kernel/unheard.ts"
import { isDefinition } from "../process/definition.ts"
import { SystemProcess } from "../process/system-process.ts"
import { badState } from "../server/bad-return.ts"
import type { ServerPid } from "../server/bound-pid.ts"
import type { Migrate } from "../server/code-change.ts"
import { ServerDefinition } from "../server/server.ts"
import { ServerProcess } from "../server/server-process.ts"
import type { ServerSelf } from "../server/server-self.ts"
import { receptionOf } from "../service/reception.ts"
import type { Services } from "../service/services.ts"
import type { Topology } from "../topology/topology.ts"
import type { Log } from "./log.ts"
import { type ProcessStatistics, StatisticsProbe, statisticsOf } from "./process-statistics.ts"
import { ProcessTrace, type TraceSink } from "./process-trace.ts"
import { type SystemWork, systemCall } from "./system-call.ts"
import { type SystemStatus, systemStatusOf } from "./system-status.ts"

/** A process by its pid, or by its service id or registered name: then the present incarnation is meant. */
export type SystemTarget = Pid | string

/** What `changeCode` may be told beside the new definition. */
export interface ChangeCodeOptions extends AskOptions {
  /**
   * Makes the new state of the old one, which it must not change; declare both types, as a definition says nothing of its state. Without it the
   * state stays as it is.
   */
  readonly migrate?: (state: never, self: ServerSelf) => unknown
}

/** What `Sys` needs of the runtime. */
export interface SysContext {
  readonly topology: Topology
  readonly services: Services
  readonly log: Log
}

/** The way to look inside one process and to change it. Every method that waits takes `timeoutMs`, by default 5000. */
export class Sys {
  readonly #context: SysContext
  readonly #statistics = new WeakMap<Process, StatisticsProbe>()

  /** Use `runtime.sys`. */
  constructor(context: SysContext) {
    this.#context = context
  }

  /**
   * The state of a server: itself, not a copy. It is for looking at, and changes as the server goes on; for one moment of it, suspend.
   *
   * Errors  NotFound (no such id or name); Unavailable (it has ended, or does not run now); Timeout; Invalid (it has no state, as plain
   *         processes and supervisors have none); PermissionDenied (it answers mailboxes only, as a store does).
   *
   * @example
   * const counter = server({ init: () => ({ count: 41 }), call: { value: (state) => state.count } })
   * const pid = runtime.spawn(counter)
   * await runtime.sys.getState(pid) // => { count: 41 }
   * await runtime.sys.replaceState(pid, (state: { count: number }) => ({ count: state.count + 1 }))
   * await pid.call.value() // => 42
   */
  getState<State = unknown>(target: SystemTarget, options?: AskOptions): Promise<State> {
    return begun(this.#context.topology.kernel, async () => {
      const process = this.#stateful(target)
      return await this.#between(process, "getState", options, () => stateOf<State>(process))
    })
  }

  /**
   * Puts what `update` makes of the state in its place, and gives it. `update` must not change the old state: where it throws or gives
   * nothing, that one stays.
   *
   * Errors  as `getState`; Invalid, where `update` throws, with that as cause.
   */
  replaceState<State>(target: SystemTarget, update: (state: State) => State, options?: AskOptions): Promise<State> {
    return begun(this.#context.topology.kernel, async () => {
      if (typeof update !== "function") throw invalid("update", `must be a function; got ${shown(update)}`)
      const process = this.#stateful(target)
      return await this.#atRest(process, "replaceState", options, () => {
        process.replaceSystemState((state) => updated(update, state as State))
        return stateOf<State>(process)
      })
    })
  }

  /**
   * Has the process stand still: messages wait for `resume`, their deadlines run on. It still answers what is asked here, and can be
   * stopped or killed. Again: nothing. A plain process's function goes on, and receives nothing.
   */
  suspend(target: SystemTarget, options?: AskOptions): Promise<void> {
    return begun(this.#context.topology.kernel, async () => {
      const process = this.#find(target)
      await this.#atRest(process, "suspend", options, () => process.suspend())
    })
  }

  /** Has a suspended process go on with what waits. A no-op for one that runs. */
  resume(target: SystemTarget, options?: AskOptions): Promise<void> {
    return begun(this.#context.topology.kernel, async () => {
      const process = this.#find(target)
      await this.#between(process, "resume", options, () => process.resume())
    })
  }

  /**
   * Tells `sink` of each message that the process is given from now on, and of each answer; returns what ends it. At once, also where a
   * handler never returns. A sink that throws is removed, and the log says so.
   *
   * Errors  NotFound; Unavailable; Invalid.
   */
  trace(target: SystemTarget, sink: TraceSink): () => void {
    if (typeof sink !== "function") throw invalid("sink", `must be a function; got ${shown(sink)}`)
    const process = this.#find(target)
    const failed = (error: unknown): void => {
      this.#context.log({ level: "error", message: `a trace sink of ${process.label} threw and was removed`, error })
    }
    const trace = new ProcessTrace(process, sink, failed)
    return () => trace.stop()
  }

  /**
   * What waits for the process now and, once `isCounted` was `true`, what it was given and answered since; `false` ends the counting.
   * At once, also where a handler never returns.
   *
   * Errors  NotFound; Unavailable.
   */
  statistics(target: SystemTarget, isCounted?: boolean): ProcessStatistics {
    optional(boolean)(isCounted, "isCounted")
    const process = this.#find(target)
    if (isCounted === true && !this.#statistics.has(process)) this.#statistics.set(process, new StatisticsProbe(process))
    const statistics = statisticsOf(process, this.#statistics.get(process))
    if (isCounted === false) this.#endStatistics(process)
    return statistics
  }

  /** All there is to know of the process in one object; its state as `formatStatus` shows it. */
  getStatus(target: SystemTarget, options?: AskOptions): Promise<SystemStatus> {
    return begun(this.#context.topology.kernel, async () => {
      const process = this.#find(target)
      return await this.#between(process, "getStatus", options, () => systemStatusOf(process, this.#context.topology))
    })
  }

  /**
   * Replaces the definition of a server while it runs. What waits in its inbox is handled by the new one; the address follows it, and is
   * given anew for its type. What is asked by a name that the new definition does not have fails with Invalid. Of a supervised child, later
   * incarnations run the new definition too, and mailboxes that are acquired later have its names.
   *
   * Errors  as `getState`; Invalid, where `migrate` fails, with its error as cause. Code and state are then as they were.
   * Source  OTP, sys:change_code/4. Differs: it need not be suspended before.
   *
   * @example
   * const pid = runtime.spawn(server({ init: () => ({ count: 42 }) }))
   * const totalling = server({ init: () => ({ total: 0 }), call: { total: (state) => state.total } })
   * const migrate = (old: { count: number }) => ({ total: old.count })
   * const changed = await runtime.sys.changeCode(pid, totalling, { migrate })
   * await changed.call.total() // => 42
   */
  changeCode<Argument, Calls, Casts>(
    target: SystemTarget,
    definition: ServerDefinition<Argument, Calls, Casts>,
    options?: ChangeCodeOptions,
  ): Promise<ServerPid<Calls, Casts>> {
    return begun(this.#context.topology.kernel, async () => {
      const { migrate, ...wait } = readOptions(options, CODE_CHANGE)
      if (!isDefinition(definition) || !(definition instanceof ServerDefinition))
        throw invalid("definition", `must be made by server; got ${shown(definition)}`)
      const process = this.#stateful(target)
      if (!(process instanceof ServerProcess)) throw new Invalid(`${process.label} is no server: its code cannot be changed`)
      await this.#atRest(process, "changeCode", wait, (wish) => {
        const commit = (): boolean => wish.isWanted() && this.#adopt(process, definition)
        const onUnwanted = (callback: () => void): void => wish.onUnwanted(callback)
        return process.changeCode({ definition, migrate, commit, onUnwanted })
      })
      return process.pid as ServerPid<Calls, Casts>
    })
  }

  /** Between two messages. */
  #between<Result>(process: Process, operation: string, options: AskOptions | undefined, work: SystemWork<Result>): Promise<Result> {
    return systemCall(process, { operation, timeoutMs: timeoutOf(options), signal: signalOf(options), isExclusive: false, work })
  }

  /** Between two messages, when no handler of a concurrent server waits either: one that does holds the old state. */
  #atRest<Result>(process: Process, operation: string, options: AskOptions | undefined, work: SystemWork<Result>): Promise<Result> {
    return systemCall(process, { operation, timeoutMs: timeoutOf(options), signal: signalOf(options), isExclusive: true, work })
  }

  /** Who acquires the service from now on gets the new names. */
  #adopt(process: Process, definition: ServerDefinition<never, unknown, unknown>): true {
    const record = this.#context.services.recordOf(process.label)
    if (record?.process === process) record.reception = receptionOf(definition)
    return true
  }

  #endStatistics(process: Process): void {
    this.#statistics.get(process)?.stop()
    this.#statistics.delete(process)
  }

  /** Errors: NotFound, Unavailable, Invalid. */
  #find(target: SystemTarget): Process {
    if (isPid(target)) {
      const process = processOf(target, this.#context.topology.kernel, "target")
      if (process === undefined) throw goneError(target)
      return process
    }
    if (typeof target !== "string" || target === "") {
      throw invalid("target", `must be a pid, a service id or a registered name; got ${shown(target)}`)
    }
    return this.#context.topology.names.lookUp(target) ?? this.#serviceProcess(target)
  }

  #serviceProcess(id: string): Process {
    const record = this.#context.services.recordOf(id)
    if (record === undefined) throw new NotFound(`there is no process ${id}`, { details: { field: "target", id } })
    if (record.process === undefined || record.process.status === "ended") throw notRunning(id, record.state)
    return record.process
  }

  /** Errors: Invalid, for what has no state; PermissionDenied, for what answers mailboxes only. */
  #stateful(target: SystemTarget): SystemProcess {
    const process = this.#find(target)
    const details = { field: "target", target: process.label }
    if (!(process instanceof SystemProcess)) {
      throw new Invalid(`${process.label} has no state of its own: it is a plain process, a task or a supervisor`, { details })
    }
    if (process.guard !== "private") return process
    throw new PermissionDenied(`${process.label} answers only through a mailbox: what it holds is shown to nobody`, { details })
  }
}

const CODE_CHANGE = {
  migrate: optional(callback<Migrate>()),
  timeoutMs: optional(timeLimit),
  signal: anything as Field<AbortSignal | undefined>,
}

function notRunning(id: string, state: string): Unavailable {
  return new Unavailable(`${id} does not run now: it is ${state}`, { details: { id, state } })
}

/** What a promise would take for another promise, it cannot carry. */
function stateOf<State>(process: SystemProcess): State {
  const thenable = (): Invalid => new Invalid(`the state of ${process.label} is a thenable: it cannot be handed over by a promise`)
  return handedOver(process.systemState() as State, thenable)
}

/** What a user's function gives in place of a state, or throws, must not take the state's place. */
function updated<State>(update: (state: State) => State, state: State): State {
  const next = attempted(update, state)
  if (next === undefined && state !== undefined) throw invalid("update", "must return the new state; it returned undefined")
  givenAtOnce(next, () => invalid("update", "must return the new state, not a promise of it"))
  const problem = badState("update", next)
  if (problem !== undefined) throw problem
  return next
}

function attempted<State>(update: (state: State) => State, state: State): State {
  try {
    return update(state)
  } catch (error) {
    throw invalid("update", `failed, and the state is as it was: ${formatExitReason({ error })}`, error)
  }
}
