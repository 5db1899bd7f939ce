/**
 * The supervision tree as its author writes it: supervisors, their children, what holds for each. All of it is checked when
 * it is defined or, where it takes the whole tree, when it is started.
 */

import { mark } from "../kernel/copies.ts"
import { invalid, shown } from "../kernel/errors.ts"
import { inboxOptions } from "../kernel/inbox-options.ts"
import type { InboxOptions } from "../kernel/inbox-rules.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { anything, listOf, notNull, optional, ownFields, text } from "../kernel/option-fields.ts"
import { readOptions } from "../kernel/options.ts"
import { type Definition, isDefinition } from "../process/definition.ts"
import type { Policy, Scope } from "../security/policy.ts"
import { type PrincipalInput, principalOf } from "../security/principal.ts"
import { ServiceDefinition } from "../service/service.ts"
import type { Reception } from "../service/service-record.ts"
import type { AutoShutdown } from "../supervision/auto-shutdown.ts"
import { type ChildOptions, type ChildRules, type ChildSpec, childRulesOf } from "../supervision/child-spec.ts"
import type { Intensity } from "../supervision/intensity.ts"
import type { KeeperProcessOptions } from "../supervision/keeper-process.ts"
import type { KeyedPlace } from "../supervision/keyed-children.ts"
import type { SupervisorProcess } from "../supervision/supervisor-process.ts"

/** Freezes a definition, and keeps what it says to who assembles the tree. */
export let keepMaking: (definition: AnySupervisor, making: SupervisorMaking) => void

/** Of a definition of a supervisor; `undefined` for all else. */
export let makingOf: (definition: unknown) => SupervisorMaking | undefined

/**
 * A supervisor of some kind: what all definitions of supervisors are.
 *
 * What it says is in it, where nobody else comes to it, as it is frozen: by the class alone a proxy, or an object made of another one, would pass for one, and could say
 * one thing to the policies and another to who starts it. In a weak table beside it, it would outlive it until the host tidies up all its memory.
 */
export abstract class AnySupervisor {
  /** Read and checked. */
  abstract readonly rules: Intensity
  #making: SupervisorMaking | undefined = undefined

  static {
    mark(AnySupervisor, "supervisor definition")
    keepMaking = (definition, making) => {
      definition.#making = making
      Object.freeze(definition)
    }
    makingOf = (definition) =>
      typeof definition === "object" && definition !== null && #making in definition ? definition.#making : undefined
  }
}

/** What may stand as a child without more words: a definition that needs no argument, or a supervisor. */
export type Startable = Definition<undefined> | AnySupervisor

/** What `child` takes. `never` as argument: a definition that needs one says it there. */
export type Supervisable = Definition<never> | AnySupervisor

/** What the definition of a supervisor says to who assembles the tree: so a program carries those kinds of supervisors that it defines. */
export interface SupervisorMaking {
  /** How callers get at it. */
  readonly reception: Reception
  /** What it starts with where it has that id. */
  childrenOf(id: string): readonly DefinedChild[]
  /** What is said there of a whole application: of the supervisor above all others alone. */
  readonly application?: ApplicationSettings
  /** Of a pool: how many jobs may wait, which takes the place of an inbox's capacity. */
  readonly queue?: number
  /** Makes an incarnation. */
  create(kernel: Kernel, parts: SupervisorParts): SupervisorProcess
}

/** What the supervisor that is given to `start` may say of the whole application. */
export interface ApplicationSettings {
  /** Policies and scopes in force from the start, together with those of `start`'s options. Default: none. */
  readonly policies?: readonly (Policy | Scope)[]
  /** Whom callers act as that do not say, where `start`'s options do not say either. Default: `anonymous`. */
  readonly principal?: PrincipalInput
}

/** What is brought to an incarnation of a supervisor. */
export interface SupervisorParts {
  /** What any supervisor's process is given. */
  readonly options: Omit<KeeperProcessOptions, "intensity">
  /** What it was defined with, in start order, as far as it is there. */
  specs(): readonly ChildSpec[]
  /** Reads a child that is added while it runs. Throws what `startChild` is to answer. */
  added(id: string, entry: unknown, autoShutdown: AutoShutdown): ChildSpec
  /** As `added`, of one without an id of its own. */
  numbered(entry: unknown, place?: KeyedPlace): ChildSpec
}

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

export function isSupervisorDefinition(definition: unknown): definition is AnySupervisor {
  return makingOf(definition) !== undefined
}

/** The children that a supervisor has from the start. */
export function childrenFrom(definition: unknown, id: string): readonly DefinedChild[] {
  return makingOf(definition)?.childrenOf(id) ?? []
}

type ArgumentOf<D> = D extends Definition<infer Argument> ? Argument : undefined

/** What the definition's `init` is given: to be said where it needs one. */
type WithArgument<Argument> = undefined extends Argument ? { readonly argument?: Argument } : { readonly argument: Argument }

type ExtrasOf<D> = ChildExtras & WithArgument<ArgumentOf<D>>
/** As they are once they were read. */
export type Extras = ExtrasOf<Definition<unknown>>

/** The options may be left out where no argument is needed. */
export type ExtrasParameter<D> = undefined extends ArgumentOf<D> ? [options?: ExtrasOf<D>] : [options: ExtrasOf<D>]

export let isChildDefinition: (value: unknown) => value is ChildDefinition<Supervisable>

/** A definition with what its supervisor is to do about it. Made by `child`. */
export class ChildDefinition<out D extends Supervisable> {
  /** What was given to `child`. */
  readonly definition: D
  /** What it said of the child, read and frozen. */
  readonly options: Extras
  readonly #isOne = true

  static {
    mark(ChildDefinition, "child definition")
    isChildDefinition = (value): value is ChildDefinition<Supervisable> => typeof value === "object" && value !== null && #isOne in value
  }

  constructor(definition: D, options: Extras) {
    this.definition = definition
    this.options = Object.freeze(readOptions(options, CHILD_OPTIONS, "child") as Extras)
    Object.freeze(this)
  }
}

/** Definitions by service id, with or without options. */
export type Children = Readonly<Record<string, Startable | ChildDefinition<Supervisable>>>

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

/** Reads a child of a dynamic supervisor. Throws `Invalid` that names the field. */
export function dynamicChildOf(id: string, entry: Startable | ChildDefinition<Supervisable>): DefinedChild {
  const child = readProcess(id, entry, "child")
  if (isSupervisorDefinition(child.definition))
    throw invalid("child", "must be a process: a supervisor and the services below it have ids, which are given once")
  if (child.definition instanceof ServiceDefinition)
    throw invalid("child", "is a service, which is acquired by its id: start it with startChild(id, …) of a supervisor that gives ids")
  if (child.requires.length > 0) throw invalid("child.requires", "means the start order of services, which the child is not")
  if (!child.rules.autoStart) throw invalid("child.autoStart", "must be true: nobody could acquire the child, which is no service")
  checkSignificance(child, "never", "child")
  return child
}

/** Throws where a significant child could never shut its supervisor down. Source  OTP, supervisor.erl, check_childspec. */
export function checkSignificance({ id, rules }: DefinedChild, autoShutdown: AutoShutdown, path = `children["${id}"]`): void {
  if (rules.significant && autoShutdown === "never")
    throw invalid(`${path}.significant`, "has no effect: its supervisor's autoShutdown is never")
}

/** Reads a child that is one process. Throws `Invalid` that names the field under `path`. */
export function readProcess(id: string, entry: Startable | ChildDefinition<Supervisable>, path: string): DefinedChild {
  const { definition, options } = isChildDefinition(entry) ? entry : { definition: entry, options: NOTHING_SAID }
  const isSupervisor = isSupervisorDefinition(definition)
  if (!isSupervisor && !isDefinition(definition)) {
    throw invalid(path, `must be a definition: made by store, server, actor, service, supervisor or child; got ${shown(definition)}`)
  }
  const [wide] = Object.keys(makingOf(definition)?.application ?? {})
  if (wide !== undefined) throw invalid(`${path}.${wide}`, "is of a whole application: say it of the supervisor that is given to start")
  const { requires = [], argument, inbox = inboxOptions(undefined, "inbox"), principal, scopes = [] } = options
  if (makingOf(definition)?.queue !== undefined && inbox.capacity !== undefined)
    throw invalid(`${path}.inbox.capacity`, "is what a pool calls its queue: say it there")
  const rules = isSupervisor ? childRulesOf(options, "supervisor", path) : childRulesOf(options, "worker", path, definition)
  return { id, definition, argument, inbox, requires, rules, principal, scopes }
}

// What it says of itself is read elsewhere; here it is looked at once.
export const INTENSITY = { intensity: notNull, periodMs: notNull }

/** Each is a process of its own from the start. */
export const MOST_LIKES = 65_536

const CHILD_OPTIONS = {
  restart: notNull,
  shutdown: notNull,
  state: notNull,
  onDetach: notNull,
  significant: notNull,
  startTimeoutMs: notNull,
  autoStart: notNull,
  backoff: optional(ownFields),
  argument: anything,
  requires: optional(listOf(text, "a list of service ids")),
  inbox: inboxOptions,
  principal: optional(principalOf),
  scopes: optional(listOf(text, "a list of names of scopes")),
}

export const NOTHING_SAID = readOptions({}, CHILD_OPTIONS) as Extras
