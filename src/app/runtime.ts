/**
 * A running application, as its host program sees it: acquire mailboxes, spawn processes, look inside, stop.
 */

import type { FaceClass } from "../behaviours/context.ts"
import type { Definition } from "../behaviours/definition.ts"
import type { ProcessSelf } from "../behaviours/process.ts"
import { ProcessGroups } from "../behaviours/process-groups.ts"
import { startTask, type Task } from "../behaviours/task.ts"
import type { TaskOutcome } from "../behaviours/task-run.ts"
import { type ItemWork, TaskStream, type TaskStreamOptions } from "../behaviours/task-stream.ts"
import { askPid } from "../kernel/ask.ts"
import { invalid, shown } from "../kernel/errors.ts"
import { checkReason, type ExitReason } from "../kernel/exit-reason.ts"
import type { Host } from "../kernel/host.ts"
import type { InboxOptions } from "../kernel/inbox.ts"
import { type AskOptions, goneError, type Kernel, timeoutOf } from "../kernel/kernel.ts"
import { checkOptions } from "../kernel/options.ts"
import { type Pid, processOf } from "../kernel/pid.ts"
import type { Gate, Identity } from "../security/gate.ts"
import type { Policy, Scope } from "../security/policy.ts"
import type { PrincipalInput } from "../security/principal.ts"
import type { Mailbox } from "../service/mailbox.ts"
import type { Services } from "../service/services.ts"
import type { SupervisorProcess } from "../supervision/supervisor-process.ts"
import { livingProcessOf } from "../topology/local-process.ts"
import type { RegistryDefinition } from "../topology/registry-definition.ts"
import type { Topology } from "../topology/topology.ts"
import type { Inspection, Inspector } from "./inspection.ts"
import type { Log } from "./log.ts"
import { ProgramOwner } from "./program-owner.ts"
import { RuntimeRegistry } from "./runtime-registry.ts"
import { Security } from "./security.ts"
import type { PartitionedId, PartitionOf } from "./services-of.ts"
import type { StopSignal } from "./signals.ts"
import type { Stop } from "./stop.ts"
import { stopProcess } from "./stop-process.ts"
import { Sys } from "./sys.ts"
import { type TreeNode, viewTree } from "./tree-view.ts"

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
  /**
   * Signals on which the application stops: `true` for SIGINT and SIGTERM. A second one ends the program at once. When it has stopped,
   * the program ends by the signal, unless somebody else in it listens too. Default: none.
   */
  readonly signals?: boolean | readonly StopSignal[]
  /** The port to clock, timers and turns. Default: Node's. */
  readonly host?: Host
}

/** How a process is spawned outside the tree. */
export interface SpawnOptions {
  readonly inbox?: InboxOptions
  /** Registers the process under a unique name. */
  readonly name?: string
}

/** How to acquire by an id that is known at run time only. */
export interface AcquireOptions<M extends Mailbox> {
  /** The class the mailbox must be of: an id that comes from configuration may name something else. */
  readonly as: FaceClass<M>
  /** Picks one of a service's partitions. */
  readonly key?: string | number
}

/** What became of all messages so far, and how many processes there are. accepted = handled + returned + reported + waiting. */
export interface Statistics {
  readonly accepted: number
  readonly handled: number
  readonly returned: number
  readonly reported: number
  readonly refused: number
  readonly timeouts: number
  readonly lateReplies: number
  readonly spawned: number
  readonly exited: number
  /** Messages in all inboxes now. */
  readonly waiting: number
  readonly processes: number
}

/** A caller with an identity: what it acquires and spawns acts as its principal. */
export class Caller<S extends object> {
  readonly #context: CallerContext
  readonly #identity: Identity

  constructor(context: CallerContext, identity: Identity) {
    this.#context = context
    this.#identity = identity
  }

  /**
   * Acquires a mailbox of a service, for this caller. The service is started if its detach policy had stopped it.
   *
   * Errors  Invalid (empty id, no service, not of the class asked for); NotFound; PermissionDenied; Unavailable (stopped or given up).
   */
  acquire<Id extends keyof S & string>(id: Id): Promise<S[Id]>
  /** Of a service with partitions: the mailbox of that which `key` picks, the same one each time. A whole number picks by its remainder. */
  acquire<Id extends PartitionedId<S>>(id: Id, options: { readonly key: string | number }): Promise<PartitionOf<S[Id]>>
  acquire<M extends Mailbox>(id: string, options: AcquireOptions<M>): Promise<M>
  acquire(id: string, options?: Partial<AcquireOptions<Mailbox>>): Promise<Mailbox> {
    return this.#context.services.acquire(id, { ...this.#identity, caller: undefined }, options)
  }

  /**
   * Starts a process outside the tree, as this caller's principal.
   *
   * Errors  AlreadyExists, for a name that is taken.
   */
  spawn<Address extends Pid>(definition: Definition<undefined, Address>, argument?: undefined, options?: SpawnOptions): Address
  spawn<Argument, Address extends Pid>(definition: Definition<Argument, Address>, argument: Argument, options?: SpawnOptions): Address
  spawn<Argument, Address extends Pid>(definition: Definition<Argument, Address>, argument: Argument, options: SpawnOptions = {}): Address {
    return this.#context.spawn(definition, argument, this.#identity, options)
  }

  /**
   * Starts `work` as a task of its own process, as this caller's principal: for code outside all processes, which no link touches. Inside a
   * process, `self.async`.
   *
   * Errors  Unavailable, where the application is stopping.
   *
   * @example
   * const sum = runtime.async(async () => 20 + 22)
   * await sum.result() // => 42
   */
  async<Result, Message = unknown>(work: (self: ProcessSelf<Message>) => Result | PromiseLike<Result>): Task<Result> {
    return startTask(this.#asOwner(), work, false)
  }

  /**
   * Runs `work` on each item as a task, so many at a time, and gives what becomes of them; as `self.asyncStream`, for code outside all
   * processes.
   *
   * @example
   * const sums = []
   * for await (const outcome of runtime.asyncStream([1, 2, 3], async (item) => item * 2, { maxConcurrency: 2 })) sums.push(outcome)
   * sums // => [{ ok: 2 }, { ok: 4 }, { ok: 6 }]
   */
  asyncStream<Item, Result, Message = unknown>(
    items: Iterable<Item> | AsyncIterable<Item>,
    work: ItemWork<Item, Message, Result>,
    options?: TaskStreamOptions,
  ): AsyncIterable<TaskOutcome<Result>> {
    return new TaskStream(this.#asOwner(), items, work, options)
  }

  #asOwner(): ProgramOwner {
    return new ProgramOwner(this.#context, this.#identity)
  }
}

export interface CallerContext {
  readonly services: Services
  readonly kernel: Kernel
  readonly topology: Topology
  readonly root: SupervisorProcess
  spawn<Argument, Address extends Pid>(
    definition: Definition<Argument, Address>,
    argument: Argument,
    identity: Identity,
    options: SpawnOptions,
  ): Address
}

/** How long `stop` lets everything take, in ms. */
export const DEFAULT_STOP_MS = 30_000

/** A running application: its services, its processes, and the way to look inside and to end it. */
export class Runtime<S extends object = object> extends Caller<S> {
  /** The policies in force; may be changed at any time. */
  readonly security: Security
  /** Resolves with the reason when the application has ended: `stop`, or its root supervisor gave up. */
  readonly ended: Promise<ExitReason>
  /** Looks inside one process while it runs, and changes it: state, suspension, trace, statistics, code. */
  readonly sys: Sys
  readonly #parts: RuntimeParts

  /** Use `start`. */
  constructor(parts: RuntimeParts) {
    super(parts, parts.identity)
    this.#parts = parts
    this.security = new Security(parts.gate, parts.identity)
    this.sys = new Sys({ topology: parts.topology, services: parts.services, log: (entry) => parts.inspection.log(entry) })
    this.ended = new Promise((resolve) => parts.root.onEnded(resolve))
    parts.root.onEnded(() => void this.stop())
  }

  /** A caller that acts as this principal, under these scopes. Errors: Invalid; NotFound, for an unknown scope. */
  as(principal: PrincipalInput, options: { readonly scopes?: readonly string[] } = {}): Caller<S> {
    return new Caller<S>(this.#parts, this.#parts.gate.identify(principal, options.scopes))
  }

  /** Posts a message to a process. `false`: refused, and reported as a dead letter. */
  tell(pid: Pid, message: unknown): boolean {
    return this.#parts.kernel.send(pid, undefined, message)
  }

  /**
   * Posts a request to a process and waits for its reply.
   *
   * Errors  Unavailable (at once when it has ended or ends), Timeout, RateLimited, PermissionDenied (it answers mailboxes only).
   */
  ask(pid: Pid, message: unknown, options?: AskOptions): Promise<unknown> {
    return askPid(pid, undefined, message, options, this.#parts.kernel.turn.process)
  }

  /**
   * Sends an exit signal in the name of the root supervisor: `normal` is ignored by a process that does not trap exits, `kill` cannot be
   * trapped. `false`: it had ended.
   */
  exit(pid: Pid, reason: ExitReason): boolean {
    const process = processOf(pid)
    const checked = checkReason(reason)
    if (process !== undefined) this.#parts.topology.exit(process, this.#parts.root.pid, checked)
    return process !== undefined
  }

  /**
   * Stops a process after the handler that runs, before what waits for it; its `terminate` hook runs. Resolves when it has ended by this
   * reason. A supervised child is restarted or not as its spec says.
   *
   * Units   timeoutMs: default 5000; where it runs out, the process goes on stopping.
   * Errors  Timeout; Unavailable (it had ended, or ended by another reason); Conflict, for the process that asks; Invalid.
   * Source  OTP, gen_server:stop/3. Differs: as any stop it overtakes what waits, which is handed back.
   */
  async stopProcess(pid: Pid, reason: ExitReason = "normal", options?: AskOptions): Promise<void> {
    const process = processOf(pid)
    if (process === undefined) throw goneError(pid)
    return stopProcess(process, reason, timeoutOf(options))
  }

  /** The process of that name; a service's name is its id. */
  whereis(name: string): Pid | undefined {
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
  registry<Value>(definition: RegistryDefinition<Value>): RuntimeRegistry<Value> {
    return new RuntimeRegistry(this.#parts.kernel, this.#parts.topology.registries.of(definition))
  }

  /** Resolves with the reason when the process has ended; `noproc` for one that had. */
  whenEnded(pid: Pid): Promise<ExitReason> {
    const process = processOf(pid)
    if (process === undefined) return Promise.resolve("noproc")
    return new Promise((resolve) => process.onEnded(resolve))
  }

  /** Adds an inspector; returns what removes it. */
  inspect(inspector: Inspector): () => void {
    return this.#parts.inspection.add(inspector)
  }

  /** The supervision tree as it is now. */
  tree(): TreeNode {
    const records = new Map([...this.#parts.services.records].map((record) => [record.id, record]))
    return viewTree(this.#parts.root, (id) => {
      const record = records.get(id)
      return { attachments: record?.attachments.size ?? 0, waiting: record?.inbox.size ?? 0 }
    })
  }

  statistics(): Statistics {
    const { kernel, services } = this.#parts
    const inboxes = new Set([...kernel.processes].map(({ inbox }) => inbox))
    for (const { inbox } of services.records) inboxes.add(inbox)
    let waiting = 0
    for (const inbox of inboxes) waiting += inbox.size
    return { ...kernel.counters, waiting, processes: kernel.processes.size }
  }

  /**
   * Stops the application: first what was spawned outside the tree (5 s at most, and half the time), then the tree in reverse start
   * order, each child within its limit. What is left after `timeoutMs` is killed, and logged; 0 kills at once. Called again, the shorter
   * limit counts. Afterwards no process, timer or listener of the runtime is left. Default: 30 000 ms.
   */
  stop(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    checkOptions(options, ["timeoutMs"])
    const { timeoutMs = DEFAULT_STOP_MS } = options
    if (typeof timeoutMs !== "number" || !(timeoutMs >= 0))
      throw invalid("timeoutMs", `must be a number of ms from 0; got ${shown(timeoutMs)}`)
    return this.#parts.stop.within(timeoutMs)
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
}
