/** The answers of a scene that were given and have not arrived. Those of one process to another stay in order; the scenario outside may wait for several at once. */

import type { Party } from "../../kernel/envelope.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import type { Answer, Asked, Candidate, Sender, Waiting } from "./candidate.ts"
import { takeOut } from "./take-out.ts"

/** Up to so many are gone through one by one, which is cheaper than to put them down by whose they are. */
const FEW = 16

/** By whom they are for and by whom they are from, those that come first. */
type Heads = ReadonlyMap<Party, ReadonlyMap<Inbox, Answer>>

export class Answers {
  readonly #all: Answer[] = []
  /** Of what is there now, where somebody has asked. */
  #heads: Heads | undefined = undefined

  /** At its place: it may be seen later than one that was given after it. */
  add(answer: Answer): void {
    this.#heads = undefined
    const last = this.#all.at(-1)
    if (last === undefined || last.choice.id < answer.choice.id) return void this.#all.push(answer)
    const behind = this.#all.findLastIndex(({ choice }) => choice.id < answer.choice.id)
    this.#all.splice(behind + 1, 0, answer)
  }

  take(answer: Answer): void {
    this.#heads = undefined
    takeOut(this.#all, answer)
  }

  /** That to one request, where it is on its way. */
  takeOf(asked: Asked): Answer | undefined {
    const answer = this.#all.find((other) => other.asked === asked)
    if (answer !== undefined) this.take(answer)
    return answer
  }

  /** Those that could arrive next. */
  find(now: number, found: Candidate[]): void {
    const [first] = this.#all
    if (first === undefined) return
    if (this.#all.length === 1) {
      if (first.heldUntil <= now) found.push(first)
      return
    }
    for (const answer of this.#all) if (answer.heldUntil <= now && this.#isFirst(answer)) found.push(answer)
  }

  /** Of those of one process to another. */
  #isFirst(answer: Answer): boolean {
    const { asker, inbox } = answer.asked
    if (asker === undefined || inbox === undefined) return true
    if (this.#all.length > FEW) return this.#headOf(asker, inbox) === answer
    return this.#all.find(({ asked }) => asked.asker === asker && asked.inbox === inbox) === answer
  }

  /** Those that are held up may arrive now. */
  letGo(): void {
    for (const answer of this.#all) answer.heldUntil = 0
  }

  get all(): readonly Answer[] {
    return this.#all
  }

  /** Whether the sender of that message has given its receiver an answer before, which has not arrived. */
  readonly precedes = ({ sender, choice: { id } }: Waiting, receiver: Party): boolean => {
    if (this.#all.length === 0) return false
    if (this.#all.length > FEW) return (this.#headOf(receiver, sender)?.choice.id ?? id) < id
    return this.#all.some((answer) => answer.choice.id < id && answer.asked.inbox === sender && answer.asked.asker === receiver)
  }

  #headOf(asker: Party, from: Sender): Answer | undefined {
    return this.#first()
      .get(asker)
      ?.get(from as Inbox)
  }

  #first(): Heads {
    this.#heads ??= headsOf(this.#all)
    return this.#heads
  }
}

function headsOf(answers: readonly Answer[]): Heads {
  const heads = new Map<Party, Map<Inbox, Answer>>()
  for (const answer of answers) {
    const { asker, inbox } = answer.asked
    if (asker === undefined || inbox === undefined) continue
    const from = heads.get(asker) ?? new Map<Inbox, Answer>()
    if (!from.has(inbox)) heads.set(asker, from.set(inbox, answer))
  }
  return heads
}
