/**
 * Every process that has not ended, as a list through the processes themselves: joining and leaving cost the same whether there
 * are ten or a million, and no table has to be made anew as they grow.
 */

import type { Process } from "./process.ts"

export class ProcessTable implements Iterable<Process> {
  #first: Process | undefined = undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  add(process: Process): void {
    const first = this.#first
    process.next = first
    if (first !== undefined) first.previous = process
    this.#first = process
    this.#size += 1
  }

  /** A no-op for a process that is not in it. */
  delete(process: Process): void {
    const { previous, next } = process
    if (previous === undefined && this.#first !== process) return
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next !== undefined) next.previous = previous
    process.previous = undefined
    process.next = undefined
    this.#size -= 1
  }

  /** The youngest first. Those that end meanwhile may be missed: copy before you end them. */
  *[Symbol.iterator](): Iterator<Process> {
    for (let process = this.#first; process !== undefined; process = process.next) yield process
  }
}
