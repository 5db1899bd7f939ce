/**
 * Doubly linked lists of slots in typed arrays, a slot in at most one of them: what wheels and rings are made of.
 *
 * The heads are numbered from 0; a slot's neighbours are slots, or heads as `-1 - head`.
 */

const NOWHERE = -1
const SMALLEST = 16

export class SlotLists {
  /** By slot. */
  #next = new Int32Array(SMALLEST)
  #previous = new Int32Array(SMALLEST)
  #list = new Int16Array(SMALLEST).fill(NOWHERE)
  #deadlines = new Float64Array(SMALLEST)
  /** By list. */
  readonly #first: Int32Array
  readonly #last: Int32Array
  readonly #lengths: Uint32Array

  constructor(lists: number) {
    const heads = Int32Array.from({ length: lists }, (_, list) => -1 - list)
    this.#first = heads
    this.#last = heads.slice()
    this.#lengths = new Uint32Array(lists)
  }

  deadlineOf(slot: number): number {
    return this.#deadlines[slot] as number
  }

  setDeadline(slot: number, deadline: number): void {
    this.#reserve(slot)
    this.#deadlines[slot] = deadline
  }

  /** The list a slot is in; -1 for none. */
  listOf(slot: number): number {
    return this.#list[slot] ?? NOWHERE
  }

  lengthOf(list: number): number {
    return this.#lengths[list] as number
  }

  /** The first slot of a list; negative when it is empty. */
  firstOf(list: number): number {
    return this.#first[list] as number
  }

  append(list: number, slot: number): void {
    const last = this.#last[list] as number
    this.#previous[slot] = last
    this.#next[slot] = -1 - list
    this.#setNext(last, slot)
    this.#last[list] = slot
    this.#list[slot] = list
    this.#lengths[list] = (this.#lengths[list] as number) + 1
  }

  remove(slot: number): void {
    const list = this.#list[slot] as number
    const next = this.#next[slot] as number
    const previous = this.#previous[slot] as number
    this.#setNext(previous, next)
    if (next < 0) this.#last[list] = previous
    else this.#previous[next] = previous
    this.#list[slot] = NOWHERE
    this.#lengths[list] = (this.#lengths[list] as number) - 1
  }

  #setNext(of: number, slot: number): void {
    if (of < 0) this.#first[-1 - of] = slot
    else this.#next[of] = slot
  }

  #reserve(slot: number): void {
    const { length } = this.#list
    if (slot < length) return
    const wanted = Math.max(length * 2, slot + 1)
    this.#next = grown(this.#next, new Int32Array(wanted))
    this.#previous = grown(this.#previous, new Int32Array(wanted))
    this.#list = grown(this.#list, new Int16Array(wanted).fill(NOWHERE))
    this.#deadlines = grown(this.#deadlines, new Float64Array(wanted))
  }
}

function grown<A extends Float64Array | Int32Array | Int16Array>(from: A, into: A): A {
  into.set(from as never)
  return into
}
