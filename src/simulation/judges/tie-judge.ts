/**
 * Judges promises 6 and 20: names, registries and groups are clear before anybody hears of the end of a process.
 *
 * What is looked at is what anybody finds who asks by name, key or group, not the lists by process by which the runtime clears up.
 */

import type { Kernel } from "../../kernel/kernel.ts"
import type { Pid } from "../../kernel/pid.ts"
import { processesOf } from "../../kernel/process-of.ts"
import { isDown } from "../../topology/monitors.ts"
import type { Registries } from "../../topology/registries.ts"
import type { Registry } from "../../topology/registry.ts"
import type { RegistryDefinition } from "../../topology/registry-definition.ts"
import { isExit, type Topology } from "../../topology/topology.ts"
import type { Breaks } from "./broken-promise.ts"

/** What is registered, as far as it is counted. */
type Entries = Pick<Registry<unknown>, "count" | "keysOf">

export class TieJudge {
  readonly #breaks: Breaks
  readonly #topology: Topology
  /** The registries that somebody has asked for. */
  readonly #registries: ReadonlySet<Entries>

  constructor(topology: Topology, breaks: Breaks) {
    this.#topology = topology
    this.#registries = askedFor(topology.registries)
    this.#breaks = breaks
  }

  /** That is told to somebody: nobody finds any more of whose end it tells. */
  told(message: unknown): void {
    if (isDown(message)) this.#heard(message.pid, "a DOWN")
    else if (isExit(message)) this.#heard(message.from, "an EXIT")
  }

  /** It has ended, and all was told of that. */
  ended(pid: Pid): void {
    this.#heard(pid, "the end")
  }

  #heard(pid: Pid, what: string): void {
    const { names, groups, kernel } = this.#topology
    for (const name of names.registered()) {
      if (names.lookUp(name)?.pid !== pid || lives(kernel, pid)) continue
      this.#breaks("6", `${what} of ${pid} was heard of while ${name} was its name still`)
    }
    for (const group of groups.names()) {
      if (!groups.members(group).includes(pid) || lives(kernel, pid)) continue
      this.#breaks("20", `${what} of ${pid} was heard of while it was in the group ${String(group)} still`)
    }
    if (this.#registries.size > 0) this.#lookAtRegistries(pid, what)
  }

  /** Each entry is one of somebody who lives. */
  #lookAtRegistries(pid: Pid, what: string): void {
    for (const registry of this.#registries) {
      if (registry.count === 0) continue
      let held = 0
      for (const process of processesOf(this.#topology.kernel)) held += registry.keysOf(process).length
      if (held === registry.count) continue
      this.#breaks("20", `${what} of ${pid} was heard of while a registry had ${registry.count - held} of one that has ended`)
    }
  }
}

function lives(kernel: Kernel, pid: Pid): boolean {
  for (const process of processesOf(kernel)) if (process.pid === pid) return true
  return false
}

/** Those that are asked for from now on: nothing else knows them all. */
function askedFor(registries: Registries): ReadonlySet<Entries> {
  const known = new Set<Entries>()
  const find = registries.of.bind(registries)
  const noted = <Value>(definition: RegistryDefinition<Value>): Registry<Value> => {
    const registry = find(definition)
    known.add(registry)
    return registry
  }
  registries.of = noted
  return known
}
