/**
 * Who asks a service that is down, and would wait for itself: the service starts again only after the one that asks has ended, or after it has
 * started. So it is where both go down for the restart of one group, where one comes before the other in it, and where one requires the other.
 *
 * A message that waits for a restart which does not depend on its sender goes on waiting.
 */

import type { Party } from "../kernel/envelope.ts"
import { type PigeonholeError, Unavailable } from "../kernel/errors.ts"
import { heldUpWith } from "../kernel/impasse.ts"
import { keeperOf } from "../kernel/pid.ts"
import { SupervisedChild } from "../supervision/supervised-child.ts"
import type { ServiceRecord } from "./service-record.ts"

export type RecordOf = (id: string) => ServiceRecord | undefined

/** Why the next incarnation of the service waits for that process; `undefined`: it does not. */
export function impasseAt(record: ServiceRecord, asker: Party, recordOf: RecordOf): PigeonholeError | undefined {
  for (const child of childrenWith(asker)) if (awaits(record, child, recordOf)) return impasseError(record, asker, child)
  return undefined
}

/** Why it ends no sooner than that process does, which is its own, or below it; `undefined`: it may. */
export function ownEndAt(record: ServiceRecord, asker: Party): PigeonholeError | undefined {
  for (const child of childrenWith(asker)) if (child === record.child) return impasseError(record, asker, child)
  return undefined
}

/** The children of supervisors that end, or start, no sooner than the process does: its own, and those above. */
function* childrenWith(asker: Party): Iterable<SupervisedChild> {
  for (const process of heldUpWith(asker)) {
    for (let each: Party | undefined = process; each !== undefined; each = each.parent) {
      const keeper = keeperOf(each.pid)
      // Whoever is started by a process, and not by its supervisor, lives on without it.
      if (!(keeper instanceof SupervisedChild) || keeper.process !== each) break
      yield keeper
    }
  }
}

function awaits({ child, requires, comesWith }: ServiceRecord, other: SupervisedChild, recordOf: RecordOf): boolean {
  if (comesWith !== undefined && awaits(comesWith, other, recordOf)) return true
  if (child === undefined) return false
  if (child === other || child.plan?.awaits(child, other) === true) return true
  return requires.some((id) => {
    const required = recordOf(id)
    if (required === undefined || required.state === "running") return false
    return required.child === other || awaits(required, other, recordOf)
  })
}

function impasseError({ id, state }: ServiceRecord, { label }: Party, { spec, state: own }: SupervisedChild): PigeonholeError {
  const when = own === "starting" ? "started" : "ended"
  const message = `${id} is down, and starts again only after ${spec.id} has ${when}: ${label}, which asks it, would wait for itself`
  return new Unavailable(message, { details: { id, state, awaits: spec.id, asker: label } })
}
