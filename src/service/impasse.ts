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

/** A process waits until that service is there. */
export interface RecordWait {
  readonly record: ServiceRecord
  readonly asker: Party
}

/** Why who waits could only wait for itself: the service waits for it, or for others that wait so for what waits for it. Cost O(waits²), while any are open. */
export function waitsForItself(
  { record, asker }: RecordWait,
  waits: Iterable<RecordWait>,
  recordOf: RecordOf,
): PigeonholeError | undefined {
  const held = new Set(childrenWith(asker))
  const open = new Set(waits)
  // Each that is found waits for one of those found before, so all it holds up is held up too.
  for (let size = -1; size !== open.size; ) {
    size = open.size
    const awaited = [...held].find((child) => awaits(record, child, recordOf))
    if (awaited !== undefined) return impasseError(record, asker, awaited)
    for (const wait of open) {
      if (wait.asker === asker || ![...held].some((child) => awaits(wait.record, child, recordOf))) continue
      open.delete(wait)
      for (const child of childrenWith(wait.asker)) held.add(child)
    }
  }
  return undefined
}

/** It starts, or ends, and what it waits for meanwhile is the one that waits for it. */
export function circleError({ id, state }: ServiceRecord, { label }: Party): PigeonholeError {
  const message = `${id} is ${state}, and that waits for ${label}, which acquires it: it could only wait for itself`
  return new Unavailable(message, { details: { id, state, asker: label } })
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

function awaits(record: ServiceRecord, other: SupervisedChild, recordOf: RecordOf): boolean {
  const { child, requires, comesWith } = record
  if (comesWith !== undefined && awaits(comesWith, other, recordOf)) return true
  const above = downAbove(record)
  if (above !== undefined && awaits(above, other, recordOf)) return true
  if (child === undefined) return false
  if (child === other || child.plan?.awaits(child, other) === true || bootsAfter(child, other)) return true
  return requires.some((id) => {
    const required = recordOf(id)
    if (required === undefined || required.child?.state === "running") return false
    return required.child === other || awaits(required, other, recordOf)
  })
}

/** The supervisor above it with whose next incarnation it comes: it is down, or about to be, or has left those between. */
function downAbove({ child, parent }: ServiceRecord): ServiceRecord | undefined {
  const state = parent?.child?.state
  if (state !== undefined && state !== "running" && state !== "starting") return parent
  return parent !== undefined && child?.supervisor.isSuperseded === true ? downAbove(parent) : undefined
}

/** Whether its supervisor boots, and starts it in its turn, behind the other one. */
function bootsAfter(child: SupervisedChild, other: SupervisedChild): boolean {
  const { supervisor, spec, lastPid, order } = child
  return supervisor === other.supervisor && !supervisor.isStarted && spec.autoStart && lastPid === undefined && other.order < order
}

function impasseError({ id, state }: ServiceRecord, { label }: Party, { spec, state: own }: SupervisedChild): PigeonholeError {
  const when = own === "starting" ? "started" : "ended"
  const message = `${id} is down, and starts again only after ${spec.id} has ${when}: ${label}, which asks it, would wait for itself`
  return new Unavailable(message, { details: { id, state, awaits: spec.id, asker: label } })
}
