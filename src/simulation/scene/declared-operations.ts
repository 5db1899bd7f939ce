/**
 * The operations that a scenario has declared: which of them this schedule does. Each is a decision of its own, taken when it is declared.
 *
 * Invariant: what is left out is never seen by the scenario, and what is left stays in its order.
 */

import type { Party } from "../../kernel/envelope.ts"
import { Conflict } from "../../kernel/errors.ts"
import type { Decider } from "../schedule/decider.ts"
import { LEFT_OUT, OperationChoice } from "../schedule/operation.ts"
import { actorOf } from "./actor.ts"

export class DeclaredOperations {
  readonly #decider: Pick<Decider, "choose">
  /** By who has declared them: how many lists. */
  readonly #lists = new Map<string, number>()
  /** The scenario has ended: who looks at what it did may not declare any. */
  hasEnded = false

  constructor(decider: Pick<Decider, "choose">) {
    this.#decider = decider
  }

  /** Those of the list that are done. Errors: Conflict, from outside where the scenario has ended. */
  keptOf<Item>(list: readonly Item[], caller: Party | undefined): readonly Item[] {
    if (this.hasEnded && caller === undefined) throw notNow()
    const actor = actorOf(caller)
    const number = this.#lists.get(actor) ?? 0
    this.#lists.set(actor, number + 1)
    return list.filter((item, place) => {
      return this.#decider.choose("operation", [new OperationChoice(actor, number, place, item), LEFT_OUT], 0) === 0
    })
  }
}

/** Declared by who is no scenario that runs. */
export function notNow(): Conflict {
  return new Conflict(
    "world.operations is for a scenario, while its schedule goes on: an invariant looks at what the scenario has kept, and a schedule that is over has no operations",
    { details: { target: "world", operation: "operations" } },
  )
}
