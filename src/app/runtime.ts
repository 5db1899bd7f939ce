/**
 * A running application, as its host program sees it: acquire mailboxes, spawn processes, look inside, stop.
 */

import type { Inspection } from "../inspection/inspection.ts"
import type { Inspector } from "../inspection/inspection-event.ts"
import type { Log } from "../inspection/log.ts"
import { Sys } from "../inspection/sys.ts"
import { type TreeNode, viewTree } from "../inspection/tree-view.ts"
import { askPid } from "../kernel/ask.ts"
import type { AskOptions } from "../kernel/ask-options.ts"
import type { AsyncContextRule } from "../kernel/async-context.ts"
import { checkReason, type ExitReason } from "../kernel/exit-reason.ts"
import type { Host } from "../kernel/host.ts"
import { boolean, callback, listOf, milliseconds, optional, otherwise, period, share, text } from "../kernel/option-fields.ts"
import { readOptions } from "../kernel/options.ts"
import type { Pid } from "../kernel/pid.ts"
import { processOf } from "../kernel/process-of.ts"
import type { RequestTracer } from "../kernel/request-tracer.ts"
import { begun } from "../kernel/unheard.ts"
import type { AddressOf } from "../process/definition.ts"
import { ProcessGroups } from "../process/process-groups.ts"
import type { Gate, Identity } from "../security/gate.ts"
import type { Policy, Scope } from "../security/policy.ts"
import type { PrincipalInput } from "../security/principal.ts"
import { livingProcessOf } from "../topology/local-process.ts"
import { checkName } from "../topology/names.ts"
import type { RegistryDefinition } from "../topology/registry-definition.ts"
import type { ApplicationEnd, EndListener } from "./application-end.ts"
import { Caller } from "./caller.ts"
import type { CallerContext } from "./caller-context.ts"
import { RuntimeRegistry } from "./runtime-registry.ts"
import { type Statistics, statisticsOf } from "./runtime-statistics.ts"
import { Security } from "./security.ts"
import type { StopSignal } from "./signals.ts"
import type { Stop } from "./stop.ts"
import { stopProcess } from "./stop-process.ts"

/** How a runtime is started; all of it may be left out. */
export interface RuntimeOptions {
  /** Policies and scopes in force from the start. Default: none, and then everything is allowed. */
  readonly policies?: readonly (Policy | Scope)[]
  /** Whom callers act as that do not say; the processes of the tree too. Default: `anonymous`. */
  readonly principal?: PrincipalInput
  /** Where the runtime's log goes. Default: standard error. */
  readonly log?: Log
  /** Told of everything from the first spawn on. */
  readonly inspect?: Inspector
  /** How often `inspect` is told of the numbers of processes; see `InspectOptions`. Default: never. */
  readonly measureEveryMs?: number
  /** The share of requests that `inspect` is told of; see `InspectOptions`. Default 0. */
  readonly sampleRequests?: number
  /**
   * Follows messages across processes: told of each when it is posted, in its sender's async context, when a handler is given it, and what became
   * of it. Log lines of what it follows carry its ids. Default: none, which costs nothing.
   */
  readonly tracer?: RequestTracer
  /**
   * Signals on which the application stops: `true` for SIGINT and SIGTERM. A second one ends the program at once. When it has stopped,
   * the program ends by the signal, unless somebody else in it listens too. Until then it stays alive. Refused where there is no program, as
   * in a web page, and in a worker thread, which no signal reaches. Default: none.
   */
  readonly signals?: boolean | readonly StopSignal[]
  /**
   * In whose async context (`AsyncLocalStorage`) the runtime runs what is given to it.
   *
   * `sender`: a message is handled in its sender's; what a process does of itself (its start, `continue`, `idle`, ticks, what it hears of
   * others' ends, `terminate`; all of a plain process or task) in that of whoever started it. A child of a supervisor has nobody's, at its
   * first start and at each restart, whoever asked for it. `runtime`: all runs in nobody's. Inspectors and log in nobody's by both rules,
   * policies in that of the caller they judge. A server may have a rule of its own. Default `sender`.
   */
  readonly asyncContext?: AsyncContextRule
  /**
   * Whether the program is to end when the application has ended though nobody asked it to: its root supervisor gave up, or was killed. `true`:
   * with code 1; or the code, from 1 to 255. It has a second more to write and to close. Refused where there is no program to end.
   * Default: it goes on.
   */
  readonly exitOnGiveUp?: boolean | number
  /** The port to clock, timers and turns. Default: what the host has of them, Node's first. */
  readonly host?: Host
}

/** What an inspector wants beside what happens. */
export interface InspectOptions {
  /**
   * Milliseconds between two `measured` events of each process that has numbers: a store's statistics, what a server's `measure` gives. They come to
   * this inspector alone. Where nobody wants them, nothing is measured and no timer armed. Default: never.
   */
  readonly measureEveryMs?: number
  /**
   * The share of requests that this inspector is told of, from 0 to 1: a `request` event each when it is over. What a request's handler asks is told
   * with it, and of one that was not picked nothing. Chance comes of the host's. Default 0: none are followed.
   */
  readonly sampleRequests?: number
  /** Whether this inspector is told of the length of each of the runtime's turns, by a `turn` event. Default `false`. */
  readonly measureTurns?: boolean
}

/** How an application is stopped. */
export interface StopOptions {
  /** Whether each process first serves what it had accepted. Default `false`. */
  readonly drain?: boolean
  /** Milliseconds for all of it; from 0, `Infinity` for no limit. Default 30 000. */
  readonly timeoutMs?: number
}

/** How long `stop` lets everything take, in ms. */
export const DEFAULT_STOP_MS = 30_000

/** A running application: its services, its processes, and the way to look inside and to end it. */
export class Runtime<S extends object = object> extends Caller<S> {
  /** The policies in force; may be changed at any time. */
  readonly security: Security
  /** Looks inside one process while it runs, and changes it: state, suspension, trace, statistics, code. */
  readonly sys: Sys
  readonly #parts: RuntimeParts

  /** Use `start`. */
  constructor(parts: RuntimeParts) {
    super(parts, parts.identity)
    this.#parts = parts
    this.security = new Security(parts.gate, parts.identity)
    this.sys = new Sys({ topology: parts.topology, services: parts.services, log: (entry) => parts.inspection.log(entry) })
  }

  /**
   * Resolves with the reason when the application has ended: `stop`, or its root supervisor gave up. Who asks for it counts as waiting: the
   * program stays alive until then. `onEnded` tells without that.
   */
  get ended(): Promise<ExitReason> {
    return this.#parts.end.ended
  }

  /**
   * Tells `listener`, once, why the application has ended; does not keep the program alive. Returns what removes it. One that throws is
   * logged.
   *
   * @example
   * const reasons: unknown[] = []
   * const short = await start({ "app:short": store() })
   * short.onEnded((reason) => reasons.push(reason))
   * await short.stop()
   * reasons // => ["shutdown"]
   */
  onEnded(listener: EndListener): () => void {
    return this.#parts.end.listen(listener)
  }

  /** A caller that acts as this principal, under these scopes. Errors: Invalid; NotFound, for an unknown scope. */
  as(principal: PrincipalInput, options?: { readonly scopes?: readonly string[] }): Caller<S> {
    const { scopes } = readOptions(options, { scopes: otherwise(listOf(text, "a list of names of scopes"), []) })
    return new Caller<S>(this.#parts, this.#parts.gate.identify(principal, scopes))
  }

  /** Posts a message to a process. `false`: refused, and reported as a dead letter. Throws `Invalid` for a pid of another runtime. */
  tell(pid: Pid, message: unknown): boolean {
    return this.#parts.kernel.send(pid, undefined, message)
  }

  /**
   * Posts a request to a process and waits for its reply.
   *
   * Errors  Unavailable (at once when it has ended or ends), Timeout, Canceled (its `signal` was aborted), RateLimited, PermissionDenied (it answers mailboxes only), Invalid (a pid
   *         of another runtime).
   */
  ask(pid: Pid, message: unknown, options?: AskOptions): Promise<unknown> {
    return askPid(pid, undefined, message, options, this.#parts.kernel)
  }

  /**
   * Sends an exit signal in the name of the root supervisor: `normal` is ignored by a process that does not trap exits, `kill` cannot be
   * trapped. `false`: it had ended. Throws `Invalid` for a pid of another runtime.
   */
  exit(pid: Pid, reason: ExitReason): boolean {
    const process = processOf(pid, this.#parts.kernel)
    const checked = checkReason(reason)
    if (process !== undefined) this.#parts.topology.exit(process, this.#parts.root.pid, checked)
    return process !== undefined
  }

  /**
   * Stops a process after the handler that runs, before what waits for it; its `terminate` hook runs. Resolves when it has ended by this
   * reason. A supervised child is restarted or not as its spec says.
   *
   * Units   timeoutMs: default 5000; where it runs out, or `signal` is aborted, the process goes on stopping.
   * Errors  Timeout; Canceled; Unavailable (it had ended, or ended by another reason); Conflict, for the process that asks; Invalid.
   * Source  OTP, gen_server:stop/3. Differs: as any stop it overtakes what waits, which is handed back.
   */
  stopProcess(pid: Pid, reason: ExitReason = "normal", options?: AskOptions): Promise<void> {
    return stopProcess(this.#parts.kernel, pid, reason, options)
  }

  /** The process of that name; a service's name is its id. */
  whereis(name: string): Pid | undefined {
    checkName(name)
    return this.#parts.topology.names.lookUp(name)?.pid
  }

  /**
   * Gives a process a unique name, until it is unregistered or the process ends.
   *
   * Errors  AlreadyExists (taken, or the id of a service), Invalid, Unavailable (it has ended).
   */
  register(name: string, pid: Pid): void {
    const { kernel, topology } = this.#parts
    topology.names.register(name, livingProcessOf(kernel, pid))
  }

  /** Frees a name, whoever has it. `false` where nobody has. Throws `Conflict` for the id of a service. */
  unregister(name: string): boolean {
    return this.#parts.topology.names.unregister(name)
  }

  /** All names that are taken, ids of services among them. */
  registered(): string[] {
    return this.#parts.topology.names.registered()
  }

  /** Process groups: put processes in, take them out, look at and address them. */
  get groups(): ProcessGroups {
    return new ProcessGroups(this.#parts.topology.groups)
  }

  /** A registry, to register processes in. Errors: Invalid, for what `registry` has not made. */
  registry<Value, Of>(definition: RegistryDefinition<Value, Of>): RuntimeRegistry<Value, AddressOf<Of>> {
    return new RuntimeRegistry(this.#parts.kernel, this.#parts.topology.registries.of(definition))
  }

  /** Resolves with the reason when the process has ended; `noproc` for one that had. Rejects with `Invalid` for a pid of another runtime. */
  whenEnded(pid: Pid): Promise<ExitReason> {
    return begun(this.#parts.kernel, () => {
      const process = processOf(pid, this.#parts.kernel)
      return process === undefined ? "noproc" : new Promise((resolve) => process.onEnded(resolve))
    })
  }

  /**
   * Adds an inspector; returns what removes it.
   *
   * @example
   * const hits: number[] = []
   * const remove = runtime.inspect(
   *   (event) => {
   *     if (event.type === "measured" && event.label === "app:cache") hits.push(event.measurements.hits ?? 0)
   *   },
   *   { measureEveryMs: 10_000 },
   * )
   * remove()
   * hits // => []
   */
  inspect(inspector: Inspector, options?: InspectOptions): () => void {
    const wants = readOptions(options, {
      measureEveryMs: optional(period),
      sampleRequests: optional(share),
      measureTurns: optional(boolean),
    })
    return this.#parts.inspection.add(callback<Inspector>()(inspector, "inspector"), wants)
  }

  /** The supervision tree as it is now. */
  tree(): TreeNode {
    const records = new Map([...this.#parts.services.records].map((record) => [record.id, record]))
    return viewTree(this.#parts.root, (id) => {
      const record = records.get(id)
      return { attachments: record?.attachments.size ?? 0, waiting: record?.inbox.size ?? 0 }
    })
  }

  /** What became of all messages so far, and how many processes there are. Cost: a look at each inbox. */
  statistics(): Statistics {
    return statisticsOf(this.#parts.kernel, this.#parts.services)
  }

  /**
   * Stops the application: first what was spawned outside the tree (5 s at most, and half the time), then the tree in reverse start
   * order, each child within its limit. What is left after `timeoutMs` is killed, and logged; 0 kills at once. Called again, the shorter
   * limit counts. Afterwards no process, timer or listener of the runtime is left. Default: 30 000 ms.
   *
   * `drain`: each first serves what it had accepted, and takes nothing more from others; it may go on asking those that stop after it. What is
   * outside the tree has half the time. When a fifth of the time is left, 5 s at most, the rest stops as without. A later `stop({ drain: false })`
   * puts an end to it at once.
   *
   * @example
   * const desk = server({ init: () => ({ sold: 0 }), cast: { sell: (state) => void (state.sold += 1) } })
   * const shop = await start({ "app:desk": desk })
   * const counter = await shop.acquire("app:desk")
   * counter.cast.sell()
   * await shop.stop({ drain: true, timeoutMs: 10_000 })
   * shop.statistics().handled // => 1
   */
  stop(options?: StopOptions): Promise<void> {
    const { drain, timeoutMs } = readOptions(options, { drain: optional(boolean), timeoutMs: otherwise(milliseconds, DEFAULT_STOP_MS) })
    return this.#parts.stop.within(timeoutMs, drain)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

export interface RuntimeParts extends CallerContext {
  readonly gate: Gate
  readonly inspection: Inspection
  readonly identity: Identity
  readonly stop: Stop
  readonly end: ApplicationEnd
}
