/**
 * Lists of slots, from old to young, in two typed arrays: eight bytes a slot.
 *
 * Invariants
 * - A slot is in one list at most. To put it in, to take it out and to look at the oldest costs O(1).
 * - The arrays grow before anything is written: a call that finds no memory has changed nothing.
 *
 * Which list a slot is in is for its owner to know: a slot that is in none must not be taken out. Lists are numbered from 0.
 */

/** No node: so that new memory, which is zero, says "in no list". */
const NOWHERE = 0
const SMALLEST = 16

export class SlotLists {
  /** How many nodes stand before that of slot 0: one of no use, and one for each list, in which it begins and ends. */
  readonly #first: number
  /** How many slots are expected: no more room than for these is taken in advance. */
  readonly #expected: number
  readonly #lengths: number[]
  // By node: its neighbours in the circle that is its list.
  #younger: Int32Array
  #older: Int32Array

  constructor(lists: number, expected: number) {
    this.#first = lists + 1
    this.#expected = expected
    this.#lengths = new Array<number>(lists).fill(0)
    const nodes = this.#first + Math.min(SMALLEST, expected)
    this.#younger = new Int32Array(nodes)
    this.#older = new Int32Array(nodes)
    for (let list = 0; list < lists; list += 1) this.#younger[list + 1] = this.#older[list + 1] = list + 1
  }

  get bytes(): number {
    return this.#younger.byteLength + this.#older.byteLength
  }

  /** Slots for which there is room. */
  get room(): number {
    return this.#younger.length - this.#first
  }

  lengthOf(list: number): number {
    return this.#lengths[list] as number
  }

  has(slot: number): boolean {
    return (this.#younger[slot + this.#first] ?? NOWHERE) !== NOWHERE
  }

  /** The oldest of a list, leaving out `except`; -1 where there is none. */
  oldest(list: number, except: number): number {
    const end = list + 1
    let node = this.#younger[end] as number
    if (node === except + this.#first) node = this.#younger[node] as number
    return node === end ? -1 : node - this.#first
  }

  /** Puts a slot that is in no list at the young end of one. */
  append(list: number, slot: number): void {
    this.#reserve(slot)
    this.#link(list + 1, slot + this.#first)
    this.#lengths[list] = (this.#lengths[list] as number) + 1
  }

  remove(list: number, slot: number): void {
    this.#unlink(slot + this.#first)
    this.#lengths[list] = (this.#lengths[list] as number) - 1
  }

  /** To the young end of the list that it is in. */
  renew(list: number, slot: number): void {
    const node = slot + this.#first
    if (this.#younger[node] === list + 1) return
    this.#unlink(node)
    this.#link(list + 1, node)
  }

  #link(end: number, node: number): void {
    const youngest = this.#older[end] as number
    this.#younger[youngest] = node
    this.#older[node] = youngest
    this.#younger[node] = end
    this.#older[end] = node
  }

  #unlink(node: number): void {
    const younger = this.#younger[node] as number
    const older = this.#older[node] as number
    this.#older[younger] = older
    this.#younger[older] = younger
    this.#younger[node] = NOWHERE
  }

  #reserve(slot: number): void {
    const { room } = this
    if (slot < room) return
    const length = this.#first + grownRoom(slot, room, this.#expected)
    const younger = new Int32Array(length)
    const older = new Int32Array(length)
    younger.set(this.#younger)
    older.set(this.#older)
    this.#younger = younger
    this.#older = older
  }
}

/** Twice as much, but no more than is expected, until more is needed. */
export function grownRoom(slot: number, room: number, expected: number): number {
  const doubled = Math.max(room * 2, SMALLEST)
  if (slot < expected) return Math.max(Math.min(doubled, expected), slot + 1)
  return slot + 1 + (slot >> 3)
}
