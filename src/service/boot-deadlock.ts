/** Who asks, while it starts, what waits for that start: a child its supervisor. */

import type { Party } from "../kernel/envelope.ts"
import { Conflict } from "../kernel/errors.ts"
import type { Process } from "../kernel/process.ts"
import type { ServiceRecord } from "./service-record.ts"

/** Why a service that starts cannot answer before that caller has started: it is below it, and waited for. `undefined`: it can. */
export function bootDeadlockOf({ id, inbox }: ServiceRecord, caller: Process | undefined): Conflict | undefined {
  const { owner } = inbox
  if (owner === undefined || owner.isStarted || caller === undefined || caller.isStarted) return undefined
  return descendsFrom(caller, owner) ? bootError(id, caller) : undefined
}

function descendsFrom({ parent }: Party, ancestor: Party): boolean {
  return parent === ancestor || (parent !== undefined && descendsFrom(parent, ancestor))
}

function bootError(id: string, caller: Process): Conflict {
  const message = `${id} answers when all its children run, and waits for ${caller.label} to start: ask it after init`
  return new Conflict(message, { details: { id, caller: caller.label } })
}
