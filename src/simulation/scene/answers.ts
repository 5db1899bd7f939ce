/** The answers of a scene that were given and have not arrived. Those of one process to another stay in order; the scenario outside may wait for several at once. */

import type { Party } from "../../kernel/envelope.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import type { Answer, Candidate, Waiting } from "./candidate.ts"

export class Answers {
  #all: Answer[] = []

  /** At its place: it may be seen later than one that was given after it. */
  add(answer: Answer): void {
    const last = this.#all.at(-1)
    if (last === undefined || last.choice.id < answer.choice.id) return void this.#all.push(answer)
    const behind = this.#all.findLastIndex(({ choice }) => choice.id < answer.choice.id)
    this.#all.splice(behind + 1, 0, answer)
  }

  take(answer: Answer): void {
    const at = this.#all.indexOf(answer)
    if (at >= 0) this.#all.splice(at, 1)
  }

  /** Those that could arrive next. */
  find(now: number, found: Candidate[]): void {
    const [first] = this.#all
    if (first === undefined) return
    if (this.#all.length === 1) {
      if (first.heldUntil <= now) found.push(first)
      return
    }
    const seen = new Map<Party, Set<Inbox>>()
    for (const answer of this.#all) {
      const { asker, inbox } = answer.asked
      if (asker !== undefined && inbox !== undefined) {
        const from = seen.get(asker) ?? new Set<Inbox>()
        if (from.has(inbox)) continue
        seen.set(asker, from.add(inbox))
      }
      if (answer.heldUntil <= now) found.push(answer)
    }
  }

  get all(): readonly Answer[] {
    return this.#all
  }

  /** Whether the sender of that message has given its receiver an answer before, which has not arrived. */
  readonly precedes = ({ sender, choice: { id } }: Waiting, receiver: Party): boolean => {
    return (
      this.#all.length > 0 &&
      this.#all.some((answer) => answer.choice.id < id && answer.asked.inbox === sender && answer.asked.asker === receiver)
    )
  }
}
