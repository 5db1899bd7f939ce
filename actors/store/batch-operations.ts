/**
 * What a store does with many keys by one message: its handlers, and what each needs permission for.
 *
 * Few keys are seen to in the turn of the message; of more, a slice at a time.
 */

import { Failure, failure, type Guard, type ServerSelf } from "../../src/index.ts"
import { BatchRequest, KeysRequest, SetManyRequest } from "./batch-requests.ts"
import { behindOthers } from "./behind-others.ts"
import { NOWHERE } from "./entry-table.ts"
import { setInSlices } from "./set-many.ts"
import { eachInSlices, SLICE, type Slices } from "./slices.ts"
import { keyError } from "./store-face.ts"
import type { StoreState } from "./store-state.ts"

/** What becomes of one key of a batch: its part of the answer, or why there is none. */
type OfOne = (state: StoreState, key: string, place: number, request: KeysRequest) => unknown

function valueUnder(state: StoreState, key: string, place: number): unknown {
  const { table, now } = state
  const slot = table.find(key, now)
  if (slot === NOWHERE) return missed(state, key, place)
  table.read(slot, now)
  return state.shown(table.valueAt(slot), key)
}

function entryUnder(state: StoreState, key: string, place: number): unknown {
  const { table, now } = state
  const slot = table.find(key, now)
  if (slot === NOWHERE) return missed(state, key, place)
  table.read(slot, now)
  return state.entryAt(slot)
}

function missed(state: StoreState, key: string, place: number): Failure | undefined {
  return key.isWellFormed() ? state.table.missed() : failure(keyError(key, `keys[${place}]`))
}

function removedUnder(state: StoreState, key: string, _place: number, request: KeysRequest): boolean {
  const { table, now } = state
  const slot = table.find(key, now)
  if (slot === NOWHERE) {
    state.deletedNothing(key)
    return false
  }
  if (table.versionAt(slot) > request.upTo(table)) return false
  table.remove(slot, request.cause)
  return true
}

/** Few of them: at once, without anything that is made for each. */
function answersAtOnce(state: StoreState, request: KeysRequest, ofOne: OfOne): unknown {
  const { keys } = request
  const answers = new Array<unknown>(keys.length)
  for (let place = 0; place < keys.length; place += 1) {
    const answer = ofOne(state, keys[place] as string, place, request)
    if (answer instanceof Failure) return answer
    answers[place] = answer
  }
  return answers
}

/** Who came after the request, and before the slice of a key, has the last word on that. `since`: the changes there had been when it was asked for. */
function removedSince(since: number): OfOne {
  return (state, key, place, request) => (state.laterChanges.isChangedSince(since, key) ? false : removedUnder(state, key, place, request))
}

function* answersInSlices(state: StoreState, request: KeysRequest, ofOne: OfOne): Slices {
  const { keys } = request
  const answers: unknown[] = []
  const failed = yield* eachInSlices(keys.length, (place) => {
    const answer = ofOne(state, keys[place] as string, place, request)
    if (answer instanceof Failure) return answer
    answers.push(answer)
    return undefined
  })
  return failed ?? answers
}

function reading(ofOne: OfOne) {
  return (state: StoreState, request: KeysRequest, self: ServerSelf): unknown =>
    request.keys.length <= SLICE ? answersAtOnce(state, request, ofOne) : state.readings.serve(answersInSlices(state, request, ofOne), self)
}

const deletedInSlices = behindOthers((state, request: KeysRequest, since) => answersInSlices(state, request, removedSince(since)))

export const batchCalls = {
  getMany: reading(valueUnder),
  entries: reading(entryUnder),
  setMany: behindOthers(setInSlices),
  // Behind what is still to be written, so that of two batches the later one counts.
  deleteMany: (state: StoreState, request: KeysRequest, self: ServerSelf): unknown =>
    request.keys.length <= SLICE && state.changes.isFree
      ? answersAtOnce(state, request, removedUnder)
      : deletedInSlices(state, request, self),
}

const ofEach = ({ keys }: { readonly keys: readonly string[] }) => keys.map((key) => ({ key }))

const byKeys = (action: Guard["action"]): Guard => ({ action, each: ofEach, take: BatchRequest.taker(KeysRequest) })

export const batchGuards: Readonly<Record<keyof typeof batchCalls, Guard>> = {
  getMany: byKeys("store.key.get"),
  entries: byKeys("store.key.get"),
  setMany: {
    action: "store.key.set",
    each: ({ columns }: SetManyRequest) => ofEach(columns),
    take: BatchRequest.taker(SetManyRequest),
  },
  deleteMany: byKeys("store.key.delete"),
}
