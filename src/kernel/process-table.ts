/**
 * Every process that has not ended, as a list through the processes themselves: joining and leaving cost the same whether there
 * are ten or a million, and no table has to be made anew as they grow.
 */

import type { Envelope, Route } from "./envelope.ts"
import type { Inbox } from "./inbox.ts"
import type { Incarnation } from "./keeper.ts"
import type { Reader } from "./reader.ts"

/** A process, as the kernel knows it that runs it. */
export interface Launched extends Reader, Incarnation {
  readonly kernel: Reader["kernel"]
  readonly inbox: Inbox
  readonly parent: Launched | undefined
  /** Whether the inspection stream tells of it. */
  readonly isAnnounced: boolean
  /** Its neighbours in the table. */
  previous: Launched | undefined
  next: Launched | undefined
  /** Whether its guard keeps out what was sent to its pid. */
  refuses(route: Route | undefined): boolean
  /** A request that it served at once was cut short. */
  wasCut(cut: Cut): void
}

/** A request that was served at once and has thrown: its handler, or, on a full stack, what comes behind it. */
export interface Cut {
  readonly process: Launched
  readonly error: unknown
  readonly envelope: Envelope
  /** Whether its handler was done. */
  readonly isHandled: boolean
}

export class ProcessTable implements Iterable<Launched> {
  #first: Launched | undefined = undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  add(process: Launched): void {
    const first = this.#first
    process.next = first
    if (first !== undefined) first.previous = process
    this.#first = process
    this.#size += 1
  }

  /** A no-op for a process that is not in it. */
  delete(process: Launched): void {
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
  *[Symbol.iterator](): Iterator<Launched> {
    for (let process = this.#first; process !== undefined; process = process.next) yield process
  }
}

/** Who has started it, as the inspection stream tells it. */
export function announcedParent({ parent }: Launched): Launched | undefined {
  return parent === undefined || parent.isAnnounced ? parent : announcedParent(parent)
}
