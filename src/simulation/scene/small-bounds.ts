/**
 * Bounds that a schedule makes small, as a fault is found sooner where little is enough: how much an inbox holds, how much a store removes at once. Each
 * is a decision, taken when it matters first, and told as a step. An inbox that is full for one message, however little waits in it, is another.
 */

import type { Inbox } from "../../kernel/inbox.ts"
import type { Decider } from "../schedule/decider.ts"
import type { Fault } from "../schedule/step.ts"
import { actorBehind } from "./actor.ts"
import { FaultChoice, NONE } from "./faults.ts"
import type { SmallBound } from "./scene-port.ts"

/** So much room an inbox of a service has at most, where it is made small. */
const MOST_ROOM = 3

export class SmallBounds {
  readonly #decider: Pick<Decider, "choose">
  readonly #tell: (fault: Fault, choices: number) => void
  /** Whatever was drawn holds as long as the schedule. */
  readonly #drawn = new Map<string, number | undefined>()

  constructor(decider: Pick<Decider, "choose">, tell: (fault: Fault, choices: number) => void) {
    this.#decider = decider
    this.#tell = tell
  }

  /** How small it is; `undefined`: as it is made. */
  readonly of = (kind: SmallBound, actor: string): number | undefined => {
    const name = `${kind} ${actor}`
    if (!this.#drawn.has(name)) this.#drawn.set(name, this.#draw(kind, actor))
    return this.#drawn.get(name)
  }

  /** Whether it takes no message now: decided anew for each. */
  readonly isFull = (inbox: Inbox): boolean => {
    return this.#choose([{ kind: "inbox_full", actor: actorBehind(inbox), what: "" }]) === 1
  }

  #draw(kind: SmallBound, actor: string): number | undefined {
    const sizes = kind === "small_inbox" ? MOST_ROOM : 1
    const chosen = this.#choose(Array.from({ length: sizes }, (_, index) => ({ kind, actor, what: `${index + 1}` })))
    return chosen === 0 ? undefined : chosen
  }

  /** Which of them it is, from 1; 0: none. */
  #choose(faults: readonly Fault[]): number {
    const choices = [NONE, ...faults.map((fault) => new FaultChoice(fault, () => {}))].map(({ choice }) => choice)
    const chosen = this.#decider.choose("fault", choices, 0)
    const fault = faults[chosen - 1]
    if (fault !== undefined) this.#tell(fault, choices.length)
    return chosen
  }
}
