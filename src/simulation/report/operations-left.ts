/** Which operations of the scenario a failure needs, as far as that was found: in numbers, and in the words of the operations. */

import type { DecisionsMade } from "../schedule/decider.ts"
import { operationsOf } from "../strategies/shrink-operations.ts"
import { plain, wrapped } from "../text/plain-text.ts"

/** What is left of the operations that a scenario has declared. */
export interface OperationsLeft {
  /** So many were declared. */
  readonly of: number
  /** Those that were done, in words, in the order in which they were declared. */
  readonly left: readonly string[]
}

const LISTED = 20

/** Nothing, where the scenario has declared none. */
export function operationsLeft(decider: DecisionsMade): { readonly operations?: OperationsLeft } {
  const { all, kept } = operationsOf(decider)
  return all.length === 0 ? {} : { operations: { of: all.length, left: kept.map(({ what }) => what) } }
}

/** `The scenario's operations (2 of 40)`. */
export function operationsHead({ of, left }: OperationsLeft): string {
  return `The scenario's operations (${left.length === of ? `all ${of}` : `${left.length} of ${of}`})`
}

/** One a line; of many the first ones. */
export function operationLines({ left }: OperationsLeft, width: number): readonly string[] {
  if (left.length === 0) return ["  none is needed"]
  const shown = left.slice(0, LISTED).flatMap((text) => wrapped(plain(text), width, "  - "))
  return left.length > LISTED ? [...shown, `  and ${left.length - LISTED} more`] : shown
}
