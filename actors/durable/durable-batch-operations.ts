/**
 * What a durable store does with many keys by one message: a slice at a time, each of which is one transaction on disk. Others are served between them.
 *
 * Of two batches that change something the later one counts: what is more than a slice is carried out before the next one begins. Who asks for something
 * under a key of a batch that is under way has the last word on it.
 */

import type { ServerSelf } from "../../src/index.ts"
import type { batchCalls } from "../store/batch-operations.ts"
import type { BatchColumns, KeysRequest, SetManyRequest } from "../store/batch-requests.ts"
import { keyError } from "../store/store-face.ts"
import type { Moment } from "../store/terms.ts"
import { encodedValue } from "../store/value-encoder.ts"
import { AT_ONCE } from "./batch-order.ts"
import { type NewRow, newRow, respond } from "./durable-changes.ts"
import type { DurableState } from "./durable-state.ts"
import { type Row, UNHELD } from "./entry-row.ts"
import type { Write } from "./key-line.ts"
import type { Change } from "./store-database.ts"

/** Keys of one slice, and of one transaction. */
const SLICE = 1024

/** What of a batch is to be answered for one key. */
type OfOne = (state: DurableState, key: string, row: Row | undefined) => unknown

const valueUnder: OfOne = (state, key, found) => {
  const row = state.readAlive(key, found)
  return row === undefined ? undefined : state.shown(row.value, key)
}

const entryUnder: OfOne = (state, key, found) => {
  const row = state.readAlive(key, found)
  return row === undefined ? undefined : state.entryOf(key, row)
}

// -- reading ---------------------------------------------------------------------------------------------------------

function reading(ofOne: OfOne) {
  return (state: DurableState, { keys }: KeysRequest, self: ServerSelf): unknown =>
    respond(self, () => {
      const first = lookAtSlice(state, keys, 0, ofOne)
      return keys.length <= SLICE ? first : readOn(state, keys, first, ofOne)
    })
}

/** At once, where all of it is in memory. */
function lookAtSlice(state: DurableState, keys: readonly string[], from: number, ofOne: OfOne): unknown[] | Promise<unknown[]> {
  const to = Math.min(from + SLICE, keys.length)
  const answers: unknown[] = []
  let isWaiting = false
  for (let place = from; place < to; place += 1) {
    const key = keys[place] as string
    if (!key.isWellFormed()) throw keyError(key, `keys[${place}]`)
    const found = state.look(key)
    if (found instanceof Promise) isWaiting = true
    answers.push(found instanceof Promise ? found.then((row) => ofOne(state, key, row)) : ofOne(state, key, found))
  }
  return isWaiting ? Promise.all(answers) : answers
}

async function readOn(
  state: DurableState,
  keys: readonly string[],
  first: unknown[] | Promise<unknown[]>,
  ofOne: OfOne,
): Promise<unknown[]> {
  const answers = [await first]
  for (let from = SLICE; from < keys.length; from += SLICE) {
    await state.pause()
    answers.push(await lookAtSlice(state, keys, from, ofOne))
  }
  return answers.flat(1)
}

// -- changing --------------------------------------------------------------------------------------------------------

function setMany(state: DurableState, { columns }: SetManyRequest): Promise<true[]> {
  const now = state.now()
  const moment: Moment = { now: () => now, random: () => state.random() }
  const { length } = columns.keys
  const told = (): true[] => new Array<true>(columns.answers).fill(true)
  if (isAtOnce(state, length)) return writeSlice(state, columns, moment, { from: 0, to: length, asked: AT_ONCE }).then(told)
  const { asked } = state.lines
  return state.batches.inTurn(async () => {
    await checkAll(state, columns, moment)
    await eachSlice(state, length, (from, to) => writeSlice(state, columns, moment, { from, to, asked }))
    return told()
  })
}

/** Few of them are in order with whatever is asked for under their keys. */
function isAtOnce(state: DurableState, size: number): boolean {
  return size <= SLICE && state.batches.isIdle
}

/** Throws what one of them is to be refused for, before any is written. Of few, each is looked at as it is written: they are in one transaction. */
async function checkAll(state: DurableState, { keys, values, terms, owners }: BatchColumns, moment: Moment): Promise<void> {
  if (keys.length <= SLICE) return
  for (let place = 0; place < keys.length; place += 1) {
    if (place % SLICE === SLICE - 1) await state.pause()
    terms[place]?.lifetime(undefined, { now: moment.now, random: () => 0 })
    if (owners[place] === UNHELD) encodedValue(values[place])
  }
}

async function eachSlice(state: DurableState, size: number, carryOut: (from: number, to: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < size; from += SLICE) {
    if (from > 0) await state.pause()
    await carryOut(from, Math.min(from + SLICE, size))
  }
}

/** What of a batch is decided in one turn, and when the batch was asked for. */
interface Slice {
  readonly from: number
  readonly to: number
  readonly asked: number
}

function writeSlice(state: DurableState, columns: BatchColumns, moment: Moment, { from, to, asked }: Slice): Promise<unknown> {
  const keys = columns.keys.slice(from, to)
  // Who watches is told of those that were over.
  const needsRows = state.watched.isFollowed || columns.terms.slice(from, to).some(({ keeps }) => keeps)
  return inSlice(state, asked, keys, needsRows, (own, outrun) => {
    const bases = needsRows ? state.pending(own) : []
    // What was over is told before any is written.
    if (needsRows) for (const key of own) state.present(key)
    const next = new Map<string, NewRow>()
    for (const key of own) {
      const place = columns.placeOf.get(key) as number
      const present = needsRows ? state.present(key)?.lifetime : undefined
      const lifetime = (columns.terms[place] as BatchColumns["terms"][number]).lifetime(present, moment)
      next.set(key, newRow(state, key, columns.values[place], lifetime, columns.owners[place] as number))
    }
    const writes = next.size === 0 ? [] : [writeAll(state, next, bases, "set")]
    return state.answerAfter([...writes, ...outrun], () => undefined)
  })
}

/** Decides in one turn about those keys that are its own; `outrun`: what those who came later have decided about the others, and is not on disk yet. */
function inSlice<Answer>(
  state: DurableState,
  asked: number,
  keys: readonly string[],
  needsRows: boolean,
  decide: (own: readonly string[], outrun: Iterable<Write>) => Answer | PromiseLike<Answer>,
): Promise<Answer> {
  const { batches } = state
  return state.lines.turn(keys, needsRows, () => {
    const outrun = keys.filter((key) => batches.isOutrun(asked, key))
    const own = outrun.length === 0 ? keys : keys.filter((key) => !batches.isOutrun(asked, key))
    return batches.slice(asked, () => decide(own, state.pending(outrun)))
  })
}

/** In one transaction; `undefined`: the entry goes. */
export function writeAll(state: DurableState, next: ReadonlyMap<string, NewRow | undefined>, bases: Iterable<Write>, cause: string): Write {
  const rows = new Map<string, Row | undefined>()
  const changes: Change[] = []
  for (const [key, made] of next) {
    rows.set(key, made?.row)
    changes.push(made?.change ?? { type: "remove", key, version: state.versions.next() })
  }
  const write = state.write({ rows, changes, cause }, bases)
  for (const made of next.values()) state.counters[made === undefined ? "deletes" : "sets"] += 1
  return write
}

function deleteMany(state: DurableState, request: KeysRequest): Promise<boolean[]> {
  const { keys } = request
  if (isAtOnce(state, keys.length)) return removeSlice(state, request, keys, AT_ONCE)
  const { asked } = state.lines
  return state.batches.inTurn(async () => {
    const answers: boolean[][] = []
    await eachSlice(state, keys.length, async (from, to) => answers.push(await removeSlice(state, request, keys.slice(from, to), asked)))
    return answers.flat(1)
  })
}

/** Of a key that comes twice, the second is not there any more. */
function removeSlice(state: DurableState, request: KeysRequest, keys: readonly string[], asked: number): Promise<boolean[]> {
  return inSlice(state, asked, [...new Set(keys)], true, (own, outrun) => {
    const bases = state.pending(own)
    const there = new Set<string>()
    for (const key of own) {
      const row = state.present(key)
      if (row === undefined) state.deletedNothing(key)
      else if (row.version <= request.upTo(state) && !state.batches.isSpared(request.found, key)) there.add(key)
    }
    const gone = new Map([...there].map((key) => [key, undefined]))
    const writes = gone.size === 0 ? bases : [writeAll(state, gone, bases, request.cause)]
    return state.answerAfter([...writes, ...outrun], () => keys.map((key) => there.delete(key))) as boolean[] | Promise<boolean[]>
  })
}

export const durableBatchCalls = {
  getMany: reading(valueUnder),
  entries: reading(entryUnder),
  setMany: (state: DurableState, request: SetManyRequest, self: ServerSelf) => respond(self, () => setMany(state, request)),
  deleteMany: (state: DurableState, request: KeysRequest, self: ServerSelf) => respond(self, () => deleteMany(state, request)),
} satisfies Record<keyof typeof batchCalls, unknown>
