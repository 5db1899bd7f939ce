/**
 * Unique names of processes. A name belongs to one living process and is free the moment that one ends.
 *
 * Source  OTP, erlang:register/2, whereis/1.
 */

import { AlreadyExists, invalid, Unavailable } from "../kernel/errors.ts"
import type { Process } from "../kernel/process.ts"

export class Names {
  readonly #processes = new Map<string, Process>()
  readonly #reserved = new Set<string>()
  readonly #names = new Map<Process, Set<string>>()

  /** Keeps a name for those who register with `isReserved`: a service's id is free between two incarnations, and nobody else's. */
  reserve(name: string): void {
    this.#reserved.add(name)
  }

  /** Throws `Invalid` for an empty name, `AlreadyExists` for one that is taken, `Unavailable` for a process that has ended. */
  register(name: string, process: Process, isReserved = false): void {
    if (typeof name !== "string" || name === "") throw invalid("name", "must be a non-empty string")
    if (process.status === "ended") throw new Unavailable(`${process.pid} has ended and can take no name`, { details: { name } })
    if (this.#reserved.has(name) && !isReserved) {
      throw new AlreadyExists(`the name ${name} is the id of a service`, { details: { field: "name", name } })
    }
    const holder = this.#processes.get(name)
    if (holder !== undefined) {
      throw new AlreadyExists(`the name ${name} is taken by ${holder.pid}`, { details: { field: "name", name } })
    }
    this.#processes.set(name, process)
    const names = this.#names.get(process) ?? new Set()
    names.add(name)
    this.#names.set(process, names)
  }

  unregister(name: string): boolean {
    const process = this.#processes.get(name)
    if (process === undefined) return false
    this.#processes.delete(name)
    this.#names.get(process)?.delete(name)
    return true
  }

  lookUp(name: string): Process | undefined {
    return this.#processes.get(name)
  }

  sever(process: Process): void {
    for (const name of this.#names.get(process) ?? []) this.#processes.delete(name)
    this.#names.delete(process)
  }
}
