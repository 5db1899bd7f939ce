/**
 * What is under way beyond what the runtime can see: asynchronous callbacks that wait for nothing of the runtime (no answer, no receive, no
 * task), and requests that were taken and are answered by something that nobody waits for. Kept for a host that asks, and for no other.
 *
 * Which of several callbacks of a process waits for the runtime is not known, but how many such waits there are: so many are left out.
 */

import type { Envelope, Party } from "./envelope.ts"
import type { WorkUnderWay } from "./host.ts"

export class Workload {
  readonly #processes: Iterable<Party>
  readonly #asked = new Set<Envelope>()
  readonly #waits = new Map<Party, number>()
  readonly #beside = new Set<WorkUnderWay>()

  constructor(processes: Iterable<Party>) {
    this.#processes = processes
  }

  /** A process has asked. */
  asked(envelope: Envelope): void {
    this.#asked.add(envelope)
  }

  /** A process has begun to wait for something of the runtime's. */
  began(process: Party): void {
    this.#waits.set(process, (this.#waits.get(process) ?? 0) + 1)
  }

  /** One such wait is over. */
  ended(process: Party): void {
    const left = (this.#waits.get(process) ?? 0) - 1
    if (left > 0) this.#waits.set(process, left)
    else this.#waits.delete(process)
  }

  /** A user's promise is waited for that is no callback's of a process. Returns what says that this is over. */
  beside(label: string): () => void {
    const work: WorkUnderWay = { label, token: {}, kind: "callback" }
    this.#beside.add(work)
    return () => void this.#beside.delete(work)
  }

  underWay(): readonly WorkUnderWay[] {
    const waits = this.#countWaits()
    const ofProcesses = [...this.#processes].flatMap((process) => workOf(process).slice(waits.get(process) ?? 0))
    return [...this.#beside, ...ofProcesses]
  }

  #countWaits(): ReadonlyMap<Party, number> {
    const waits = new Map(this.#waits)
    for (const envelope of this.#asked) {
      const { asker, isSettled } = envelope
      if (isSettled) this.#asked.delete(envelope)
      else if (asker !== undefined) waits.set(asker, (waits.get(asker) ?? 0) + 1)
    }
    return waits
  }
}

function workOf(process: Party): readonly WorkUnderWay[] {
  const { label, work, owedAnswers } = process
  return [
    ...work.map((token) => ({ label, token, kind: "callback" }) as const),
    ...owedAnswers.map((token) => ({ label, token, kind: token.isAnswered ? "callback" : "answer" }) as const),
  ]
}
