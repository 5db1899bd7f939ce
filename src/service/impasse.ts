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
import type { HolderWaits } from "../topology/holder-waits.ts"
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
  /** It waits for the supervisor above what it wants, until that runs; for any other until it starts, or is to, and while it starts or ends. */
  readonly isAbove: boolean
  readonly asker: Party
}

/** Waits, up to which it is looked through them for who waits for whom: very many at once must not be looked through by each. */
const FEW = 32

/** Why who waits for a supervisor could only wait for itself: that waits for it, or for others that wait so for what waits for it. */
export function waitsForItself(
  { record, isAbove, asker }: RecordWait,
  waits: ReadonlySet<RecordWait>,
  recordOf: RecordOf,
): PigeonholeError | undefined {
  if (!isAbove) return undefined
  const held = new Set(childrenWith(asker))
  const open = new Set(waits.size > FEW ? [] : [...waits].filter((wait) => wait.asker !== asker && isBlocked(wait.asker)))
  // Each that is found waits for one of those found before, so all it holds up is held up too.
  for (let size = -1; size !== open.size; ) {
    size = open.size
    const awaited = [...held].find((child) => awaits(record, child, recordOf))
    if (awaited !== undefined) return impasseError(record, asker, awaited)
    for (const wait of open) {
      if (![...held].some((child) => (wait.isAbove ? awaits(wait.record, child, recordOf) : wait.record.child === child))) continue
      open.delete(wait)
      for (const child of childrenWith(wait.asker)) held.add(child)
    }
  }
  return undefined
}

/** Whether it goes on only when what it waits for is there, as far as anybody can tell: it starts, ends, or is at work. */
function isBlocked({ isStarted, status, work }: Party): boolean {
  return status !== "ended" && (!isStarted || status === "ending" || work.length > 0)
}

/** Who starts, or ends, before the service starts: its own last incarnation, and those of what it requires or comes with. */
export function* awaitedBy(record: ServiceRecord, recordOf: RecordOf): Iterable<Party> {
  const { child, requires, comesWith } = record
  if (child?.process !== undefined) yield child.process
  for (const other of [comesWith, downAbove(record), ...requires.map(recordOf)])
    if (other !== undefined && !isServed(other)) yield* awaitedBy(other, recordOf)
}

/** Why who waits for the service, by way of those, would wait for itself: one of them starts, or ends, and goes on only after the asker has. */
export function circleAt(record: ServiceRecord, asker: Party, awaited: Iterable<Party>, waits: HolderWaits): PigeonholeError | undefined {
  for (const process of awaited) if (waits.leadsBack(process, asker)) return circleError(record, asker)
  return undefined
}

function circleError({ id, state }: ServiceRecord, { label }: Party): PigeonholeError {
  const message = `${id} is ${state}, and that waits for ${label}, which waits for it: it could only wait for itself`
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
      // A supervisor that boots waits for none that has started.
      if (each.isStarted && each.parent?.isStarted === false) break
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
    if (required === undefined || isServed(required)) return false
    return required.child === other || awaits(required, other, recordOf)
  })
}

/** The supervisor above it with whose next incarnation it comes: it is down, or about to be, or has left those between. */
function downAbove({ child, parent }: ServiceRecord): ServiceRecord | undefined {
  const state = parent?.child?.state
  if (state !== undefined && state !== "running" && state !== "starting") return parent
  return parent !== undefined && child?.supervisor.isSuperseded === true ? downAbove(parent) : undefined
}

/** Whether it runs, and is no left-over of a supervisor that was killed. */
function isServed({ child }: ServiceRecord): boolean {
  return child?.state === "running" && !child.supervisor.isSuperseded
}

/** Whether its supervisor boots, and starts the other one meanwhile: behind that it starts it in its turn, or, where it has ended, anew. */
function bootsAfter({ supervisor, spec, state, lastPid, order }: SupervisedChild, other: SupervisedChild): boolean {
  if (supervisor !== other.supervisor || supervisor.isStarted || other.state !== "starting") return false
  if (lastPid === undefined) return spec.autoStart && other.order < order
  // Of an end by itself its supervisor hears once it has booted.
  return state === "running"
}

function impasseError({ id, state }: ServiceRecord, { label }: Party, { spec, state: own }: SupervisedChild): PigeonholeError {
  const when = own === "starting" ? "started" : "ended"
  const message = `${id} is down, and starts again only after ${spec.id} has ${when}: ${label}, which asks it, would wait for itself`
  return new Unavailable(message, { details: { id, state, awaits: spec.id, asker: label } })
}
