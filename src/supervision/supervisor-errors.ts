/** Why a supervisor does not do what it is asked for. */

import { isOurs, Unavailable } from "../kernel/errors.ts"
import { formatToldReason } from "../kernel/exit-reason.ts"
import type { SupervisedChild } from "./supervised-child.ts"

/**
 * Whoever asked for it may have waited for one that ran, and crashed on another's request. To ask again helps, unless the child's own error says that
 * it does not: a file that is no store's is none the next time either.
 */
export function startError(supervisor: string, child: SupervisedChild): Unavailable {
  const reason = child.toldReason ?? "shutdown"
  const details = { supervisor, child: child.spec.id, reason }
  const message = `${child.spec.id} could not be started by ${supervisor}: ${formatToldReason(reason)}`
  if (typeof reason !== "object" || !("error" in reason) || reason.error === undefined) return new Unavailable(message, { details })
  const cause = reason.error
  return new Unavailable(message, { details, cause, retryable: !isOurs(cause) || cause.retryable })
}

export function stoppingError(supervisor: string, retryable = true): Unavailable {
  return new Unavailable(`${supervisor} is stopping`, { details: { supervisor }, retryable })
}
