/**
 * Which processes are at work beyond what the runtime can see: an asynchronous callback is under way in them that waits for nothing of the
 * runtime (no answer, no receive, no task). Kept for a host that asks, and for no other.
 */

import type { Envelope } from "./envelope.ts"
import type { Process } from "./process.ts"
import type { ProcessTable } from "./process-table.ts"

/** One of them. */
export interface WorkUnderWay {
  readonly label: string
  /** Tells this work from earlier work of the process, as far as that can be told. */
  readonly token: object
}

export class Workload {
  readonly #processes: ProcessTable
  readonly #asked = new Set<Envelope>()
  readonly #waits = new Map<Process, number>()

  constructor(processes: ProcessTable) {
    this.#processes = processes
  }

  /** A process has asked. */
  asked(envelope: Envelope): void {
    this.#asked.add(envelope)
  }

  /** A process has begun to wait for something of the runtime's. */
  began(process: Process): void {
    this.#waits.set(process, (this.#waits.get(process) ?? 0) + 1)
  }

  /** One such wait is over. */
  ended(process: Process): void {
    const left = (this.#waits.get(process) ?? 0) - 1
    if (left > 0) this.#waits.set(process, left)
    else this.#waits.delete(process)
  }

  underWay(): readonly WorkUnderWay[] {
    const waiting = new Set<Process | undefined>(this.#waits.keys())
    for (const envelope of this.#asked) {
      if (envelope.isSettled) this.#asked.delete(envelope)
      else waiting.add(envelope.asker)
    }
    const working = [...this.#processes].filter((process) => process.isAtWork && !waiting.has(process))
    return working.map((process) => ({ label: process.label, token: process.workToken }))
  }
}
