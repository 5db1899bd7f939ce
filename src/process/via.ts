/**
 * The address of whoever is registered under a key: it outlives restarts, as each message looks for its receiver anew.
 *
 * It gives no right that the receiver's pid would not give: what is guarded against its pid is guarded against this.
 *
 * Source  Elixir, Registry: `{:via, Registry, {registry, key}}`. Differs: it is an address alone; who starts under a key says so to the
 *         registry, or is started by `lookUpOrStart`.
 */

import { askPid } from "../kernel/ask.ts"
import { type AskOptions, signalOf, timeoutOf } from "../kernel/ask-options.ts"
import { selfAskError } from "../kernel/circle.ts"
import type { Route } from "../kernel/envelope.ts"
import { invalid, type PigeonholeError, shown, Unavailable } from "../kernel/errors.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import { Unshown } from "../kernel/sort.ts"
import { refused } from "../kernel/unheard.ts"
import type { Registry } from "../topology/registry.ts"
import { checkKey, checkUnique, type RegistryDefinition, type RegistryKey } from "../topology/registry-definition.ts"
import type { Topology } from "../topology/topology.ts"
import { isDead, refuseDead, rejectDead } from "./dead-self.ts"
import type { AddressOf } from "./definition.ts"

/** The names by which a pid of that type can be called, or cast to; where it has none, none. */
type NamesOf<Address, Kind extends Route["kind"]> = Address extends { readonly [Name in Kind]: infer Names } ? Names : Nameless

/** Of a process that answers no names. */
type Nameless = Readonly<Record<never, never>>

/** What posts a message of that name. */
type PostByName = (name: string) => unknown

/** Whoever is registered under a key, found anew for each message. Made by `runtime.via` and `self.via`. */
export class Via<out Address extends Pid = Pid> {
  readonly key: RegistryKey
  readonly #kernel: Kernel
  readonly #registry: Registry<unknown>
  /** The process that posts; `undefined` for who is none. */
  readonly #sender: Process | undefined
  #call: NamesOf<Address, "call"> | undefined = undefined
  #cast: NamesOf<Address, "cast"> | undefined = undefined

  /** Use `runtime.via` or `self.via`. */
  constructor(kernel: Kernel, registry: Registry<unknown>, key: RegistryKey, sender: Process | undefined) {
    this.key = key
    this.#kernel = kernel
    this.#registry = registry
    this.#sender = sender
  }

  /** Who is registered now; `undefined`: nobody. */
  get pid(): Address | undefined {
    // What is registered is of the definition that the registry's author has named.
    return this.#registry.holderOf(this.key)?.pid as Address | undefined
  }

  /**
   * The receiver's calls by name, as its pid has them.
   *
   * Errors  Unavailable, retryable, where nobody is registered; Invalid, where the receiver has no such call; as for its pid.
   */
  get call(): NamesOf<Address, "call"> {
    this.#call ??= byName<NamesOf<Address, "call">>(
      (name) => (argument: unknown, options?: AskOptions) => this.#ask({ kind: "call", name }, argument, options),
    )
    return this.#call
  }

  /** The receiver's casts by name. `false`: refused, as nobody is registered, it has no such cast, or it refuses; reported as a dead letter. */
  get cast(): NamesOf<Address, "cast"> {
    this.#cast ??= byName<NamesOf<Address, "cast">>((name) => (argument: unknown) => this.#post({ kind: "cast", name }, argument))
    return this.#cast
  }

  /** Posts a message. `false`: refused, or nobody is registered; reported as a dead letter. */
  tell(message: unknown): boolean {
    return this.#post(undefined, message)
  }

  /** Posts a request and waits for the reply. Errors: Unavailable, retryable, where nobody is registered; as `runtime.ask`. */
  ask(message: unknown, options?: AskOptions): Promise<unknown> {
    return this.#ask(undefined, message, options)
  }

  /** `via(lobby)`. */
  toString(): string {
    return `via(${String(this.key)})`
  }

  #ask(named: Route | undefined, argument: unknown, options: AskOptions | undefined): Promise<unknown> {
    const sender = this.#sender
    if (sender !== undefined && isDead(sender)) return rejectDead(sender)
    const holder = this.#registry.holderOf(this.key)
    if (holder === undefined) return this.#refused(this.#nobody(), options)
    if (holder === sender) return this.#refused(selfAskError(sender.label), options)
    const route = named === undefined ? undefined : routeOf(holder, named)
    if (named !== undefined && route === undefined) return this.#refused(this.#unknown(named, holder), options)
    return askPid(holder.pid, route, argument, options, this.#kernel, sender)
  }

  #post(named: Route | undefined, argument: unknown): boolean {
    const sender = this.#sender
    if (sender !== undefined) refuseDead(sender)
    const holder = this.#registry.holderOf(this.key)
    const route = holder === undefined || named === undefined ? undefined : routeOf(holder, named)
    if (holder !== undefined && (named === undefined || route !== undefined))
      return this.#kernel.sendTo(holder, holder.pid, route, argument, sender)
    // Nobody knows whom it was for: it may have been a service's.
    this.#kernel.refuse(String(this), new Unshown(argument), holder === undefined ? "unavailable" : "unhandled")
    return false
  }

  /** What is wrong with the options comes first, as by pid. */
  #refused(error: PigeonholeError, options: AskOptions | undefined): Promise<never> {
    const asker = this.#sender ?? this.#kernel.turn.process
    try {
      timeoutOf(options)
      signalOf(options)
      return refused(asker, error)
    } catch (fault) {
      return refused(asker, fault)
    }
  }

  #nobody(): Unavailable {
    return new Unavailable(`nobody is registered under ${shown(this.key)}`, { details: { key: this.key } })
  }

  #unknown({ kind, name }: Route, holder: Process): PigeonholeError {
    return invalid(`${kind}.${name}`, `is not defined by ${holder.pid}, which is registered under ${shown(this.key)}`)
  }
}

/** Errors: Invalid, for what `registry` has not made, one with duplicate keys, and for what is no key. */
export function viaOf<Value, Of>(
  { kernel, registries }: Topology,
  definition: RegistryDefinition<Value, Of>,
  key: RegistryKey,
  sender?: Process,
): Via<AddressOf<Of>> {
  const registry = registries.of(definition)
  checkUnique(registry)
  checkKey(key)
  return new Via<AddressOf<Of>>(kernel, registry, key, sender)
}

/** One that answers mailboxes only has no names for who has but its pid: it is refused as by that, whatever it is asked. */
function routeOf(holder: Process, named: Route): Route | undefined {
  return holder.routeOf(named.kind, named.name) ?? (holder.refuses(named) ? named : undefined)
}

/** An object that has every name: which of them count is found out when the message is posted, as its receiver is. */
function byName<Names>(post: PostByName): Names {
  const target: object = Object.freeze(Object.create(null))
  // A promise that is given the object itself would ask it for `then`, and post that.
  const get = (_: object, name: string | symbol): unknown => (typeof name === "string" && name !== "then" ? post(name) : undefined)
  return new Proxy(target, { get }) as Names
}
