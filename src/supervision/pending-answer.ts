/**
 * The answer to a request that waits for a child. It is given in the very step in which the child is there: in the next one its supervisor
 * may begin to end, and what was done would be answered as refused.
 */

import type { SupervisedChild } from "./supervised-child.ts"

export class PendingAnswer {
  readonly child: SupervisedChild
  /** Whether it can be given. */
  readonly test: (child: SupervisedChild) => boolean
  /** Gives it, or throws it. */
  readonly answer: () => unknown

  constructor(child: SupervisedChild, test: (child: SupervisedChild) => boolean, answer: () => unknown) {
    this.child = child
    this.test = test
    this.answer = answer
  }
}

export function onceDown(child: SupervisedChild): PendingAnswer {
  return new PendingAnswer(
    child,
    ({ isDown }) => isDown,
    () => undefined,
  )
}
