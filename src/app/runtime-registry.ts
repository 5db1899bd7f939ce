/** A registry as the host program sees it: it registers processes in their stead. */

import type { Kernel } from "../kernel/kernel.ts"
import type { Pid } from "../kernel/pid.ts"
import { ProcessRegistry, type ValueList } from "../process/process-registry.ts"
import { livingProcessOf, localProcessOf } from "../topology/local-process.ts"
import type { Registry } from "../topology/registry.ts"
import { checkKey, type RegistryKey } from "../topology/registry-definition.ts"

/** A registry: `runtime.registry(definition)`. */
export class RuntimeRegistry<Value, Address extends Pid = Pid> extends ProcessRegistry<Value> {
  readonly #kernel: Kernel
  readonly #registry: Registry<Value>

  constructor(kernel: Kernel, registry: Registry<Value>) {
    super(kernel, registry)
    this.#kernel = kernel
    this.#registry = registry
  }

  /**
   * Registers a process under a key, until it is unregistered or ends.
   *
   * Errors  AlreadyExists, for a unique key that is held, with the holder's pid in `details`; Unavailable, for a process that has ended;
   *         Invalid, for an empty key or a pid of another runtime.
   */
  register(pid: Address, key: RegistryKey, ...[value]: ValueList<Value>): void {
    this.#registry.register(livingProcessOf(this.#kernel, pid), key, value as Value)
  }

  /** Ends all entries of a process under a key. `false` where it had none. */
  unregister(pid: Pid, key: RegistryKey): boolean {
    checkKey(key)
    const process = localProcessOf(this.#kernel, pid)
    return process !== undefined && this.#registry.unregister(process, key)
  }
}
