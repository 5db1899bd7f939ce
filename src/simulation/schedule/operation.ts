/**
 * Operations of a scenario, as it declares them: whether each is done is a decision like any other. The base order does all; no strategy leaves one
 * out, and whoever makes a failure short does.
 */

import { brief, briefText } from "../text/value-text.ts"
import type { Choice } from "./step.ts"

/** That it is done. */
export class OperationChoice implements Choice {
  readonly id = 0
  readonly kind = "operation"
  readonly actor: string
  readonly from: string
  readonly at = 0
  /** Tells it from all others of the schedule, and is the same in another that goes another way. */
  readonly key: string
  readonly #item: unknown

  /** `list`: the how many-th of that actor's. */
  constructor(actor: string, list: number, place: number, item: unknown) {
    this.actor = actor
    this.from = actor
    this.key = `${actor} ${list} ${place}`
    this.#item = item
  }

  /** Made when it is asked for: of the schedules that pass nobody does. */
  get what(): string {
    return typeof this.#item === "string" ? this.#item : named(this.#item)
  }
}

/** A command that says itself what it does, as those of fast-check do, and a function that has a name, are told by that. */
function named(item: unknown): string {
  try {
    if (typeof item === "function") return item.name === "" ? "a function" : String(item.name)
    if (typeof item !== "object" || item === null || item.toString === Object.prototype.toString) return briefText(item)
    return Array.isArray(item) ? briefText(item) : brief(String(item))
  } catch {
    return "what cannot be shown"
  }
}

/** That it is left out: as good as if the scenario had never had it. */
export const LEFT_OUT: Choice = { id: 0, kind: "operation", actor: "", from: "", what: "left out", at: 0 }

/** The operation that a decision is about; `undefined` for all others. */
export function operationIn([first]: readonly Choice[]): OperationChoice | undefined {
  return first instanceof OperationChoice ? first : undefined
}
