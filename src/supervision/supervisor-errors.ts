/** Why a supervisor does not do what it is asked for. */

import { Unavailable } from "../kernel/errors.ts"
import { formatExitReason } from "../kernel/exit-reason.ts"
import type { SupervisedChild } from "./supervised-child.ts"

export function startError(supervisor: string, child: SupervisedChild): Unavailable {
  const reason = child.lastReason ?? "shutdown"
  const details = { supervisor, child: child.spec.id, reason }
  const message = `${child.spec.id} could not be started by ${supervisor}: ${formatExitReason(reason)}`
  return new Unavailable(message, typeof reason === "object" && "error" in reason ? { details, cause: reason.error } : { details })
}

export function stoppingError(supervisor: string): Unavailable {
  return new Unavailable(`${supervisor} is stopping`, { details: { supervisor } })
}
