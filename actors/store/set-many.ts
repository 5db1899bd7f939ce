/**
 * Writes a batch of entries: looks at all of it first, and writes nothing where one of them could not be kept. TTLs count from the moment at which the
 * batch is begun, so that all with the same one end together.
 */

import { type Failure, failure } from "../../src/index.ts"
import type { BatchColumns, SetManyRequest } from "./batch-requests.ts"
import { BatchRoom } from "./batch-room.ts"
import { NOBODY } from "./bindings.ts"
import { NOWHERE } from "./entry-table.ts"
import { fullError } from "./full-error.ts"
import { type Lifetime, NEVER, NO_IDLE } from "./lifetime.ts"
import type { PinnableEviction, PinnedBatch } from "./pinnable-eviction.ts"
import { eachInSlices, FIRST, SLICE, type Slices } from "./slices.ts"
import type { StoreState } from "./store-state.ts"
import type { Moment, Terms } from "./terms.ts"

const CAUSE = "set"

/** `since`: the changes there had been when it was asked for. Who comes after that has the last word on a key. */
export function* setInSlices(state: StoreState, { columns }: SetManyRequest, since: number): Slices {
  const batch = new Batch(state, columns, since)
  const { length } = columns.keys
  try {
    const refusal = yield* eachInSlices(length, (place) => batch.refusalOf(place))
    if (refusal !== undefined) return refusal
    if (length > SLICE) yield
    yield* eachInSlices(length, (place) => batch.write(place))
    yield* putBackInSlices(state.table.eviction)
    return batch.failed ?? new Array<true>(columns.answers).fill(true)
  } finally {
    batch.close()
  }
}

/** Those that were set aside for it: but the last of them, which are put back with the pins. */
function* putBackInSlices(eviction: PinnableEviction | undefined): Slices<void> {
  if (eviction === undefined) return
  for (let left = eviction.aside; left > SLICE; left -= SLICE) {
    eviction.putBack(eviction.aside - SLICE)
    yield
  }
}

class Batch implements PinnedBatch {
  readonly #state: StoreState
  readonly #columns: BatchColumns
  readonly #moment: Moment
  /** Where the store refuses what it has no room for. One that makes room does so for each as it comes, and lets none of the batch go for another. */
  readonly #room: BatchRoom | undefined
  #lastTerms: Terms | undefined = undefined
  /** What those looked at so far add to what may not go, in a store that makes room. */
  #staying = 0
  #stayingWeight = 0
  /** Why some were not kept after all: others have taken meanwhile what was to be had. */
  failed: Failure | undefined = undefined
  at = 0
  readonly #since: number

  constructor(state: StoreState, columns: BatchColumns, since: number) {
    this.#since = since
    const now = state.now()
    this.#state = state
    this.#columns = columns
    this.#moment = { now: () => now, random: () => state.random() }
    this.#room = state.settings.whenFull === "reject" ? new BatchRoom(state.table, columns, state.now) : undefined
    if (this.#room !== undefined) state.observers.add(this.#room)
    else state.table.eviction?.pin(this)
  }

  /** Why the one in this place cannot be kept. Where it can, its room is kept from now on. `FIRST`: that is not known yet. */
  refusalOf(place: number): Failure | typeof FIRST | undefined {
    const { table, now } = this.#state
    const weight = this.#columns.weights[place] as number
    if (weight <= table.room.maxWeight) {
      this.#checkEnd(this.#columns.terms[place] as Terms)
      if (this.#room === undefined ? this.#couldStand(place) : this.#room.keep(place, now)) return undefined
      if (table.room.takeShortage()) return FIRST
    }
    table.counters.refused += this.#columns.keys.length
    return this.#fullAt(place)
  }

  /** Whether there will be room for it once those before it are written, whatever else goes for it. */
  #couldStand(place: number): boolean {
    const { table, now } = this.#state
    const isHeld = this.#columns.owners[place] !== NOBODY
    if (table.mayAllGo && this.#staying === 0 && !isHeld) return true
    const slot = table.find(this.#columns.keys[place] as string, now)
    const weight = this.#columns.weights[place] as number
    const stays = table.stays(slot)
    const staying = this.#staying - Number(stays)
    const stayingWeight = this.#stayingWeight - (stays ? table.weightAt(slot) : 0)
    if (!table.makeRoom(staying + 1, stayingWeight + weight, now, false)) return false
    const willStay = isHeld || (table.keepsEndless && this.#lifetime(place, slot).deadline === NEVER)
    this.#staying = staying + Number(willStay)
    this.#stayingWeight = stayingWeight + (willStay ? weight : 0)
    return true
  }

  #lifetime(place: number, slot: number): Lifetime {
    const present = slot === NOWHERE ? undefined : this.#state.table.lifetimeAt(slot)
    return (this.#columns.terms[place] as Terms).lifetime(present, this.#moment)
  }

  /** `FIRST`: there is not all of its room yet. */
  write(place: number): typeof FIRST | undefined {
    // What is there under its own key does not go for it in any case.
    this.at = place + 1
    this.#room?.giveBack(place)
    if (this.#state.laterChanges.isChangedSince(this.#since, this.#columns.keys[place] as string)) return undefined
    if (this.#place(place)) this.#state.settle(this.#columns.owners[place] as number)
    else if (this.#state.table.room.takeShortage()) return FIRST
    else this.failed ??= this.#fullAt(place)
    return undefined
  }

  get placeOf(): ReadonlyMap<string, number> {
    return this.#columns.placeOf
  }

  /** Gives back what room is left, and is told no more. */
  close(): void {
    if (this.#room !== undefined) {
      this.#state.observers.remove(this.#room)
      this.#room.close()
    } else this.#state.table.eviction?.unpin()
    this.#state.plan()
  }

  #place(place: number): boolean {
    const { table, now } = this.#state
    const { keys, values, weights, owners, terms } = this.#columns
    const key = keys[place] as string
    const value = values[place]
    const weight = weights[place] as number
    const owner = owners[place] as number
    const own = terms[place] as Terms
    if (isPlain(own)) return table.set(key, value, this.#moment.now() + own.ttlMs, owner, weight, now)
    return table.place(key, { ...this.#lifetime(place, table.find(key, now)), value, owner, weight }, CAUSE, now) !== NOWHERE
  }

  /** Throws `Invalid` where it could not be counted. Most have the same terms as the one before. */
  #checkEnd(terms: Terms): void {
    if (terms !== this.#lastTerms) terms.lifetime(undefined, { now: () => this.#moment.now(), random: () => 0 })
    this.#lastTerms = terms
  }

  #fullAt(place: number): Failure {
    const { keys, weights } = this.#columns
    return failure(fullError(this.#state.table, keys[place] as string, weights[place] as number))
  }
}

function isPlain({ keeps, idleMs, jitter }: Terms): boolean {
  return !keeps && idleMs === NO_IDLE && jitter === 0
}
