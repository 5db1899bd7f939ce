/**
 * The supervision tree as its author writes it: supervisors, their children, what holds for each. All of it is checked when
 * it is defined or, where it takes the whole tree, when it is started.
 */

import { Definition } from "../behaviours/definition.ts"
import { invalid, shown } from "../kernel/errors.ts"
import type { InboxOptions } from "../kernel/inbox.ts"
import { checkOptions } from "../kernel/options.ts"
import type { PrincipalInput } from "../security/principal.ts"
import type { Mailbox } from "../service/mailbox.ts"
import { ownCopy } from "../service/own-copy.ts"
import { partitionId } from "../service/partition.ts"
import { ServiceDefinition } from "../service/service.ts"
import { type AutoShutdown, autoShutdownOf } from "../supervision/auto-shutdown.ts"
import { type ChildOptions, type ChildRules, childRulesOf } from "../supervision/child-spec.ts"
import type { DynamicSupervisorRules } from "../supervision/dynamic-supervisor.ts"
import { type IntensityOptions, intensityOf } from "../supervision/intensity.ts"
import { type Strategy, strategyOf } from "../supervision/strategy.ts"
import type { SupervisorRules } from "../supervision/supervisor.ts"

/** A supervisor of some kind. */
export type AnySupervisor = SupervisorDefinition<object> | DynamicSupervisorDefinition | PartitionSupervisorDefinition<Mailbox>

/** What may stand as a child without more words: a definition that needs no argument, or a supervisor. */
export type Startable = Definition<undefined> | AnySupervisor

/** What `child` takes. `never` as argument: a definition that needs one says it there. */
export type Supervisable = Definition<never> | AnySupervisor

/** The id of the supervisor above all others. */
export const ROOT_ID = "root"

/** A child's options beside its definition: when it is restarted, how it is stopped, whom it acts as. */
export interface ChildExtras extends ChildOptions {
  readonly inbox?: InboxOptions
  /** Whom its process acts as when it acquires. Default: whom the runtime acts as. */
  readonly principal?: PrincipalInput
  /** The scopes it acts under. */
  readonly scopes?: readonly string[]
}

type ArgumentOf<D> = D extends Definition<infer Argument> ? Argument : undefined

/** What the definition's `init` is given: to be said where it needs one. */
type WithArgument<Argument> = undefined extends Argument ? { readonly argument?: Argument } : { readonly argument: Argument }

type ExtrasOf<D> = ChildExtras & WithArgument<ArgumentOf<D>>

/** The options may be left out where no argument is needed. */
type ExtrasParameter<D> = undefined extends ArgumentOf<D> ? [options?: ExtrasOf<D>] : [options: ExtrasOf<D>]

/**
 * Read once, and whom it acts as into values of our own: what a policy has looked at must not be something else when it is started. What is
 * wrong with them is said where the child is read.
 */
function ownOptions(options: ExtrasOf<Definition<unknown>>): ExtrasOf<Definition<unknown>> {
  if (typeof options !== "object" || options === null) return options
  const own = { ...options }
  const { principal, scopes } = own
  return Object.freeze({
    ...own,
    ...(typeof principal === "object" && principal !== null ? { principal: ownPrincipal(principal) } : {}),
    ...(Array.isArray(scopes) ? { scopes: Object.freeze([...scopes]) } : {}),
  })
}

function ownPrincipal(principal: PrincipalInput): PrincipalInput {
  const own = { ...principal }
  return Object.freeze("meta" in own ? { ...own, meta: ownMeta(own.meta) } : own)
}

/** What cannot be copied stays as it is, and is refused where the principal is read. */
function ownMeta(meta: PrincipalInput["meta"]): NonNullable<PrincipalInput["meta"]> {
  try {
    return ownCopy(meta) as NonNullable<PrincipalInput["meta"]>
  } catch {
    return meta as NonNullable<PrincipalInput["meta"]>
  }
}

/** A definition with what its supervisor is to do about it. Made by `child`. */
export class ChildDefinition<out D extends Supervisable> {
  readonly definition: D
  readonly options: ExtrasOf<Definition<unknown>>

  constructor(definition: D, options: ExtrasOf<Definition<unknown>>) {
    this.definition = definition
    this.options = ownOptions(options)
    Object.freeze(this)
  }
}

/**
 * Says how a supervisor is to keep a child.
 *
 * @example
 * const cache = child(store({ maxEntries: 100 }), { restart: "permanent", state: "retain" })
 * await using runtime = await start({ "app:cache": cache })
 */
export function child<D extends Supervisable>(definition: D, ...[options]: ExtrasParameter<D>): ChildDefinition<D> {
  return new ChildDefinition(definition, options ?? {})
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
  readonly rules: SupervisorRules
  readonly children: readonly DefinedChild[]
  /** For the types alone; never set. */
  declare readonly Services?: Services

  constructor(settings: SupervisorSettings<Children>) {
    checkOptions(settings, ["strategy", "autoShutdown", "intensity", "periodMs", "children"])
    const autoShutdown = autoShutdownOf(settings.autoShutdown, "")
    this.rules = { strategy: strategyOf(settings.strategy, ""), autoShutdown, ...intensityOf(settings, "") }
    this.children = childrenOf(settings.children)
    for (const child of this.children) checkSignificance(child, autoShutdown)
    Object.freeze(this)
  }
}

/** How many children a dynamic supervisor may have, and how many restarts. */
export interface DynamicSupervisorSettings extends IntensityOptions {
  /** Children at a time, those that wait for a restart among them; from 0. Default: no limit. */
  readonly maxChildren?: number
}

/** A supervisor whose children are started while it runs. Made by `dynamicSupervisor`. */
export class DynamicSupervisorDefinition {
  readonly rules: DynamicSupervisorRules

  constructor(settings: DynamicSupervisorSettings) {
    checkOptions(settings, ["maxChildren", "intensity", "periodMs"])
    const { maxChildren = Number.POSITIVE_INFINITY } = settings
    if (!(maxChildren === Number.POSITIVE_INFINITY || (Number.isInteger(maxChildren) && maxChildren >= 0)))
      throw invalid("maxChildren", `must be a whole number from 0, or Infinity; got ${shown(maxChildren)}`)
    this.rules = { maxChildren, ...intensityOf(settings, "") }
  }
}

/** What is to run how many times. */
export interface PartitionSupervisorSettings<C extends Startable | ChildDefinition<Supervisable>> extends IntensityOptions {
  /** What each partition runs. */
  readonly child: C
  /** How many there are; from 1. */
  readonly partitions: number
}

/** A supervisor of like children, of which a key picks one. `M` is the mailbox of each. Made by `partitionSupervisor`. */
export class PartitionSupervisorDefinition<out M extends Mailbox> {
  readonly rules: SupervisorRules
  readonly partitions: number
  readonly #child: DefinedChild
  /** For the types alone; never set. */
  declare readonly Mailbox?: M

  constructor(settings: PartitionSupervisorSettings<Startable | ChildDefinition<Supervisable>>) {
    checkOptions(settings, ["child", "partitions", "intensity", "periodMs"])
    const { child, partitions } = settings
    if (!Number.isInteger(partitions) || partitions < 1)
      throw invalid("partitions", `must be a whole number from 1; got ${shown(partitions)}`)
    this.rules = { strategy: "one_for_one", autoShutdown: "never", ...intensityOf(settings, "") }
    this.partitions = partitions
    this.#child = readChild("", child, "child")
    if (isSupervisorDefinition(this.#child.definition))
      throw invalid("child", "must be a service or a process; the services below a supervisor have ids of their own")
    checkSignificance(this.#child, "never", "child")
  }

  /** The children where the supervisor has that id: `id#0`, `id#1`, … */
  childrenOf(id: string): readonly DefinedChild[] {
    return Array.from({ length: this.partitions }, (_, index) => ({ ...this.#child, id: partitionId(id, index) }))
  }
}

export function isSupervisorDefinition(definition: unknown): definition is AnySupervisor {
  return (
    definition instanceof SupervisorDefinition ||
    definition instanceof DynamicSupervisorDefinition ||
    definition instanceof PartitionSupervisorDefinition
  )
}

/** The children that a supervisor has from the start. */
export function childrenFrom(definition: unknown, id: string): readonly DefinedChild[] {
  if (definition instanceof SupervisorDefinition) return definition.children
  return definition instanceof PartitionSupervisorDefinition ? definition.childrenOf(id) : []
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
  if (typeof children !== "object" || children === null) throw invalid("children", "must be an object of definitions by id")
  return Object.freeze(Object.entries(children).map(([id, entry]) => Object.freeze(childOf(id, entry, `children["${id}"]`))))
}

/** Reads a child with an id. Throws `Invalid` that names the field under `path`. */
export function childOf(id: string, entry: Startable | ChildDefinition<Supervisable>, path: string): DefinedChild {
  if (typeof id !== "string" || id === "") throw invalid(path, "must have a non-empty id")
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
  const { definition, options } = entry instanceof ChildDefinition ? entry : new ChildDefinition(entry, {})
  checkOptions(options, CHILD_OPTIONS, `${path}.`)
  const isSupervisor = isSupervisorDefinition(definition)
  if (!isSupervisor && !(definition instanceof Definition)) {
    throw invalid(path, "must be a definition: made by store, server, process, service, supervisor or child")
  }
  const { requires = [], argument, inbox = {}, principal, scopes = [] } = options
  if (!Array.isArray(requires)) throw invalid(`${path}.requires`, "must be a list of service ids")
  checkInbox(inbox, `${path}.inbox`)
  const restart = options.restart ?? (isSupervisor ? "permanent" : definition.restart)
  const rules = childRulesOf({ ...options, restart }, isSupervisor ? "supervisor" : "worker", path)
  return { id, definition, argument, inbox, requires, rules, principal, scopes }
}

const RULES = ["restart", "shutdown", "state", "onDetach", "significant", "backoff"]
const CHILD_OPTIONS = [...RULES, "argument", "requires", "inbox", "principal", "scopes"]

function checkInbox(options: InboxOptions, path: string): void {
  checkOptions(options, ["capacity", "overflow"], `${path}.`)
  const { capacity = 1, overflow = "reject" } = options
  if (!Number.isInteger(capacity) || capacity < 1)
    throw invalid(`${path}.capacity`, `must be a whole number from 1; got ${shown(capacity)}`)
  if (overflow !== "reject" && overflow !== "drop_oldest")
    throw invalid(`${path}.overflow`, `must be reject or drop_oldest; got ${shown(overflow)}`)
}
