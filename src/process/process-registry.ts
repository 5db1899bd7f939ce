/** A registry as everybody sees it: who is registered under which key, with what. */

import type { Kernel } from "../kernel/kernel.ts"
import type { Pid } from "../kernel/pid.ts"
import { localProcessOf } from "../topology/local-process.ts"
import type { Registry, RegistryEntry } from "../topology/registry.ts"
import type { RegistryKey } from "../topology/registry-definition.ts"

/** What is given for a value: nothing where it may be left out. */
export type ValueList<Value> = undefined extends Value ? [value?: Value] : [value: Value]

/** What `self.registry` and `runtime.registry` have in common. */
export abstract class ProcessRegistry<Value> {
  readonly #kernel: Kernel
  readonly #registry: Registry<Value>

  constructor(kernel: Kernel, registry: Registry<Value>) {
    this.#kernel = kernel
    this.#registry = registry
  }

  /** The entries under a key, in the order in which they were registered; at most one where keys are unique. */
  lookup(key: RegistryKey): RegistryEntry<Value>[] {
    return this.#registry.lookup(key)
  }

  /** What a process is registered under; a key that it has registered twice stands there twice. */
  keys(pid: Pid): RegistryKey[] {
    const process = localProcessOf(this.#kernel, pid)
    return process === undefined ? [] : this.#registry.keysOf(process)
  }

  /** Entries, of all keys. */
  get count(): number {
    return this.#registry.count
  }

  /** Posts a message for every entry under a key. Gives the number that was accepted; what is refused is reported as a dead letter. */
  dispatch(key: RegistryKey, message: unknown): number {
    return this.lookup(key).filter(({ pid }) => this.#kernel.send(pid, undefined, message)).length
  }
}
