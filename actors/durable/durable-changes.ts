/** Carries out what operations under one key decide: in memory once it is on disk. */

import { type Deferred, failure, Invalid, invalid, PigeonholeError, type ServerSelf, Unknown } from "../../src/index.ts"
import type { Change as Decision, KeyRequest, Present } from "../store/entry-change.ts"
import type { Lifetime } from "../store/lifetime.ts"
import { keyError } from "../store/store-face.ts"
import { shareOut } from "../store/stored-value.ts"
import { checkedBytes } from "./checked-value.ts"
import type { DurableState } from "./durable-state.ts"
import { bytesOf, HELD_AS_BEFORE, type Row, UNHELD } from "./entry-row.ts"
import { OneRow, type Write } from "./key-line.ts"
import type { Change } from "./store-database.ts"

/** Databases take less than 1 GB for a value. */
const MOST_VALUE_BYTES = 2 ** 29

/** What is answered once a write is on disk: as a promise of it would be, without the three that it takes. */
class AfterWrite {
  readonly #write: Write
  readonly #answer: () => unknown

  constructor(write: Write, answer: () => unknown) {
    this.#write = write
    this.#answer = answer
  }

  give(deferred: Deferred<unknown>): void {
    this.#write.whenSettled(() => {
      try {
        if (this.#write.failure !== undefined) throw this.#write.failure
        deferred.reply(this.#answer())
      } catch (error) {
        deferred.fail(errorFrom(error))
      }
    })
  }
}

/** Answers by what comes of `work`, at once or later. */
export function respond(self: ServerSelf, work: () => unknown): unknown {
  try {
    const answer = work()
    return answer instanceof Promise || answer instanceof AfterWrite ? respondLater(self, answer) : answer
  } catch (error) {
    return refused(error)
  }
}

function respondLater(self: ServerSelf, answer: Promise<unknown> | AfterWrite): unknown {
  const deferred = self.defer<unknown>()
  const give = (value: unknown): void => {
    if (value instanceof AfterWrite) value.give(deferred)
    else deferred.reply(value)
  }
  if (answer instanceof AfterWrite) give(answer)
  else answer.then(give, (error) => deferred.fail(errorFrom(error)))
  return deferred
}

/** `answer`, once the write is on disk; with an interval, at once. */
function afterWrite(state: DurableState, write: Write, answer: () => unknown): unknown {
  return state.isInterval ? answer() : new AfterWrite(write, answer)
}

/** What is no error of the runtime's is a crash, where the request is handled. */
function refused(error: unknown): unknown {
  if (error instanceof PigeonholeError) return failure(error)
  throw error
}

export function errorFrom(error: unknown): PigeonholeError {
  return error instanceof PigeonholeError ? error : new Unknown("the store could not do it", { cause: error })
}

/** Carries out a request in its turn; gives its answer. */
export function change(state: DurableState, request: KeyRequest): unknown {
  const { key } = request
  if (!key.isWellFormed()) throw keyError(key)
  return state.lines.takeOne(key, true, () => carryOut(state, request, state.present(key)))
}

/** The entry as an operation sees it. */
export function presentOf(state: DurableState, row: Row | undefined): Present | undefined {
  if (row === undefined) return undefined
  return {
    get value() {
      return shareOut(row.value)
    },
    version: state.version(row.version),
    lifetime: row.lifetime,
  }
}

function carryOut(state: DurableState, request: KeyRequest, row: Row | undefined): unknown {
  const { key } = request
  const bases = state.pending([key])
  const decision = decided(state, request, row)
  switch (decision.type) {
    case "keep":
      if (decision.isDeleted === true) state.deletedNothing(key)
      return state.answerAfter(bases, () => decision.answer)
    case "refuse":
      return state.answerAfter(bases, () => {
        throw decision.error
      })
    case "remove":
      return writeOne(state, key, undefined, { bases, cause: request.cause }, () => decision.answer)
    case "retime":
      return retime(state, request, row as Row, decision.lifetime, bases, decision.answer)
    case "write": {
      const { value, lifetime, owner, answer } = decision
      const holder = owner ?? (row !== undefined && row.owner !== UNHELD ? HELD_AS_BEFORE : UNHELD)
      const next = newRow(state, key, value, lifetime, holder)
      return writeOne(state, key, next, { bases, cause: request.cause }, (made) =>
        answer === undefined ? state.entryOf(key, made as Row) : answer,
      )
    }
  }
}

function decided(state: DurableState, request: KeyRequest, row: Row | undefined): Decision {
  try {
    return request.decide(presentOf(state, row), state)
  } catch (error) {
    throw error instanceof PigeonholeError ? error : invalid(request.cause, "cannot be carried out", error)
  }
}

function retime(state: DurableState, { key, cause }: KeyRequest, row: Row, wanted: Lifetime, bases: Set<Write>, answer: unknown): unknown {
  // It counts as a reading, and changes nothing.
  if (wanted === row.lifetime) return state.answerAfter(bases, () => answer)
  const lifetime = state.calendar.rounded(wanted)
  const next: Row = { ...row, lifetime, owner: row.owner === UNHELD ? UNHELD : HELD_AS_BEFORE }
  const touch: Change[] = row.owner === UNHELD ? [{ type: "touch", key, version: row.version, ...state.calendar.endsOf(lifetime) }] : []
  const write = state.write({ rows: new OneRow(key, next), changes: touch, cause }, bases)
  return afterWrite(state, write, () => answer)
}

// -- rows ------------------------------------------------------------------------------------------------------------

/** What is written, as it stands in memory and on disk. */
export interface NewRow {
  readonly row: Row
  readonly change: Change
}

/** Throws `Invalid` for what has no form on disk. What a mailbox holds is nowhere on disk, nor is what stood there before it. */
export function newRow(state: DurableState, key: string, value: unknown, wanted: Lifetime, owner: number, isAnew = false): NewRow {
  const lifetime = state.calendar.rounded(wanted)
  if (owner !== UNHELD) {
    const row = { value, version: state.versions.next(), lifetime, owner, isAnew, bytes: 0 }
    return { row, change: { type: "remove", key, version: row.version } }
  }
  const encoded = checkedBytes(value)
  if (encoded.length > MOST_VALUE_BYTES)
    throw new Invalid(`value must take at most ${MOST_VALUE_BYTES} bytes`, { details: { field: "value", key } })
  const row = { value, version: state.versions.next(), lifetime, owner, bytes: bytesOf(key, encoded.length) }
  return { row, change: { type: "put", key, value: encoded, version: row.version, ...state.calendar.endsOf(lifetime) } }
}

/** Writes one entry, or removes it; `answer` is asked once that is on disk. */
export function writeOne(
  state: DurableState,
  key: string,
  next: NewRow | undefined,
  { bases, cause }: { readonly bases: Iterable<Write>; readonly cause: string },
  answer: (made: Row | undefined) => unknown,
): unknown {
  const change: Change = next?.change ?? { type: "remove", key, version: state.versions.next() }
  const write = state.write({ rows: new OneRow(key, next?.row), changes: [change], cause }, bases)
  if (next === undefined) state.counters.deletes += 1
  else state.counters.sets += 1
  return afterWrite(state, write, () => answer(next?.row))
}
