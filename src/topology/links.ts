/**
 * Links: two processes that share their end. Symmetric, at most one between a pair.
 *
 * Source  OTP, erlang:link/1, unlink/1, and "Receiving Exit Signals" in the reference manual.
 */

import type { Process } from "../kernel/process.ts"

export class Links {
  readonly #linked = new Map<Process, Set<Process>>()

  link(one: Process, other: Process): void {
    this.#of(one).add(other)
    this.#of(other).add(one)
  }

  unlink(one: Process, other: Process): void {
    this.#drop(one, other)
    this.#drop(other, one)
  }

  has(one: Process, other: Process): boolean {
    return this.#linked.get(one)?.has(other) ?? false
  }

  /** Who is linked to it, in the order the links were made. */
  of(process: Process): Iterable<Process> {
    return this.#linked.get(process) ?? []
  }

  /** Removes every link of a process and returns who was at their other ends, in the order they were made. */
  sever(process: Process): readonly Process[] {
    const peers = [...(this.#linked.get(process) ?? [])]
    for (const peer of peers) this.#drop(peer, process)
    this.#linked.delete(process)
    return peers
  }

  #of(process: Process): Set<Process> {
    const linked = this.#linked.get(process) ?? new Set()
    this.#linked.set(process, linked)
    return linked
  }

  #drop(process: Process, peer: Process): void {
    const linked = this.#linked.get(process)
    if (linked === undefined) return
    linked.delete(peer)
    if (linked.size === 0) this.#linked.delete(process)
  }
}
