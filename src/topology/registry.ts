/**
 * What is registered in one registry of one runtime: entries by key, and who is told when one comes or goes.
 *
 * Invariants
 * - An entry is there as long as its process lives and does not unregister it.
 * - A unique key has at most one entry.
 * - Whoever listens is told of each entry that comes and goes, once, in that order.
 *
 * Source  Elixir, Registry. Differs: an entry is gone before anybody hears of its process's end; what is unregistered is told with its
 *         value; nobody is told of a key that was not registered.
 */

import { AlreadyExists, invalid, shown, Unavailable } from "../kernel/errors.ts"
import { isA } from "../kernel/instance.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import { givenAtOnce } from "../kernel/thenable.ts"
import type { ProcessIndex } from "./process-index.ts"
import { type RegistryChange, RegistryRef } from "./registry-change.ts"
import { checkKey, type RegistryKey, type RegistryKeys } from "./registry-definition.ts"
import { notify, subscriberOf } from "./subscription.ts"

/** A process and what it has registered with itself. The value is shared, not copied. */
export interface RegistryEntry<Value> {
  readonly pid: Pid
  readonly value: Value
}

/** What `updateValue` has put in the place of what. */
export interface ValueUpdate<Value> {
  /** What stands there now. */
  readonly newValue: Value
  /** What stood there before. */
  readonly oldValue: Value
}

/** One entry, with the way back to where it stands. */
export class Registration<Value> {
  readonly registry: Registry<Value>
  readonly process: Process
  readonly key: RegistryKey
  value: Value

  constructor(registry: Registry<Value>, process: Process, key: RegistryKey, value: Value) {
    this.registry = registry
    this.process = process
    this.key = key
    this.value = value
  }
}

/** By process, for all registries of a runtime. */
export interface RegistryTies {
  readonly registrations: ProcessIndex<Registration<unknown>>
  readonly listening: ProcessIndex<RegistryRef>
}

export class Registry<Value> {
  readonly #definition: object
  readonly keys: RegistryKeys
  readonly #ties: RegistryTies
  readonly #entries = new Map<RegistryKey, Set<Registration<Value>>>()
  readonly #listeners = new Set<RegistryRef>()
  #count = 0

  constructor(definition: object, keys: RegistryKeys, ties: RegistryTies) {
    this.#definition = definition
    this.keys = keys
    this.#ties = ties
  }

  /** Entries; a duplicate key counts as often as it is registered. */
  get count(): number {
    return this.#count
  }

  /** Throws `AlreadyExists` for a unique key that is held, by whomever; `Unavailable` for a process that has ended. */
  register(process: Process, key: RegistryKey, value: Value): void {
    checkKey(key)
    if (process.status === "ended") throw new Unavailable(`${process.pid} has ended and can hold no key`, { details: { key } })
    const entries = this.#entries.get(key) ?? new Set()
    const [holder] = entries
    if (holder !== undefined && this.keys === "unique") throw takenError(key, holder.process.pid)
    const registration = new Registration(this, process, key, value)
    this.#entries.set(key, entries.add(registration))
    this.#ties.registrations.add(process, registration)
    this.#count += 1
    this.#tell("register", registration)
  }

  /** Ends all that the process has under the key; `false` where it had nothing. Cost O(entries of the key, or of the process: the fewer). */
  unregister(process: Process, key: RegistryKey): boolean {
    const own = this.#ownOf(process, key)
    for (const registration of own) {
      this.#ties.registrations.delete(process, registration)
      this.remove(registration)
    }
    return own.length > 0
  }

  /** Who has a unique key. O(1). */
  holderOf(key: RegistryKey): Process | undefined {
    const entries = this.#entries.get(key)
    if (entries === undefined) return undefined
    const [holder] = entries
    return holder?.process
  }

  lookup(key: RegistryKey): RegistryEntry<Value>[] {
    checkKey(key)
    return [...(this.#entries.get(key) ?? [])].map(({ process, value }) => ({ pid: process.pid, value }))
  }

  /** Replaces the value that the process has under a unique key; `undefined` where it has none. A throw of `update` changes nothing. */
  updateValue(process: Process, key: RegistryKey, update: (value: Value) => Value): ValueUpdate<Value> | undefined {
    if (this.keys !== "unique") throw invalid("keys", 'must be "unique" for updateValue: a duplicate key has more than one value')
    if (typeof update !== "function") throw invalid("update", `must be a function of the value; got ${shown(update)}`)
    const [registration] = this.#ownOf(process, key)
    if (registration === undefined) return undefined
    const oldValue = registration.value
    const newValue = update(oldValue)
    givenAtOnce(newValue, () => invalid("update", "must return the new value, not a promise of it"))
    registration.value = newValue
    return { newValue: registration.value, oldValue }
  }

  /** A key that a process has registered twice stands there twice. */
  keysOf(process: Process): RegistryKey[] {
    return [...this.#ties.registrations.of(process)].filter(({ registry }) => registry === this).map(({ key }) => key)
  }

  listen(listener: Process): RegistryRef {
    const ref = new RegistryRef(listener, this)
    if (listener.status === "ended") ref.isActive = false
    else {
      this.#listeners.add(ref)
      this.#ties.listening.add(listener, ref)
    }
    return ref
  }

  /** `false` where it was over. */
  unlisten(ref: RegistryRef): boolean {
    if (!isA(ref, RegistryRef)) throw invalid("ref", `must be what listen gave; got ${shown(ref)}`)
    const isMine = this.forget(ref)
    if (isMine) this.#ties.listening.delete(subscriberOf(ref), ref)
    return isMine
  }

  /** Takes out what its process's index no longer has. */
  remove(registration: Registration<Value>): void {
    const { key } = registration
    const entries = this.#entries.get(key)
    if (entries?.delete(registration) !== true) return
    if (entries.size === 0) this.#entries.delete(key)
    this.#count -= 1
    this.#tell("unregister", registration)
  }

  /** As `remove`, a listener. */
  forget(ref: RegistryRef): boolean {
    if (!this.#listeners.delete(ref)) return false
    ref.isActive = false
    return true
  }

  /** Looks at the process's entries or at the key's, whichever are fewer. */
  #ownOf(process: Process, key: RegistryKey): Registration<Value>[] {
    checkKey(key)
    const entries = this.#entries.get(key)
    if (entries === undefined) return []
    if (entries.size <= this.#ties.registrations.countOf(process)) return [...entries].filter((entry) => entry.process === process)
    const isHere = (entry: Registration<unknown>): entry is Registration<Value> => entry.registry === this && entry.key === key
    return [...this.#ties.registrations.of(process)].filter(isHere)
  }

  #tell(action: RegistryChange["action"], { key, value, process }: Registration<Value>): void {
    for (const ref of this.#listeners) {
      notify(ref, { type: "REGISTRY", ref, registry: this.#definition, action, key, value, pid: process.pid } satisfies RegistryChange)
    }
  }
}

function takenError(key: RegistryKey, pid: Pid): AlreadyExists {
  return new AlreadyExists(`the key ${shown(key)} is registered by ${pid}`, { details: { field: "key", key, pid } })
}
