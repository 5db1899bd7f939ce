/**
 * What a caller can ask of a supervisor, by its kind. Acquired by the supervisor's id; the one above all others is `root`.
 *
 * Source  OTP, supervisor(3): start_child, terminate_child, restart_child, delete_child, which_children, count_children; Elixir,
 *         DynamicSupervisor and PartitionSupervisor. Errors are in place of OTP's error tuples.
 */

import type { AskOptions } from "../kernel/ask-options.ts"
import { type Invalid, invalid, refuseForeign, shown, Unavailable } from "../kernel/errors.ts"
import { anything, boolean, optional, otherwise, timeLimit } from "../kernel/option-fields.ts"
import { type Field, readOptions } from "../kernel/options.ts"
import { isPid, type Pid } from "../kernel/pid.ts"
import { processBehind } from "../kernel/process-of.ts"
import type { AddressOf } from "../process/definition.ts"
import { Mailbox, type MailboxPort } from "../service/mailbox.ts"
import { isServing } from "../supervision/keyed-children.ts"
import {
  type ChildCounts,
  type ChildDetails,
  type ChildRequest,
  type ChildSpecView,
  type ChildStatus,
  SUPERVISOR_ROUTES,
  type SupervisorOperation,
} from "../supervision/supervisor-route.ts"
import { checkKey, checkUnique, type RegistryDefinition, type RegistryKey } from "../topology/registry-definition.ts"
import { checkRegistry } from "../topology/registry-opener.ts"
import type { ChildDefinition, Startable, Supervisable } from "./tree.ts"

/** How a child is stopped by request. */
export interface TerminateOptions extends AskOptions {
  /**
   * Whether it first serves what it had accepted, for as long as its shutdown limit; meanwhile it takes nothing more from others. Where that
   * is over it is stopped, and has its limit once more. Who asks for its own end in a handler is answered as soon as that has begun.
   * Default `false`.
   */
  readonly drain?: boolean
}

/** With what a child that is started is registered, and how long an asker waits. */
export interface LookUpOptions<Value> extends AskOptions {
  /** What is registered with each incarnation of the child. */
  readonly value?: Value
}

/** The options may be left out where the registry's entries carry nothing. */
type LookUpOptionsList<Value> = undefined extends Value
  ? [options?: LookUpOptions<Value>]
  : [options: LookUpOptions<Value> & { readonly value: Value }]

/** A definition whose processes the registry's author has said to be in it. */
type Fitting<D, Of> = AddressOf<D> extends AddressOf<Of> ? unknown : never

const WAIT = { timeoutMs: optional(timeLimit), signal: anything as Field<AbortSignal | undefined> }

/** As in OTP: a start or a stop takes what it takes, unless its caller says otherwise. */
function waitOf(options: AskOptions | undefined): AskOptions {
  return { timeoutMs: Number.POSITIVE_INFINITY, ...readOptions(options, WAIT) }
}

/** Asks by a mailbox's port, which nobody else has. What a supervisor answers to an operation is of that operation's type. */
type Request = <Reply>(box: ChildrenMailbox, operation: SupervisorOperation, wish: ChildRequest, options?: AskOptions) => Promise<Reply>

let request: Request
let refused: (box: ChildrenMailbox, error: unknown) => Promise<never>
let found: (box: ChildrenMailbox, key: string, look: () => Promise<Pid>) => Promise<Pid>

/** What every supervisor answers. */
export abstract class ChildrenMailbox extends Mailbox {
  readonly #port: MailboxPort

  static {
    refused = (box, error) => box.#port.refused(error)
    found = (box, key, look) => box.#port.unheardAfterEnd(livingOf(box.id, key, look))
    request = <Reply>(box: ChildrenMailbox, operation: SupervisorOperation, wish: ChildRequest, options?: AskOptions) => {
      const port = box.#port
      try {
        const refusal = addressFault(wish) ?? port.bootDeadlock()
        if (refusal !== undefined) return port.refused(refusal)
        return port.ask(SUPERVISOR_ROUTES[operation], wish, waitOf(options)) as Promise<Reply>
      } catch (error) {
        return port.refused(error)
      }
    }
  }

  constructor(port: MailboxPort) {
    super(port)
    this.#port = port
  }

  /** Its children in start order. */
  whichChildren(options?: AskOptions): Promise<readonly ChildStatus[]> {
    return request(this, "whichChildren", {}, options)
  }

  /** How many children it has, how many of them live, and of which type they are. */
  countChildren(options?: AskOptions): Promise<ChildCounts> {
    return request(this, "countChildren", {}, options)
  }
}

/** So often whoever was found may have ended before its asker has heard of it. */
const MOST_LOOKS = 8

/** An answer is on its way for as long as others have their turns: who has ended meanwhile is looked for once more. */
async function livingOf(supervisor: string, key: string, look: () => Promise<Pid>): Promise<Pid> {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const pid = await look()
    const process = processBehind(pid)
    if (process !== undefined && isServing(process)) return pid
  }
  throw new Unavailable(`who is found under ${key} in ${supervisor} ends at once, again and again`, { details: { supervisor, key } })
}

function terminate(box: ChildrenMailbox, wish: ChildRequest, options?: TerminateOptions): Promise<void> {
  try {
    const { drain, ...wait } = readOptions(options, { drain: otherwise(boolean, false), ...WAIT })
    return request(box, "terminateChild", { ...wish, drain }, wait)
  } catch (error) {
    return refused(box, error)
  }
}

/** The mailbox of a supervisor whose children have ids: made by `supervisor`, and the root. */
export class SupervisorMailbox extends ChildrenMailbox {
  /**
   * Adds a child behind the others, and starts it. Resolves with its pid when it runs. A service can be acquired by its id from then on. A new
   * incarnation of the supervisor knows only the children it was defined with.
   *
   * Errors  AlreadyExists, for an id that is taken, in this supervisor or elsewhere; Invalid, naming the field; Unavailable, with the
   *         child's error as cause, where it does not start: then it is not added.
   */
  startChild<D extends Supervisable>(id: string, child: Startable | ChildDefinition<D>, options?: AskOptions): Promise<Pid> {
    return request(this, "startChild", { id, child }, options)
  }

  /**
   * Stops a child within its shutdown limit. It stays known, and down until `restartChild`, or until a group strategy starts all; a
   * temporary one is forgotten. One that is down already stays so. `retain` keeps nothing over it.
   *
   * Errors  NotFound; Conflict, with `details.requiredBy`, for one that a service elsewhere requires which is up: terminate that first.
   */
  terminateChild(id: string, options?: TerminateOptions): Promise<void> {
    return terminate(this, { id }, options)
  }

  /**
   * Starts a child that is down, once all that it requires runs. Resolves with its pid when it runs.
   *
   * Errors  NotFound; Conflict, for one that runs or is being restarted, and for one whose group is down; Unavailable, with its error as
   *         cause, where it does not start.
   */
  restartChild(id: string, options?: AskOptions): Promise<Pid> {
    return request(this, "restartChild", { id }, options)
  }

  /**
   * Forgets a child that is down; its id is free. One that the supervisor was defined with is there again with the supervisor's next incarnation,
   * unless its id is another's by then. To start it with another specification: terminate, delete, start.
   *
   * Errors  NotFound; Conflict, for one that runs or is being restarted.
   */
  deleteChild(id: string, options?: AskOptions): Promise<void> {
    return request(this, "deleteChild", { id }, options)
  }

  /** What there is to know of one child: its restart type, its last reason, its restarts, when it is started again. Errors: NotFound. */
  whichChild(id: string, options?: AskOptions): Promise<ChildDetails> {
    return request(this, "whichChild", { id }, options)
  }

  /** How a child is kept. Errors: NotFound. Source: OTP, supervisor:get_childspec/2. */
  getChildSpec(id: string, options?: AskOptions): Promise<ChildSpecView> {
    return request(this, "getChildSpec", { id }, options)
  }
}

/** The mailbox of a supervisor whose children have none: made by `dynamicSupervisor`. */
export class DynamicSupervisorMailbox extends ChildrenMailbox {
  /**
   * Starts a child. Resolves with its address when it runs; after a restart it has another.
   *
   * Errors  Invalid, naming the field; Unavailable, retryable, where `maxChildren` is reached; Unavailable, with the child's error as cause,
   *         where it does not start: then it is forgotten.
   *
   * @example
   * const greeter = server({ init: (user: string) => ({ user }), call: { greet: ({ user }) => `hello ${user}` } })
   * await using sessionsOnly = await start({ "app:sessions": dynamicSupervisor() })
   * const sessions = await sessionsOnly.acquire("app:sessions")
   * const session = await sessions.startChild(child(greeter, { argument: "alice", restart: "temporary" }))
   * await session.call.greet() // => "hello alice"
   */
  startChild<D extends Startable>(child: D, options?: AskOptions): Promise<AddressOf<D>>
  startChild<D extends Supervisable>(child: ChildDefinition<D>, options?: AskOptions): Promise<AddressOf<D>>
  startChild(child: Startable | ChildDefinition<Supervisable>, options?: AskOptions): Promise<Pid> {
    return request(this, "startChild", { child }, options)
  }

  /**
   * The address of whoever is registered under a unique key; where nobody is, starts `child`, each incarnation of which is registered under it.
   * One step: however many ask at once, one child is started, and nobody is given the address of one that has ended. One that starts, ends or
   * is to be restarted is waited for; whoever waits for a first start that fails gets its error. The child does not register the key itself.
   *
   * Errors  as `startChild`; Invalid, for a registry whose keys are not unique, and for what is no key.
   * Source  Elixir, DynamicSupervisor.start_child/2 with a `:via` name. Needs permission for `supervisor.startChild`.
   *
   * @example
   * const room = server({ init: () => ({ posts: 0 }), call: { post: (state) => (state.posts += 1) } })
   * const rooms = registry<undefined, typeof room>({ keys: "unique" })
   * await using chat = await start({ "app:rooms": dynamicSupervisor() })
   * const supervisor = await chat.acquire("app:rooms")
   * await supervisor.lookUpOrStart(rooms, "lobby", room)
   * await chat.via(rooms, "lobby").call.post() // => 1
   */
  lookUpOrStart<Value, Of, D extends Startable>(
    registry: RegistryDefinition<Value, Of>,
    key: RegistryKey,
    child: D & Fitting<D, Of>,
    ...[options]: LookUpOptionsList<Value>
  ): Promise<AddressOf<Of>>
  lookUpOrStart<Value, Of, D extends Supervisable>(
    registry: RegistryDefinition<Value, Of>,
    key: RegistryKey,
    child: ChildDefinition<D & Fitting<D, Of>>,
    ...[options]: LookUpOptionsList<Value>
  ): Promise<AddressOf<Of>>
  lookUpOrStart(
    registry: RegistryDefinition<unknown>,
    key: RegistryKey,
    child: Startable | ChildDefinition<Supervisable>,
    options?: LookUpOptions<unknown>,
  ): Promise<Pid> {
    try {
      refuseForeign("registry", registry)
      checkRegistry(registry)
      checkUnique(registry)
      checkKey(key)
      const { value, ...wait } = readOptions(options, { value: anything, ...WAIT })
      return found(this, String(key), () => request<Pid>(this, "lookUpOrStart", { registry, key, child, value }, wait))
    } catch (error) {
      return refused(this, error)
    }
  }

  /**
   * Stops a child within its shutdown limit, and forgets it. By its pid, while it waits for a restart by the one it had, or by its id in
   * `whichChildren`.
   *
   * Errors  NotFound, also for the pid that a child had before its present incarnation.
   */
  terminateChild(child: Pid | string, options?: TerminateOptions): Promise<void> {
    return terminate(this, addressOf(child), options)
  }

  /** What there is to know of one child, addressed as in `terminateChild`. Errors: NotFound. */
  whichChild(child: Pid | string, options?: AskOptions): Promise<ChildDetails> {
    return request(this, "whichChild", addressOf(child), options)
  }

  /** How a child is kept, addressed as in `terminateChild`. Errors: NotFound. Source: OTP, supervisor:get_childspec/2. */
  getChildSpec(child: Pid | string, options?: AskOptions): Promise<ChildSpecView> {
    return request(this, "getChildSpec", addressOf(child), options)
  }
}

function addressOf(child: Pid | string): ChildRequest {
  return typeof child === "string" ? { id: child } : { pid: child }
}

/**
 * The mailbox of a supervisor of partitions: made by `partitionSupervisor`. Each partition has a mailbox `M` of its own, acquired by the
 * supervisor's id and a `key`. Of a service with partitions it is acquired as such: `{ as: PartitionSupervisorMailbox }`.
 */
export class PartitionSupervisorMailbox<out M extends Mailbox> extends ChildrenMailbox {
  readonly #partitions: number
  /** For the types alone; never set. */
  declare readonly Partition?: M

  constructor(port: MailboxPort, partitions: number) {
    super(port)
    this.#partitions = partitions
  }

  /** How many there are: `id#0`, `id#1`, … */
  get partitions(): number {
    return this.#partitions
  }
}

/** What no child can be called by; the id of one that is added is looked at with the rest of it. Throws where it is another copy's. */
function addressFault(request: ChildRequest): Invalid | undefined {
  if ("pid" in request) refuseForeign("pid", request.pid)
  if ("pid" in request) return isAddress(request.pid) ? undefined : invalid("pid", `must be a pid; got ${shown(request.pid)}`)
  if (!("id" in request) || "child" in request || isName(request.id)) return undefined
  return invalid("id", `must be a non-empty string; got ${shown(request.id)}`)
}

/** A name is no pid, and no child is found by it; but it could be one's. */
function isAddress(pid: unknown): boolean {
  return isPid(pid) || isName(pid)
}

function isName(id: unknown): boolean {
  return typeof id === "string" && id !== ""
}
