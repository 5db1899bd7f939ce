/**
 * What every candidate must do, checked against a plain map before it is measured: a fast wrong answer is worth nothing.
 * (What the store's own structure promises beyond that, order for one, is in `test/contracts/expiry.ts`.)
 */

import { seededRandom } from "../../../src/testing.ts"
import type { ExpiryIndex } from "./expiry-index.ts"

const SLOTS = 300
const STEPS = 10_000
const LIMIT = 7

/** From deadlines that have passed to those that the largest rings go round for. */
const HORIZONS_MS = [-50, 40, 3000, 200_000, 40_000_000, 9_000_000_000]

interface Filed {
  readonly deadline: number
  /** The deadline, or the moment at which it was set where it had passed by then. */
  readonly dueFrom: number
}

/** Errors  the first thing that is wrong, with the seed. */
export function selfCheck(index: ExpiryIndex, seed: number): void {
  const random = seededRandom(seed)
  const filed = new Map<number, Filed>()
  let now = 1000.25
  for (let step = 0; step < STEPS; step += 1) {
    const slot = Math.floor(random() * SLOTS)
    const choice = random()
    if (choice < 0.6) {
      const horizon = HORIZONS_MS[Math.floor(random() * HORIZONS_MS.length)] as number
      const deadline = now + random() * horizon
      filed.set(slot, { deadline, dueFrom: Math.max(deadline, now) })
      index.schedule(slot, deadline)
    } else if (choice < 0.7) {
      filed.delete(slot)
      index.cancel(slot)
    } else if (choice < 0.9) now += random() * (choice < 0.88 ? 200 : 50_000)
    else {
      if (choice > 0.99) now += random() * 20_000_000
      sweepAll(index, filed, now)
    }
    if (index.size !== filed.size) throw new Error(`seed ${seed}: holds ${index.size} slots, not ${filed.size}`)
  }
  drain(index, filed, now)
}

function sweepAll(index: ExpiryIndex, filed: Map<number, Filed>, now: number): void {
  const isMore = (): boolean => {
    let taken = 0
    const more = index.sweep(now, LIMIT, (slot) => {
      taken += 1
      const { deadline } = filed.get(slot) ?? { deadline: Number.POSITIVE_INFINITY }
      if (deadline > now) throw new Error(`slot ${slot} was taken out before its time`)
      filed.delete(slot)
    })
    if (taken > LIMIT) throw new Error(`${taken} slots in a sweep of ${LIMIT}`)
    return more
  }
  while (isMore());
  for (const [slot, { dueFrom }] of filed) {
    if (dueFrom <= now - index.resolutionMs) throw new Error(`slot ${slot} is still there after its time`)
    if (index.earliest() > Math.max(dueFrom, now) + index.resolutionMs) throw new Error(`slot ${slot} is due before the earliest`)
  }
}

/** Goes from one earliest moment to the next until nothing is left. */
function drain(index: ExpiryIndex, filed: Map<number, Filed>, from: number): void {
  let now = from
  for (let turns = 0; index.size > 0; turns += 1) {
    if (turns > STEPS) throw new Error(`${index.size} slots are never taken out`)
    now = Math.max(now, index.earliest()) + 1
    sweepAll(index, filed, now)
  }
}
