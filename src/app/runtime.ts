/**
 * A running application, as its host program sees it: acquire mailboxes, spawn processes, look inside, stop.
 */

import type { FaceClass } from "../behaviours/context.ts"
import type { Definition } from "../behaviours/definition.ts"
import { askPid } from "../kernel/ask.ts"
import { invalid, shown } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Host } from "../kernel/host.ts"
import type { InboxOptions } from "../kernel/inbox.ts"
import type { AskOptions, Kernel } from "../kernel/kernel.ts"
import { type Pid, processOf } from "../kernel/pid.ts"
import type { Gate, Identity } from "../security/gate.ts"
import type { Policy, Scope } from "../security/policy.ts"
import type { PrincipalInput } from "../security/principal.ts"
import type { Mailbox } from "../service/mailbox.ts"
import type { Services } from "../service/services.ts"
import type { Supervisor } from "../supervision/supervisor.ts"
import type { Topology } from "../topology/topology.ts"
import type { Inspection, Inspector, Log } from "./inspection.ts"
import { Security } from "./security.ts"
import { stopAll } from "./stop.ts"
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
  acquire<M extends Mailbox>(id: string, options: AcquireOptions<M>): Promise<M>
  acquire(id: string, options?: AcquireOptions<Mailbox>): Promise<Mailbox> {
    return this.#context.services.acquire(id, { ...this.#identity, caller: undefined }, options?.as)
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
}

export interface CallerContext {
  readonly services: Services
  spawn<Argument, Address extends Pid>(
    definition: Definition<Argument, Address>,
    argument: Argument,
    identity: Identity,
    options: SpawnOptions,
  ): Address
}

/** How long `stop` lets everything take, in ms. */
const DEFAULT_STOP_MS = 30_000

/** A running application: its services, its processes, and the way to look inside and to end it. */
export class Runtime<S extends object = object> extends Caller<S> {
  /** The policies in force; may be changed at any time. */
  readonly security: Security
  /** Resolves with the reason when the application has ended: `stop`, or its root supervisor gave up. */
  readonly ended: Promise<ExitReason>
  readonly #parts: RuntimeParts
  #stopping: Promise<void> | undefined = undefined

  /** Use `start`. */
  constructor(parts: RuntimeParts) {
    super(parts, parts.identity)
    this.#parts = parts
    this.security = new Security(parts.gate, parts.identity)
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
    return askPid(pid, undefined, message, options)
  }

  /**
   * Sends an exit signal in the name of the root supervisor: `normal` is ignored by a process that does not trap exits, `kill` cannot be
   * trapped. `false`: it had ended.
   */
  exit(pid: Pid, reason: ExitReason): boolean {
    const process = processOf(pid)
    if (process !== undefined) this.#parts.topology.exit(process, this.#parts.root.pid, reason)
    return process !== undefined
  }

  /** The process of that name; a service's name is its id. */
  whereis(name: string): Pid | undefined {
    return this.#parts.topology.names.lookUp(name)?.pid
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
   * Stops the application: first what was spawned outside the tree, then the tree in reverse start order, each within its limit.
   * What is left after `timeoutMs` is killed. Afterwards no timer of the runtime is left. Default: 30 000 ms.
   */
  stop(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    const { timeoutMs = DEFAULT_STOP_MS } = options
    if (typeof timeoutMs !== "number" || !(timeoutMs >= 0))
      throw invalid("timeoutMs", `must be a number of ms from 0; got ${shown(timeoutMs)}`)
    this.#stopping ??= stopAll(this.#parts.kernel, this.#parts.root, timeoutMs)
    return this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

export interface RuntimeParts extends CallerContext {
  readonly kernel: Kernel
  readonly topology: Topology
  readonly gate: Gate
  readonly inspection: Inspection
  readonly identity: Identity
  readonly root: Supervisor
}
