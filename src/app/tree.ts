/**
 * The supervision tree as its author writes it: supervisors, their children, what holds for each. All of it is checked when
 * it is defined or, where it takes the whole tree, when it is started.
 */

import { mark } from "../kernel/copies.ts"
import { invalid, refuseForeign, shown } from "../kernel/errors.ts"
import { inboxOptions, MOST_CAPACITY } from "../kernel/inbox-options.ts"
import { DEFAULT_CAPACITY, type InboxOptions } from "../kernel/inbox-rules.ts"
import { anything, listOf, notNull, optional, otherwise, ownFields, text, wholeNumber } from "../kernel/option-fields.ts"
import { entriesOf, readOptions } from "../kernel/options.ts"
import { type Definition, isDefinition } from "../process/definition.ts"
import { type PrincipalInput, principalOf } from "../security/principal.ts"
import { ServerDefinition } from "../server/server.ts"
import type { Mailbox } from "../service/mailbox.ts"
import { partitionId } from "../service/partition.ts"
import { ServiceDefinition } from "../service/service.ts"
import { type AutoShutdown, autoShutdownOf } from "../supervision/auto-shutdown.ts"
import { type ChildOptions, type ChildRules, childRulesOf } from "../supervision/child-spec.ts"
import type { DynamicSupervisorRules } from "../supervision/dynamic-supervisor.ts"
import { type IntensityOptions, intensityOf } from "../supervision/intensity.ts"
import { type Strategy, strategyOf } from "../supervision/strategy.ts"
import type { SupervisorRules } from "../supervision/supervisor.ts"

/** A supervisor of some kind. */
export type AnySupervisor =
  | SupervisorDefinition<object>
  | DynamicSupervisorDefinition
  | PartitionSupervisorDefinition<Mailbox>
  | PoolDefinition<Mailbox>

/** What may stand as a child without more words: a definition that needs no argument, or a supervisor. */
export type Startable = Definition<undefined> | AnySupervisor

/** What `child` takes. `never` as argument: a definition that needs one says it there. */
export type Supervisable = Definition<never> | AnySupervisor

/** The id of the supervisor above all others. */
export const ROOT_ID = "root"

/** A child's options beside its definition: when it is restarted, how it is stopped, whom it acts as. */
export interface ChildExtras extends ChildOptions {
  /** How many messages may wait for it, and what happens to more. */
  readonly inbox?: InboxOptions
  /** Whom its process acts as when it acquires. Default: whom the runtime acts as. */
  readonly principal?: PrincipalInput
  /** The scopes it acts under. */
  readonly scopes?: readonly string[]
}

/**
 * What the classes below have made, all of it frozen. By the class alone a proxy, or an object made of another one, would pass for one, and could
 * say one thing to the policies and another to who starts it.
 */
const made = new WeakSet<object>()

function isMade(value: unknown): value is object {
  return typeof value === "object" && value !== null && made.has(value)
}

type ArgumentOf<D> = D extends Definition<infer Argument> ? Argument : undefined

/** What the definition's `init` is given: to be said where it needs one. */
type WithArgument<Argument> = undefined extends Argument ? { readonly argument?: Argument } : { readonly argument: Argument }

type ExtrasOf<D> = ChildExtras & WithArgument<ArgumentOf<D>>

/** The options may be left out where no argument is needed. */
type ExtrasParameter<D> = undefined extends ArgumentOf<D> ? [options?: ExtrasOf<D>] : [options: ExtrasOf<D>]

/** A definition with what its supervisor is to do about it. Made by `child`. */
export class ChildDefinition<out D extends Supervisable> {
  /** What was given to `child`. */
  readonly definition: D
  /** What it said of the child, read and frozen. */
  readonly options: ExtrasOf<Definition<unknown>>

  static {
    mark(ChildDefinition, "child definition")
  }

  constructor(definition: D, options: ExtrasOf<Definition<unknown>>) {
    this.definition = definition
    this.options = Object.freeze(readOptions(options, CHILD_OPTIONS, "child") as ExtrasOf<Definition<unknown>>)
    made.add(Object.freeze(this))
  }
}

export function isChildDefinition(value: unknown): value is ChildDefinition<Supervisable> {
  return isMade(value) && value instanceof ChildDefinition
}

/**
 * Says how a supervisor is to keep a child.
 *
 * Errors  Invalid, naming the field under `child`.
 *
 * @example
 * const cache = child(store({ maxEntries: 100 }), { restart: "permanent", state: "retain" })
 * await using runtime = await start({ "app:cache": cache })
 */
export function child<D extends Supervisable>(definition: D, ...[options]: ExtrasParameter<D>): ChildDefinition<D> {
  const made = new ChildDefinition(definition, options as ExtrasOf<Definition<unknown>>)
  // What depends on where it will stand is looked at there; the rest is its author's mistake here.
  readChild("", made, "child")
  return made
}

/** Definitions by service id, with or without options. */
export type Children = Readonly<Record<string, Startable | ChildDefinition<Supervisable>>>

/** What a supervisor watches over, and how. */
export interface SupervisorSettings<C extends Children> extends IntensityOptions {
  /** Default `one_for_one`. */
  readonly strategy?: Strategy
  /** What follows when a `significant` child ends by itself. Default `never`. */
  readonly autoShutdown?: AutoShutdown
  /** By id, in start order as far as `requires` does not say otherwise. */
  readonly children: C
}

/** A supervisor and all below it. `Services` maps the ids of the services in it to their mailboxes. */
export class SupervisorDefinition<out Services extends object> {
  /** Strategy, intensity and automatic shutdown, read and checked. */
  readonly rules: SupervisorRules
  /** What it starts with, in the order in which they were written. */
  readonly children: readonly DefinedChild[]
  /** For the types alone; never set. */
  declare readonly Services?: Services

  static {
    mark(SupervisorDefinition, "supervisor definition")
  }

  constructor(settings: SupervisorSettings<Children>) {
    const read = readOptions(settings, SUPERVISOR) as SupervisorSettings<Children>
    const autoShutdown = autoShutdownOf(read.autoShutdown, "")
    this.rules = { strategy: strategyOf(read.strategy, ""), autoShutdown, ...intensityOf(read, "") }
    this.children = childrenOf(read.children)
    for (const child of this.children) checkSignificance(child, autoShutdown)
    made.add(Object.freeze(this))
  }
}

/** How many children a dynamic supervisor may have, and how many restarts. */
export interface DynamicSupervisorSettings extends IntensityOptions {
  /** Children at a time, those that wait for a restart among them; from 0. Default: no limit. */
  readonly maxChildren?: number
}

/** A supervisor whose children are started while it runs. Made by `dynamicSupervisor`. */
export class DynamicSupervisorDefinition {
  /** Limit of children and intensity, read and checked. */
  readonly rules: DynamicSupervisorRules

  static {
    mark(DynamicSupervisorDefinition, "supervisor definition")
  }

  constructor(settings?: DynamicSupervisorSettings) {
    const read = readOptions(settings, DYNAMIC_SUPERVISOR)
    this.rules = { maxChildren: read.maxChildren, ...intensityOf(read as IntensityOptions, "") }
    made.add(Object.freeze(this))
  }
}

/** What is to run how many times. */
export interface PartitionSupervisorSettings<C extends Startable | ChildDefinition<Supervisable>> extends IntensityOptions {
  /** What each partition runs. */
  readonly child: C
  /** How many there are; from 1 to 65 536. */
  readonly partitions: number
}

/** A supervisor of like children, of which a key picks one. `M` is the mailbox of each. Made by `partitionSupervisor`. */
export class PartitionSupervisorDefinition<out M extends Mailbox> {
  /** Strategy and intensity, read and checked. */
  readonly rules: SupervisorRules
  /** How many there are. */
  readonly partitions: number
  readonly #child: DefinedChild
  /** For the types alone; never set. */
  declare readonly Mailbox?: M

  static {
    mark(PartitionSupervisorDefinition, "supervisor definition")
  }

  constructor(settings: PartitionSupervisorSettings<Startable | ChildDefinition<Supervisable>>) {
    const read = readOptions(settings, PARTITION_SUPERVISOR)
    const { child, partitions } = read
    this.rules = { strategy: "one_for_one", autoShutdown: "never", ...intensityOf(read as IntensityOptions, "") }
    this.partitions = partitions
    this.#child = readChild("", child as Startable, "child")
    if (isSupervisorDefinition(this.#child.definition))
      throw invalid("child", "must be a service or a process; the services below a supervisor have ids of their own")
    checkSignificance(this.#child, "never", "child")
    made.add(Object.freeze(this))
  }

  /** The children where the supervisor has that id: `id#0`, `id#1`, … */
  childrenOf(id: string): readonly DefinedChild[] {
    return Array.from({ length: this.partitions }, (_, index) => ({ ...this.#child, id: partitionId(id, index) }))
  }
}

/** How many workers a pool has, and how many jobs may wait for them. */
export interface PoolSettings extends IntensityOptions {
  /** Workers, each a process from the start; from 1 to 65 536. */
  readonly size: number
  /** Jobs that may wait while no worker is free; from 0. Default 65 536. */
  readonly queue?: number
  /** Restarts of workers within `periodMs` after which the pool gives up. Default: no limit, as each job may cost a worker its life. */
  readonly intensity?: number
}

/** A supervisor of like workers that serve jobs. `M` is the mailbox that posts them. Made by `pool`. */
export class PoolDefinition<out M extends Mailbox> {
  /** Strategy and intensity, read and checked. */
  readonly rules: SupervisorRules
  /** How many workers there are. */
  readonly size: number
  /** How many jobs may wait for a free one. */
  readonly queue: number
  /** Whose calls and casts are jobs. */
  readonly worker: ServerDefinition<never, unknown, unknown>
  readonly #child: DefinedChild
  /** For the types alone; never set. */
  declare readonly Mailbox?: M

  static {
    mark(PoolDefinition, "supervisor definition")
  }

  constructor(worker: Supervisable | ChildDefinition<Supervisable>, settings: PoolSettings) {
    const { size, queue, intensity, periodMs } = readOptions(settings, POOL)
    const rules = intensityOf({ intensity: intensity ?? 0, periodMs } as IntensityOptions, "")
    this.rules = {
      strategy: "one_for_one",
      autoShutdown: "never",
      ...rules,
      intensity: intensity === undefined ? Number.POSITIVE_INFINITY : rules.intensity,
    }
    this.size = size
    this.queue = queue
    this.#child = readChild("", worker as Startable, "worker")
    const { definition } = this.#child
    if (!(definition instanceof ServerDefinition))
      throw invalid("worker", `must be made by server: its calls are the jobs; got ${shown(definition)}`)
    if (this.#child.rules.restart !== "permanent") throw invalid("worker.restart", "must be permanent: a pool keeps its size")
    checkSignificance(this.#child, "never", "worker")
    this.worker = definition
    made.add(Object.freeze(this))
  }

  /** The workers where the pool has that id: `id#0`, `id#1`, … */
  childrenOf(id: string): readonly DefinedChild[] {
    return Array.from({ length: this.size }, (_, index) => ({ ...this.#child, id: partitionId(id, index) }))
  }
}

export function isSupervisorDefinition(definition: unknown): definition is AnySupervisor {
  return isMade(definition) && !(definition instanceof ChildDefinition)
}

/** The children that a supervisor has from the start. */
export function childrenFrom(definition: unknown, id: string): readonly DefinedChild[] {
  if (!isSupervisorDefinition(definition)) return []
  if (definition instanceof SupervisorDefinition) return definition.children
  const isOfLikes = definition instanceof PartitionSupervisorDefinition || definition instanceof PoolDefinition
  return isOfLikes ? definition.childrenOf(id) : []
}

/** One child, read and checked. */
export interface DefinedChild {
  readonly id: string
  readonly definition: Supervisable
  readonly argument: unknown
  readonly inbox: InboxOptions
  readonly requires: readonly string[]
  readonly rules: ChildRules
  readonly principal: PrincipalInput | undefined
  readonly scopes: readonly string[]
}

// -- reading ------------------------------------------------------------------------------------------------------

function childrenOf(children: Children): readonly DefinedChild[] {
  refuseForeign("children", children)
  const read = entriesOf(children, "children").map(([id, entry]) => {
    if (isReordered(id))
      throw invalid(`children["${id}"]`, "is no id: JavaScript puts names that are numbers before all others, whatever the order")
    return Object.freeze(childOf(id, entry as Startable, `children["${id}"]`))
  })
  return Object.freeze(read)
}

/** Whether an object's own order puts that name first. Source  ECMAScript, OrdinaryOwnPropertyKeys: array indices. */
function isReordered(id: string): boolean {
  return /^(0|[1-9]\d{0,9})$/.test(id) && Number(id) < 2 ** 32 - 1
}

/** Reads a child with an id. Throws `Invalid` that names the field under `path`. */
export function childOf(id: string, entry: Startable | ChildDefinition<Supervisable>, path: string): DefinedChild {
  if (typeof id !== "string" || id === "") throw invalid(path, `must have a non-empty id; got ${shown(id)}`)
  if (id === ROOT_ID) throw invalid(path, `must have another id: ${ROOT_ID} is the supervisor above all others`)
  return readChild(id, entry, path)
}

/** Reads a child of a dynamic supervisor. Throws `Invalid` that names the field. */
export function dynamicChildOf(id: string, entry: Startable | ChildDefinition<Supervisable>): DefinedChild {
  const child = readChild(id, entry, "child")
  if (isSupervisorDefinition(child.definition))
    throw invalid("child", "must be a process: a supervisor and the services below it have ids, which are given once")
  if (child.definition instanceof ServiceDefinition)
    throw invalid("child", "is a service, which is acquired by its id: start it with startChild(id, …) of a supervisor that gives ids")
  if (child.requires.length > 0) throw invalid("child.requires", "means the start order of services, which the child is not")
  checkSignificance(child, "never", "child")
  return child
}

/** Throws where a significant child could never shut its supervisor down. Source  OTP, supervisor.erl, check_childspec. */
export function checkSignificance({ id, rules }: DefinedChild, autoShutdown: AutoShutdown, path = `children["${id}"]`): void {
  if (rules.significant && autoShutdown === "never")
    throw invalid(`${path}.significant`, "has no effect: its supervisor's autoShutdown is never")
}

function readChild(id: string, entry: Startable | ChildDefinition<Supervisable>, path: string): DefinedChild {
  const { definition, options } = isChildDefinition(entry) ? entry : { definition: entry, options: NOTHING_SAID }
  const isSupervisor = isSupervisorDefinition(definition)
  if (!isSupervisor && !isDefinition(definition)) {
    throw invalid(path, `must be a definition: made by store, server, process, service, supervisor or child; got ${shown(definition)}`)
  }
  const { requires = [], argument, inbox = inboxOptions(undefined, "inbox"), principal, scopes = [] } = options
  if (definition instanceof PoolDefinition && inbox.capacity !== undefined)
    throw invalid(`${path}.inbox.capacity`, "is what a pool calls its queue: say it there")
  const rules = isSupervisor ? childRulesOf(options, "supervisor", path) : childRulesOf(options, "worker", path, definition)
  return { id, definition, argument, inbox, requires, rules, principal, scopes }
}

// What these say of themselves is read further down; here each is looked at once.
const INTENSITY = { intensity: notNull, periodMs: notNull }

const SUPERVISOR = { strategy: notNull, autoShutdown: notNull, ...INTENSITY, children: anything }

const DYNAMIC_SUPERVISOR = { maxChildren: countFrom0, ...INTENSITY }

/** Each is a process of its own from the start. */
const MOST_PARTITIONS = 65_536

const PARTITION_SUPERVISOR = { child: anything, partitions: wholeNumber(1, MOST_PARTITIONS), ...INTENSITY }

const POOL = {
  size: wholeNumber(1, MOST_PARTITIONS),
  queue: otherwise(wholeNumber(0, MOST_CAPACITY), DEFAULT_CAPACITY),
  ...INTENSITY,
}

const CHILD_OPTIONS = {
  restart: notNull,
  shutdown: notNull,
  state: notNull,
  onDetach: notNull,
  significant: notNull,
  backoff: optional(ownFields),
  argument: anything,
  requires: optional(listOf(text, "a list of service ids")),
  inbox: inboxOptions,
  principal: optional(principalOf),
  scopes: optional(listOf(text, "a list of names of scopes")),
}

const NOTHING_SAID = readOptions({}, CHILD_OPTIONS) as ExtrasOf<Definition<unknown>>

function countFrom0(value: unknown, path: string): number {
  return value === undefined || value === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : wholeNumber(0)(value, path)
}
