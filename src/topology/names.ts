/**
 * Unique names of processes. A name belongs to one living process and is free the moment that one ends.
 *
 * Source  OTP, erlang:register/2, unregister/1, whereis/1, registered/0. Differs: a process may have several names.
 */

import { AlreadyExists, Conflict, Unavailable } from "../kernel/errors.ts"
import { text } from "../kernel/option-fields.ts"
import type { Process } from "../kernel/process.ts"
import { ProcessIndex } from "./process-index.ts"

export class Names {
  readonly #processes = new Map<string, Process>()
  readonly #reserved = new Set<string>()
  readonly #names = new ProcessIndex<string>()

  /** Keeps a name for those who register with `isReserved`: a service's id is free between two incarnations, and nobody else's. */
  reserve(name: string): void {
    this.#reserved.add(name)
  }

  /** Anybody may have it again, once its process has ended. */
  release(name: string): void {
    this.#reserved.delete(name)
  }

  /** Throws `Invalid` for an empty name, `AlreadyExists` for one that is taken, `Unavailable` for a process that has ended. */
  register(name: string, process: Process, isReserved = false): void {
    checkName(name)
    if (process.status === "ended") throw new Unavailable(`${process.pid} has ended and can take no name`, { details: { name } })
    if (this.#reserved.has(name) && !isReserved) {
      throw new AlreadyExists(`the name ${name} is the id of a service`, { details: { field: "name", name } })
    }
    const holder = this.#processes.get(name)
    if (holder !== undefined) {
      throw new AlreadyExists(`the name ${name} is taken by ${holder.pid}`, { details: { field: "name", name, pid: holder.pid } })
    }
    this.#processes.set(name, process)
    this.#names.add(process, name)
  }

  /** `false` where nobody has it. Throws `Invalid`; `Conflict` for a reserved name, but to those who may have it. */
  unregister(name: string, isReserved = false): boolean {
    checkName(name)
    if (this.#reserved.has(name) && !isReserved) {
      throw new Conflict(`the name ${name} is the id of a service, and stays its`, { details: { field: "name", name } })
    }
    const process = this.#processes.get(name)
    if (process === undefined) return false
    this.#processes.delete(name)
    this.#names.delete(process, name)
    return true
  }

  lookUp(name: string): Process | undefined {
    return this.#processes.get(name)
  }

  /** All names that are taken, in the order they were. */
  registered(): string[] {
    return [...this.#processes.keys()]
  }

  sever(process: Process): void {
    for (const name of this.#names.take(process)) this.#processes.delete(name)
  }
}

/** Throws `Invalid` for what nobody can be called. */
export function checkName(name: unknown): void {
  text(name, "name")
}
