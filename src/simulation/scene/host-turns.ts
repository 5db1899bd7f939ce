/**
 * What waits for a turn of the host's: what the program has asked for, each a step of its own, and what the runtime has put off to the next one.
 *
 * Where each step may be such a turn, that is at the end of the step. Where several are one turn, as one runtime has them today, it is before what only the host
 * can bring: a timer, a turn that was asked for, a call outside.
 */

import type { Order } from "../schedule/schedule.ts"
import { Armed, Calling, type Candidate, HostTurn } from "./candidate.ts"
import { takeOut } from "./take-out.ts"

export class HostTurns {
  readonly #asked: HostTurn[] = []
  readonly #putOff: (() => void)[] = []
  readonly #isEachStepATurn: boolean

  constructor(order: Order) {
    this.#isEachStepATurn = order === "contract"
  }

  add(turn: HostTurn): HostTurn {
    this.#asked.push(turn)
    return turn
  }

  clear(turn: unknown): void {
    takeOut(this.#asked, turn as HostTurn)
  }

  /** Those that could be next. */
  find(found: Candidate[]): void {
    if (this.#asked.length > 0) found.push(this.#asked[0] as HostTurn)
  }

  readonly putOff = (callback: () => void): void => void this.#putOff.push(callback)

  before(candidate: Candidate): void {
    if (this.#putOff.length > 0 && isOfHost(candidate)) this.#begin()
  }

  afterStep(): void {
    if (this.#putOff.length > 0 && this.#isEachStepATurn) this.#begin()
  }

  #begin(): void {
    for (const callback of this.#putOff.splice(0)) callback()
  }
}

function isOfHost(candidate: Candidate): boolean {
  return candidate instanceof Armed || candidate instanceof HostTurn || candidate instanceof Calling
}
