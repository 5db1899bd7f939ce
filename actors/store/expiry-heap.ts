/**
 * Which entry expires next: a 4-ary heap of slots in typed arrays, ordered by deadline.
 *
 * Invariants
 * - A slot is in the heap at most once, under its own deadline: what is due is found without looking at what was put off.
 *   Cost O(log n) to file, to put off and to remove, O(1) to look at the earliest.
 * - A call that throws (for want of memory, or of stack) has changed nothing: what may throw comes before what is written.
 *
 * Chosen by `npm run bench -- expiry`: expiring costs least, in exact order, and no turn is long, where a hierarchical wheel pauses for tens of ms and
 * a heap of objects takes three times the room. A bucket ring takes 6 B an entry less, and expires more slowly and in no order within a bucket. To
 * leave what is put off where it is until its old deadline comes up would save most of a put-off, and cost one `set` of a full store all of them.
 */

import { columnRoom, grown } from "./column-room.ts"
import { NEVER } from "./lifetime.ts"

const ARITY = 4
const NOT_FILED = -1
const SMALLEST = 16

export class ExpiryHeap {
  /** Moves within the heap so far; what an operation costs. */
  moves = 0
  /** By heap position: which slot, and its deadline. */
  #slots = new Uint32Array(SMALLEST)
  #filed = new Float64Array(SMALLEST)
  /** By slot: its position. */
  #positions = new Int32Array(SMALLEST).fill(NOT_FILED)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The deadline of a slot that is filed; `Infinity` for one that is not. */
  deadlineOf(slot: number): number {
    const position = this.#positions[slot] ?? NOT_FILED
    return position === NOT_FILED ? NEVER : (this.#filed[position] as number)
  }

  /** The earliest deadline; `Infinity` when there is none. */
  earliest(): number {
    return this.#size === 0 ? NEVER : (this.#filed[0] as number)
  }

  /** Sets or changes the deadline of a slot; with `Infinity` it has none. */
  schedule(slot: number, deadline: number): void {
    if (deadline === NEVER) return this.cancel(slot)
    this.#reserve(slot)
    const position = this.#positions[slot] as number
    if (position === NOT_FILED) this.#insert(slot, deadline)
    else if (deadline < (this.#filed[position] as number)) this.#rise(position, slot, deadline)
    else this.#sink(position, slot, deadline, this.#size)
  }

  /** Takes a slot out; a no-op where it is not in. */
  cancel(slot: number): void {
    const position = this.#positions[slot]
    if (position === undefined || position === NOT_FILED) return
    const last = this.#size - 1
    if (position !== last) this.#place(position, this.#slots[last] as number, this.#filed[last] as number, last)
    this.#positions[slot] = NOT_FILED
    this.#size = last
  }

  /** The slot whose deadline came first, which stays; -1 when none has come. */
  nextDue(now: number): number {
    return this.earliest() > now ? NOT_FILED : (this.#slots[0] as number)
  }

  /** The slot of the earliest deadline among those that may be taken; -1 where there is none. Cost O(k log k) for k that may not. */
  firstWhere(mayBe: (slot: number) => boolean): number {
    // The positions whose parents were looked at, the earliest first: each step looks at one, so it ends with the heap.
    const looked = [0]
    for (let position = looked.shift(); position !== undefined; position = looked.shift()) {
      if (position >= this.#size) continue
      const slot = this.#slots[position] as number
      if (mayBe(slot)) return slot
      for (let child = position * ARITY + 1; child <= position * ARITY + ARITY && child < this.#size; child += 1)
        this.#enqueue(looked, child)
    }
    return NOT_FILED
  }

  #enqueue(positions: number[], position: number): void {
    const deadline = this.#filed[position] as number
    let low = 0
    let high = positions.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#filed[positions[middle] as number] as number) <= deadline) low = middle + 1
      else high = middle
    }
    positions.splice(low, 0, position)
  }

  #insert(slot: number, deadline: number): void {
    if (this.#size === this.#slots.length) {
      const room = columnRoom(this.#size + 1, this.#size)
      const slots = grown(this.#slots, new Uint32Array(room))
      this.#filed = grown(this.#filed, new Float64Array(room))
      this.#slots = slots
    }
    this.#rise(this.#size, slot, deadline)
    this.#size += 1
  }

  #place(position: number, slot: number, deadline: number, size: number): void {
    const parent = (position - 1) >> 2
    if (position > 0 && deadline < (this.#filed[parent] as number)) this.#rise(position, slot, deadline)
    else this.#sink(position, slot, deadline, size)
  }

  // The two loops call nothing: once begun, they come to their end.

  #rise(from: number, slot: number, deadline: number): void {
    const slots = this.#slots
    const filed = this.#filed
    const positions = this.#positions
    let position = from
    while (position > 0) {
      const parent = (position - 1) >> 2
      if ((filed[parent] as number) <= deadline) break
      const moved = slots[parent] as number
      slots[position] = moved
      filed[position] = filed[parent] as number
      positions[moved] = position
      position = parent
      this.moves += 1
    }
    slots[position] = slot
    filed[position] = deadline
    positions[slot] = position
  }

  /** `size`: how many are in the heap; the last may be the one that is placed anew. */
  #sink(from: number, slot: number, deadline: number, size: number): void {
    const slots = this.#slots
    const filed = this.#filed
    const positions = this.#positions
    let position = from
    for (let first = from * ARITY + 1; first < size; first = position * ARITY + 1) {
      let end = first + ARITY
      if (end > size) end = size
      let least = first
      for (let child = first + 1; child < end; child += 1) if ((filed[child] as number) < (filed[least] as number)) least = child
      if ((filed[least] as number) >= deadline) break
      const moved = slots[least] as number
      slots[position] = moved
      filed[position] = filed[least] as number
      positions[moved] = position
      position = least
      this.moves += 1
    }
    slots[position] = slot
    filed[position] = deadline
    positions[slot] = position
  }

  #reserve(slot: number): void {
    const { length } = this.#positions
    if (slot < length) return
    this.#positions = grown(this.#positions, new Int32Array(columnRoom(slot + 1, length)).fill(NOT_FILED, length))
  }
}
