/** What a supervisor shows of a child. */

import type { ChildSpec } from "./child-spec.ts"
import type { SupervisedChild } from "./supervised-child.ts"
import type { ChildDetails, ChildSpecView, ChildStatus } from "./supervisor-route.ts"

export function statusOf({ spec, state, process }: SupervisedChild): ChildStatus {
  return { id: spec.id, type: spec.type, state, pid: process?.pid }
}

export function detailsOf(child: SupervisedChild, now: number): ChildDetails {
  const { spec, lastPid, lastReason, restarts, nextAttemptAt } = child
  const { restart, shutdown } = spec
  return { ...statusOf(child), restart, shutdown, lastPid, lastReason, restarts: restarts?.within(now) ?? 0, nextAttemptAt }
}

export function specViewOf(spec: ChildSpec): ChildSpecView {
  const { id, type, restart, shutdown, state, significant, backoff, startTimeoutMs, autoStart, requires = [] } = spec
  return { id, type, restart, shutdown, state, significant, backoff, startTimeoutMs, autoStart, requires }
}
