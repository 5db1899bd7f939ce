/**
 * A restart that is planned: what its children wait for until they are started again.
 *
 * A plan counts as long as its children name it as theirs: what is decided later about a child takes that away, and then it does nothing any
 * more.
 */

export interface RestartPlan<Child> {
  /** Whether the end of that child belongs to the failure that the plan is for. */
  absorbs(child: Child): boolean
  /** Whether that child is to go down now, or to stay down. */
  holds(child: Child): boolean
  /** Whether that child may be started now. */
  admits(child: Child): boolean
  /** Whether that child is started only after the other one has ended, or after it has started. */
  awaits(child: Child, other: Child): boolean
  /** Others wait for that child, which may have been added behind them: if it is the turn of one of those, it need not wait for its own. */
  pull(child: Child, waiting: Iterable<Child>): void
  /** The child is in another state. */
  moved(child: Child): void
}

/** One child that waits out its backoff, and then for its turn in the supervisor's inbox. */
export class LoneRestart implements RestartPlan<unknown> {
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
