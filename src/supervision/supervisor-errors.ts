/** Why a supervisor does not do what it is asked for. */

import { Unavailable } from "../kernel/errors.ts"
import { formatToldReason } from "../kernel/exit-reason.ts"
import type { SupervisedChild } from "./supervised-child.ts"

/** Whoever asked for it may have waited for one that ran, and crashed on another's request. */
export function startError(supervisor: string, child: SupervisedChild): Unavailable {
  const reason = child.toldReason ?? "shutdown"
  const details = { supervisor, child: child.spec.id, reason }
  const message = `${child.spec.id} could not be started by ${supervisor}: ${formatToldReason(reason)}`
  return new Unavailable(
    message,
    typeof reason === "object" && "error" in reason && reason.error !== undefined ? { details, cause: reason.error } : { details },
  )
}

export function stoppingError(supervisor: string, retryable = true): Unavailable {
  return new Unavailable(`${supervisor} is stopping`, { details: { supervisor }, retryable })
}
