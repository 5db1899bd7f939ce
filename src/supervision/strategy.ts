/**
 * Which siblings share a failed child's fate. A pure table.
 *
 * Source  OTP, supervisor(3), "Supervision Principles".
 */

import { invalid, shown } from "../kernel/errors.ts"

/** Which siblings are restarted with a child that ended, as in OTP: none, all, or those started after it. */
export type Strategy = "one_for_one" | "one_for_all" | "rest_for_one"

const STRATEGIES: readonly string[] = ["one_for_one", "one_for_all", "rest_for_one"]

/** Throws `Invalid` that names the field. */
export function strategyOf(strategy: Strategy | undefined, path: string): Strategy {
  const chosen = strategy ?? "one_for_one"
  if (!STRATEGIES.includes(chosen)) throw invalid(`${path}strategy`, `must be one of ${STRATEGIES.join(", ")}; got ${shown(chosen)}`)
  return chosen
}

/** The children of a supervisor in start order, as far as a strategy asks for them. */
export interface Siblings<Child> {
  list(): readonly Child[]
  /** That child and those behind it. */
  from(child: Child): readonly Child[]
}

/** The children to restart when `failed` has ended, in start order, itself among them. Cost O(those). */
export function restartedWith<Child>(strategy: Strategy, siblings: Siblings<Child>, failed: Child): readonly Child[] {
  switch (strategy) {
    case "one_for_one":
      return [failed]
    case "one_for_all":
      return siblings.list()
    case "rest_for_one":
      return siblings.from(failed)
  }
}
