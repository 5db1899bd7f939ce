/**
 * A restart that is planned: what its children wait for until they are started again.
 *
 * A plan counts as long as its children name it as theirs: what is decided later about a child takes that away, and then it does nothing any
 * more.
 */

import type { SupervisedChild } from "./supervised-child.ts"

export interface RestartPlan {
  /** Whether the end of that child belongs to the failure that the plan is for. */
  absorbs(child: SupervisedChild): boolean
  /** Whether that child is to go down now, or to stay down. */
  holds(child: SupervisedChild): boolean
  /** Whether that child may be started now. */
  admits(child: SupervisedChild): boolean
  /** Whether that child is started only after the other one has ended, or after it has started. */
  awaits(child: SupervisedChild, other: SupervisedChild): boolean
  /** Others wait for that child, which may have been added behind them: if it is the turn of one of those, it need not wait for its own. */
  pull(child: SupervisedChild, waiting: Iterable<SupervisedChild>): void
  /** The child is in another state. */
  moved(child: SupervisedChild): void
}

/** One child that waits out its backoff, and then for its turn in the supervisor's inbox. */
export class LoneRestart implements RestartPlan {
  absorbs(): boolean {
    return false
  }
  holds(): boolean {
    return false
  }
  admits(): boolean {
    return false
  }
  awaits(): boolean {
    return false
  }
  pull(): void {}
  moved(): void {}
}
