/** What a listener is told of a registry, and the wish by which it is told. */

import { foreignKind, mark } from "../kernel/copies.ts"
import { isA, passes } from "../kernel/instance.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import { RegistryDefinition, type RegistryKey } from "./registry-definition.ts"
import { Subscription } from "./subscription.ts"

/** A registry, as far as it is told that a listener is gone. */
interface Listened {
  forget(ref: RegistryRef): boolean
}

let registryBehind: (ref: RegistryRef) => Listened

/** Names one wish to be told of a registry's changes. Each call of `listen` makes a new one. */
export class RegistryRef extends Subscription {
  readonly #registry: Listened

  static {
    mark(RegistryRef, "registry reference")
    registryBehind = (ref) => ref.#registry
  }

  constructor(listener: Process, registry: Listened) {
    super(listener)
    this.#registry = registry
  }
}

/** The message that a listener gets: an entry has come, or has gone. */
export interface RegistryChange<Value = unknown> {
  readonly type: "REGISTRY"
  readonly ref: RegistryRef
  /** The definition of the registry. */
  readonly registry: object
  /** Whether an entry was made, or has gone. */
  readonly action: "register" | "unregister"
  readonly key: RegistryKey
  readonly value: Value
  readonly pid: Pid
}

/** The registry that a listener listens to. */
export function registryOf(ref: RegistryRef): Listened {
  return registryBehind(ref)
}

/** Tells a registry's notice from other messages; with a definition, that registry's, whose values it knows the type of. */
export function isRegistryChange(message: unknown): message is RegistryChange
export function isRegistryChange<Value>(message: unknown, definition: RegistryDefinition<Value>): message is RegistryChange<Value>
export function isRegistryChange(message: unknown, definition?: unknown): message is RegistryChange {
  if (typeof message !== "object" || message === null) return false
  // Given to `filter` as it stands, it gets an index for a definition.
  const isDefinition = isA(definition, RegistryDefinition) || foreignKind(definition) === "registry definition"
  return passes<Partial<RegistryChange>>(message, ({ type, ref, registry }) => {
    if (type !== "REGISTRY" || (!(ref instanceof RegistryRef) && foreignKind(ref) !== "registry reference")) return false
    return !isDefinition || registry === definition
  })
}
