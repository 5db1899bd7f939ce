/**
 * The supervision tree as its author writes it: supervisors, their children, what holds for each. All of it is checked when
 * it is defined or, where it takes the whole tree, when it is started.
 */

import { Definition } from "../behaviours/definition.ts"
import type { ServerDefinition } from "../behaviours/server.ts"
import { invalid, shown } from "../kernel/errors.ts"
import type { InboxOptions } from "../kernel/inbox.ts"
import { checkOptions } from "../kernel/options.ts"
import type { PrincipalInput } from "../security/principal.ts"
import type { ServerMailbox } from "../service/mailbox.ts"
import type { ServiceDefinition } from "../service/service.ts"
import { type ChildOptions, type ChildRules, childRulesOf } from "../supervision/child-spec.ts"
import { type IntensityOptions, intensityOf } from "../supervision/intensity.ts"
import { type Strategy, strategyOf } from "../supervision/strategy.ts"
import type { SupervisorRules } from "../supervision/supervisor.ts"

/** What may stand as a child without more words: a definition that needs no argument, or a supervisor. */
export type Startable = Definition<undefined> | SupervisorDefinition<object>

/** What `child` takes. `never` as argument: a definition that needs one says it there. */
export type Supervisable = Definition<never> | SupervisorDefinition<object>

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

/** A definition with what its supervisor is to do about it. Made by `child`. */
export class ChildDefinition<out D extends Supervisable> {
  readonly definition: D
  readonly options: ExtrasOf<Definition<unknown>>

  constructor(definition: D, options: ExtrasOf<Definition<unknown>>) {
    this.definition = definition
    this.options = options
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
    checkOptions(settings, ["strategy", "intensity", "periodMs", "children"])
    this.rules = { strategy: strategyOf(settings.strategy, ""), ...intensityOf(settings, "") }
    this.children = childrenOf(settings.children)
  }
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

/**
 * Defines a supervisor.
 *
 * Errors  Invalid, naming the field: unknown strategy, negative intensity, a child that is none, …
 * Source  OTP, supervisor(3): sup_flags() and child_spec().
 *
 * @example
 * const tree = supervisor({ strategy: "rest_for_one", children: { "app:cache": store(), "app:users": store() } })
 * await using runtime = await start(tree)
 * runtime.tree().children.map((node) => node.id) // => ["app:cache", "app:users"]
 */
export function supervisor<const C extends Children>(settings: SupervisorSettings<C>): SupervisorDefinition<ServicesOf<C>> {
  if (typeof settings !== "object" || settings === null) throw invalid("supervisor", "must be given its settings")
  return new SupervisorDefinition<ServicesOf<C>>(settings)
}

// -- types: from the definition to the mailboxes -------------------------------------------------------------------

type DefinitionOf<C> = C extends ChildDefinition<infer D> ? D : C

/** The mailbox that acquiring a service of this definition gives. */
export type MailboxOf<D> =
  D extends ServiceDefinition<infer M>
    ? M
    : D extends ServerDefinition<never, infer Calls, infer Casts>
      ? ServerMailbox<Calls, Casts>
      : never

type OwnServices<C> = {
  readonly [Id in keyof C as MailboxOf<DefinitionOf<C[Id]>> extends never ? never : Id]: MailboxOf<DefinitionOf<C[Id]>>
}

type NestedServices<C> = { [Id in keyof C]: DefinitionOf<C[Id]> extends SupervisorDefinition<infer S> ? S : never }[keyof C]

type Merged<U> = (U extends object ? (part: U) => void : never) extends (all: infer All) => void ? All : object

/** The services of a tree by id, those of nested supervisors among them. */
export type ServicesOf<C> = OwnServices<C> & ([NestedServices<C>] extends [never] ? object : Merged<NestedServices<C>>)

// -- reading ------------------------------------------------------------------------------------------------------

function childrenOf(children: Children): readonly DefinedChild[] {
  if (typeof children !== "object" || children === null) throw invalid("children", "must be an object of definitions by id")
  return Object.entries(children).map(([id, entry]) => childOf(id, entry))
}

function childOf(id: string, entry: Startable | ChildDefinition<Supervisable>): DefinedChild {
  const path = `children["${id}"]`
  if (id === "") throw invalid(path, "must have a non-empty id")
  const { definition, options } = entry instanceof ChildDefinition ? entry : new ChildDefinition(entry, {})
  checkOptions(options, CHILD_OPTIONS, `${path}.`)
  const isSupervisor = definition instanceof SupervisorDefinition
  if (!isSupervisor && !(definition instanceof Definition)) {
    throw invalid(path, "must be a definition: made by store, server, process, service, supervisor or child")
  }
  const { requires = [], argument, inbox = {}, principal, scopes = [] } = options
  if (!Array.isArray(requires)) throw invalid(`${path}.requires`, "must be a list of service ids")
  checkInbox(inbox, `${path}.inbox`)
  const rules = childRulesOf(options, isSupervisor ? "supervisor" : "worker", path)
  return { id, definition, argument, inbox, requires, rules, principal, scopes }
}

const CHILD_OPTIONS = ["argument", "restart", "shutdown", "state", "onDetach", "requires", "backoff", "inbox", "principal", "scopes"]

function checkInbox(options: InboxOptions, path: string): void {
  checkOptions(options, ["capacity", "overflow"], `${path}.`)
  const { capacity = 1, overflow = "reject" } = options
  if (!Number.isInteger(capacity) || capacity < 1)
    throw invalid(`${path}.capacity`, `must be a whole number from 1; got ${shown(capacity)}`)
  if (overflow !== "reject" && overflow !== "drop_oldest")
    throw invalid(`${path}.overflow`, `must be reject or drop_oldest; got ${shown(overflow)}`)
}
