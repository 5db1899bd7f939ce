/** Waits for the answer to a request that a process still owes, whoever gives it: the process, its end, or the time limit. One at a time. */

import type { Envelope } from "./envelope.ts"

export class AnswerWatch {
  #watched: Envelope | undefined = undefined

  /** Calls back once this request, which is open, has its answer. Another one than before takes its place beside that. */
  watch(envelope: Envelope, settled: () => void): void {
    if (this.#watched === envelope) return
    this.#watched = envelope
    const { resolve } = envelope
    envelope.resolve = (answer) => {
      resolve?.(answer)
      settled()
    }
  }
}
