/**
 * Who waits for whom: finds the circle of calls that a request was part of whose time has run out.
 *
 * It is looked for only then, from what waits at each process and who asked for that, and so far only: a flood of timeouts must not look through a
 * flood of messages each time.
 */

import type { Envelope, Party } from "./envelope.ts"
import { Conflict, type PigeonholeError } from "./errors.ts"
import { heldUpWith } from "./impasse.ts"

/** Requests that are looked at before the search is given up. */
const LOOKS = 256

/** The labels on the way from `asker` to `target` and back to itself; `undefined` where no such way is found. */
export function circleOf(asker: Party, target: Party | undefined): readonly string[] | undefined {
  if (target === undefined) return undefined
  const start = [...waitingBy(asker)]
  /** By who waits: for whom. */
  const waitsFor = new Map<Party, Party>()
  if (start.includes(target)) return labels(start, target, waitsFor)
  const reached = [...start]
  let looks = LOOKS
  for (const process of reached) {
    const requests = unansweredAt(process, looks)
    looks -= requests.length
    for (const { asker: waiting, isSettled } of requests) {
      if (waiting === undefined || isSettled) continue
      let next = process
      for (const each of waitingBy(waiting)) {
        if (waitsFor.has(each) || start.includes(each)) break
        waitsFor.set(each, next)
        if (each === target) return labels(start, target, waitsFor)
        reached.push(each)
        next = each
      }
    }
    if (looks <= 0) return undefined
  }
  return undefined
}

/** Who asks and, where that is a task, who is at work and waits for it, and so on. */
function* waitingBy(asker: Party): Iterable<Party> {
  for (const process of heldUpWith(asker)) {
    if (process !== asker && process.work.length === 0) return
    yield process
  }
}

/** What it has taken, and then what waits for it; so many at most. */
function unansweredAt(process: Party, most: number): readonly Envelope[] {
  const { underWay } = process
  const taken = underWay === undefined ? [] : [underWay]
  return [...taken, ...process.openRequests(most), ...process.inbox.first(most)].slice(0, most)
}

/** `start`: who asks, and who waits for that; the way comes back to one of them. */
function labels(start: readonly Party[], target: Party, waitsFor: ReadonlyMap<Party, Party>): readonly string[] {
  const way: Party[] = []
  for (let process: Party | undefined = target; process !== undefined; process = waitsFor.get(process)) way.push(process)
  const back = start.slice(0, start.indexOf(way.at(-1) as Party)).toReversed()
  return [...start.slice(0, 1), ...way, ...back].map(({ label }) => label)
}

/** The refusal of a request that could only wait for itself. */
export function selfAskError(label: string): PigeonholeError {
  return new Conflict(`${label} asked itself: it could only wait for its own answer`, { details: { target: label } })
}
