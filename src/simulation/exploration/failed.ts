/** What ends a schedule early: it has failed. */

import { programStack } from "../program/stack-text.ts"
import type { Failure, FailureKind } from "../report/failure.ts"

export class Failed extends Error {
  readonly failure: Omit<Failure, "step">

  constructor(kind: FailureKind, name: string, message: string, more: Partial<Failure> = {}) {
    super(message)
    this.failure = { ...more, kind, name, message }
  }
}

/** What is told of an error beside its message. */
export function thrown(error: unknown): Partial<Failure> {
  const stack = error instanceof Error ? error.stack : undefined
  return stack === undefined ? { error } : { error, details: programStack(stack) }
}
