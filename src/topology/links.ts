/**
 * Links: two processes that share their end. Symmetric, at most one between a pair.
 *
 * Source  OTP, erlang:link/1, unlink/1, and "Receiving Exit Signals" in the reference manual.
 */

import type { Process } from "../kernel/process.ts"
import { ProcessIndex } from "./process-index.ts"

export class Links {
  readonly #peers = new ProcessIndex<Process>()

  link(one: Process, other: Process): void {
    this.#peers.add(one, other)
    this.#peers.add(other, one)
  }

  unlink(one: Process, other: Process): void {
    this.#peers.delete(one, other)
    this.#peers.delete(other, one)
  }

  has(one: Process, other: Process): boolean {
    return [...this.#peers.of(one)].includes(other)
  }

  /** Who is linked to it, in the order the links were made. */
  of(process: Process): Iterable<Process> {
    return this.#peers.of(process)
  }

  /** Removes every link of a process and returns who was at their other ends, in the order they were made. */
  sever(process: Process): readonly Process[] {
    const peers = this.#peers.take(process)
    for (const peer of peers) this.#peers.delete(peer, process)
    return peers
  }
}
