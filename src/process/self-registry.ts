/** A registry as a process sees it: it registers itself, and listens. */

import type { Process } from "../kernel/process.ts"
import type { Registry, ValueUpdate } from "../topology/registry.ts"
import type { RegistryRef } from "../topology/registry-change.ts"
import type { RegistryKey } from "../topology/registry-definition.ts"
import { isDead, refuseDead } from "./dead-self.ts"
import { ProcessRegistry, type ValueList } from "./process-registry.ts"

/** A registry: `self.registry(definition)`. */
export class SelfRegistry<Value> extends ProcessRegistry<Value> {
  readonly #process: Process
  readonly #registry: Registry<Value>

  constructor(process: Process, registry: Registry<Value>) {
    super(process.kernel, registry)
    this.#process = process
    this.#registry = registry
  }

  /**
   * Registers this process under a key, until it unregisters or ends. Where keys are duplicate, it may do so again, under the same key too.
   *
   * Errors  AlreadyExists, for a unique key that is held, with the holder's pid in `details`; Invalid, for an empty key.
   */
  register(key: RegistryKey, ...[value]: ValueList<Value>): void {
    refuseDead(this.#process)
    this.#registry.register(this.#process, key, value as Value)
  }

  /** Ends all entries of this process under a key. `false` where it had none. */
  unregister(key: RegistryKey): boolean {
    return !isDead(this.#process) && this.#registry.unregister(this.#process, key)
  }

  /**
   * Puts `update` of this process's value in its place, and gives both; `undefined` where it has not registered the key. A throw changes nothing.
   *
   * Errors  Invalid, where keys are duplicate.
   * Source  Elixir, Registry.update_value/3.
   */
  updateValue(key: RegistryKey, update: (value: Value) => Value): ValueUpdate<Value> | undefined {
    refuseDead(this.#process)
    return this.#registry.updateValue(this.#process, key, update)
  }

  /** From now on every entry that comes or goes is told to this process, as a `RegistryChange` message; its own too. */
  listen(): RegistryRef {
    refuseDead(this.#process)
    return this.#registry.listen(this.#process)
  }

  /** Ends a `listen`: no change of it is seen any more, not even one that waits. `false` where it was over. */
  unlisten(ref: RegistryRef): boolean {
    return !isDead(this.#process) && this.#registry.unlisten(ref)
  }

  /** As `runtime.registry(…).dispatch`. */
  override dispatch(key: RegistryKey, message: unknown): number {
    refuseDead(this.#process)
    return super.dispatch(key, message)
  }
}
