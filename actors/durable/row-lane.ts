/**
 * Rows that go from one thread to another in memory of both, without a message each: the other has carried out the first while the next are written.
 *
 * Invariants
 * - They are taken in the order they were written, each once, and none before it is whole.
 * - Whoever has nothing to take sleeps; who writes is told so once, and is to wake it. No row is written and left asleep over.
 * - Both begin at the front again by agreement: the one who writes, as it asks something that is answered, and writes nothing until it is; the one who
 *   takes, as it answers.
 *
 * A message between threads costs several times what it costs to write a row, and waking a thread several times that. Not here: what is done with rows, or by
 * whom what has no room goes (`writer-line.ts`).
 */

import { MOST_BYTES_A_UNIT, writeKey } from "./key-bytes.ts"
import {
  NO_FACTS,
  NOTHING,
  NUMBERS_A_ROW,
  type PackedFacts,
  type PackedRow,
  packedFacts,
  ROW,
  readRow,
  writeNumbers,
} from "./packed-rows.ts"
import type { Change } from "./store-database.ts"

/** Room for some hundreds of rows; what is larger goes by message. */
const DEFAULT_BYTES = 2 ** 18

/** Before the rows: how many were written so far, and whether the other sleeps. */
const [WRITTEN, ASLEEP] = [0, 1]
const STATE_BYTES = 16

/** Behind the numbers of a row stand its key and its value; it begins where a number can stand. */
const NUMBER_BYTES = Float64Array.BYTES_PER_ELEMENT
const HEAD_BYTES = NUMBERS_A_ROW * NUMBER_BYTES

/** Memory for a lane. */
export function laneMemory(bytes = DEFAULT_BYTES): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(STATE_BYTES + bytes)
  new Int32Array(memory)[ASLEEP] = 1
  return memory
}

class LaneEnd {
  protected readonly state: Int32Array<SharedArrayBuffer>
  protected readonly numbers: Float64Array<SharedArrayBuffer>
  protected readonly bytes: Uint8Array<SharedArrayBuffer>
  /** Where the next row begins. */
  protected at = 0
  /** Rows that were written or taken so far; it begins anew behind the highest number. */
  passed = 0

  constructor(memory: SharedArrayBuffer) {
    this.state = new Int32Array(memory, 0, STATE_BYTES / Int32Array.BYTES_PER_ELEMENT)
    this.numbers = new Float64Array(memory, STATE_BYTES)
    this.bytes = new Uint8Array(memory, STATE_BYTES)
  }

  /** The next row stands at the front again. */
  restart(): void {
    this.at = 0
  }

  protected pass(end: number): void {
    this.at = Math.ceil(end / NUMBER_BYTES) * NUMBER_BYTES
    this.passed = (this.passed + 1) | 0
  }
}

/** Where rows are written. */
export class LaneSender extends LaneEnd {
  /** All of them, or none: `false`, where there is no room, also for so many commits behind them. */
  add(changes: readonly Change[], commits = 0): boolean {
    const hasRoom = this.at + changes.reduce(addMostBytesOf, commits * HEAD_BYTES) <= this.bytes.length
    if (hasRoom) this.#addAll(changes)
    return hasRoom
  }

  /** A request to commit what was written before it, for which there is room. */
  addCommit(id: number, now: number): void {
    this.#write(ROW.commit, 0, NOTHING, { ...NO_FACTS, version: id, expiresAt: now })
    Atomics.store(this.state, WRITTEN, this.passed)
  }

  /** Whether the other sleeps, and has to be woken for what was written: says so once. */
  hasToWake(): boolean {
    return Atomics.load(this.state, ASLEEP) === 1 && Atomics.exchange(this.state, ASLEEP, 0) === 1
  }

  /** The other sees none of them before the last is written: one that cannot be leaves nothing. */
  #addAll(changes: readonly Change[]): void {
    const { at, passed } = this
    try {
      for (const change of changes) this.#addOne(change)
    } catch (error) {
      this.at = at
      this.passed = passed
      throw error
    }
    Atomics.store(this.state, WRITTEN, this.passed)
  }

  #addOne(change: Change): void {
    const keyLength = writeKey(change.key, this.bytes, this.at + HEAD_BYTES) - this.at - HEAD_BYTES
    if (change.type === "remove") this.#write(ROW.remove, keyLength, NOTHING, { ...NO_FACTS, version: change.version })
    else this.#write(ROW[change.type], keyLength, change.type === "put" ? change.value : NOTHING, packedFacts(change))
  }

  #write(sort: number, keyLength: number, value: Uint8Array, facts: PackedFacts): void {
    const valueAt = this.at + HEAD_BYTES + keyLength
    this.bytes.set(value, valueAt)
    writeNumbers(this.numbers, this.at / NUMBER_BYTES, { sort, keyLength, valueLength: value.length }, facts)
    this.pass(valueAt + value.length)
  }
}

/** Where they are taken. */
export class LaneReceiver extends LaneEnd {
  /** The next one, whose bytes are good until what is asked behind it is answered; `undefined`: there is none yet. */
  take(): PackedRow | undefined {
    if (Atomics.load(this.state, WRITTEN) === this.passed) return undefined
    const keyAt = this.at + HEAD_BYTES
    const row = readRow(this.numbers, this.at / NUMBER_BYTES, this.bytes, keyAt)
    this.pass(keyAt + row.key.length + row.value.length)
    return row
  }

  /** From now on it has to be woken: `false`, where there is something to take all the same. */
  sleep(): boolean {
    Atomics.store(this.state, ASLEEP, 1)
    if (Atomics.load(this.state, WRITTEN) === this.passed) return true
    Atomics.store(this.state, ASLEEP, 0)
    return false
  }
}

function addMostBytesOf(sum: number, change: Change): number {
  const valueBytes = change.type === "put" ? change.value.length : 0
  return sum + HEAD_BYTES + NUMBER_BYTES + change.key.length * MOST_BYTES_A_UNIT + valueBytes
}
