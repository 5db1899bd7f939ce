/** The steps of a schedule, told one after the other as data. What follows from one by promises belongs to it: it is open until the next. */

import type { Sent, Step } from "../schedule/step.ts"

/** What is known of a step when it has been carried out. */
type Taken = Pick<Step, "choice" | "fault" | "choices" | "instead" | "took">

type OpenStep = { -readonly [Field in keyof Step]: Step[Field] }

const NOTHING: readonly never[] = []

export class ToldSteps {
  readonly all: OpenStep[] = []
  readonly #notes: string[] = []

  /** `at`: the clock, in ms from the start. */
  tell(at: number, { choice, fault, choices, instead, took }: Taken): void {
    this.all.push({ index: this.all.length, at, choice, fault, choices, instead, took, sent: NOTHING, notes: NOTHING })
  }

  note(...texts: readonly string[]): void {
    this.#notes.push(...texts)
  }

  /** What followed from the last one: what was sent, as it is asked for, and what was noted. */
  follow(scene: { takeSent(): readonly Sent[] }): void {
    const step = this.all.at(-1)
    if (step === undefined) return
    const sent = scene.takeSent()
    if (sent.length + this.#notes.length === 0) return
    step.sent = sent
    step.notes = this.#notes.length === 0 ? NOTHING : this.#notes.splice(0)
  }
}
