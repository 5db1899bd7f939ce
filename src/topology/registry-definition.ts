/**
 * A registry as its users name it: a key object, made once and shared by import. It holds nothing; what is registered stands in each
 * runtime by itself, so two of them know nothing of each other.
 *
 * Source  Elixir, Registry: start_link/1, `:keys`. Differs: it is there without being started.
 */

import { mark } from "../kernel/copies.ts"
import { invalid, shown } from "../kernel/errors.ts"

/** Whether a key is one process's, or any number may register under it, each as often as it likes. */
export type RegistryKeys = "unique" | "duplicate"

/** What a process may be registered under; compared as a `Map` compares. */
export type RegistryKey = string | symbol | number | bigint

/** How a registry is made. */
export interface RegistryOptions {
  /** Whether one process at most may be under a key, or any number. */
  readonly keys: RegistryKeys
}

/** Names a registry whose entries carry a `Value`, of processes that a definition `Of` has made. Made by `registry`. */
export class RegistryDefinition<in out Value, out Of = unknown> {
  /** Whether one process at most may be under a key, or any number. */
  readonly keys: RegistryKeys
  /** For the types alone; never set. */
  declare readonly Value?: (value: Value) => Value
  /** Likewise. */
  declare readonly Of?: Of

  static {
    mark(RegistryDefinition, "registry definition")
  }

  constructor(keys: RegistryKeys) {
    this.keys = keys
  }
}

/** Throws `Invalid` where a key may have more than one process: who is addressed by it is one. */
export function checkUnique(registry: { readonly keys: RegistryKeys }): void {
  if (registry.keys !== "unique") throw invalid("registry", 'must have keys that are "unique": a duplicate key has more than one process')
}

/** Throws `Invalid` for what cannot be a key: an object would be found by nobody who makes an equal one. */
export function checkKey(key: RegistryKey): void {
  const isKey = ["string", "symbol", "number", "bigint"].includes(typeof key) && key !== "" && !Number.isNaN(key)
  if (!isKey) throw invalid("key", `must be a non-empty string, a symbol, a number or a bigint; got ${shown(key)}`)
}
