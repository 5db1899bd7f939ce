/**
 * Who waits for whom: finds the circle of calls that a request was part of whose time has run out.
 *
 * It is looked for only then, from what waits at each process and who asked for that, and so far only: a flood of timeouts must not look through a
 * flood of messages each time.
 */

import type { Envelope } from "./envelope.ts"
import { Conflict, type PigeonholeError } from "./errors.ts"
import type { Process } from "./process.ts"

/** Requests that are looked at before the search is given up. */
const LOOKS = 256

/** The labels on the way from `asker` to `target` and back to itself; `undefined` where no such way is found. */
export function circleOf(asker: Process, target: Process | undefined): readonly string[] | undefined {
  if (target === undefined) return undefined
  /** By who waits: for whom. */
  const waitsFor = new Map<Process, Process>()
  const reached = [asker]
  let looks = LOOKS
  for (const process of reached) {
    const requests = unansweredAt(process, looks)
    looks -= requests.length
    for (const { asker: waiting, isSettled } of requests) {
      if (waiting === undefined || isSettled || waitsFor.has(waiting) || waiting === asker) continue
      waitsFor.set(waiting, process)
      if (waiting === target) return labels(asker, target, waitsFor)
      reached.push(waiting)
    }
    if (looks <= 0) return undefined
  }
  return undefined
}

/** What it has taken, and then what waits for it; so many at most. */
function unansweredAt(process: Process, most: number): readonly Envelope[] {
  const { underWay } = process
  const taken = underWay === undefined ? [] : [underWay]
  return [...taken, ...process.openRequests(most), ...process.inbox.first(most)].slice(0, most)
}

function labels(asker: Process, target: Process, waitsFor: ReadonlyMap<Process, Process>): readonly string[] {
  const names = [asker.label]
  for (let process: Process | undefined = target; process !== undefined; process = waitsFor.get(process)) names.push(process.label)
  return names
}

/** The refusal of a request that could only wait for itself. */
export function selfAskError(label: string): PigeonholeError {
  return new Conflict(`${label} asked itself: it could only wait for its own answer`, { details: { target: label } })
}
