/** All registries of a runtime: each is made when it is first asked for, and none of them keeps anything of an ended process. */

import type { Process } from "../kernel/process.ts"
import { HolderWaits } from "./holder-waits.ts"
import { ProcessIndex } from "./process-index.ts"
import type { Registry, RegistryTies } from "./registry.ts"
import { registryOf } from "./registry-change.ts"
import type { RegistryDefinition } from "./registry-definition.ts"
import { openerOf } from "./registry-opener.ts"

export class Registries {
  /** Weakly: a registry whose definition and entries are gone is of use to nobody. */
  readonly #registries = new WeakMap<object, Registry<unknown>>()
  /** Who waits for a holder that starts or ends. */
  readonly waits = new HolderWaits()
  readonly #ties: RegistryTies = { registrations: new ProcessIndex(), listening: new ProcessIndex() }

  of<Value>(definition: RegistryDefinition<Value>): Registry<Value> {
    const open = openerOf(definition, "definition")
    const present = this.#registries.get(definition)
    // What stands under a definition was made for it, three lines below.
    if (present !== undefined) return present as Registry<Value>
    const made = open(this.#ties)
    this.#registries.set(definition, made)
    return made as Registry<Value>
  }

  /** Ends all entries and wishes of a process that has ended. Cost O(what it had). */
  sever(process: Process): void {
    for (const ref of this.#ties.listening.take(process)) registryOf(ref).forget(ref)
    for (const registration of this.#ties.registrations.take(process)) registration.registry.remove(registration)
  }
}
