/**
 * From key to slot: a hash table of cells, each a key's hash and its slot. The keys themselves stand where the entries do.
 *
 * A reading fetches a line of memory here and the key's, where V8's Map goes through a bucket, the links behind it and the text of each key on that way: of a
 * hundred thousand entries and more, most of what a reading costs is to wait for memory. It takes half the room of a Map, too, and a change moves a few cells,
 * where a Map of a million moves all of its keys at once as it grows and as it shrinks: 10 to 30 ms, in which nobody is served.
 *
 * Invariants
 * - A key stands in `#cells`, or in those that were before and are moved by and by, a few with each change; or else in `#others`. What was moved stands in the former
 *   cells, too, as long as there are some.
 * - In its cells it stands within `PROBES` of where its hash says, and no cell between is empty. One that finds no place there, or several with its very hash, which may
 *   be somebody's intent, is in `#others`: a Map, whose hashes nobody outside can foresee. So whatever the keys are, the cost of each step is bounded.
 * - A cell that was left counts as used, as keys may stand behind it, until the cells are made anew.
 */

import { wholeHashOf } from "./key-hash.ts"

/** Who has the keys, by slot. */
export interface Keyed {
  keyAt(slot: number): string | undefined
}

/** In the place of a slot, which is kept plus one: nothing was ever there; what was there has gone. */
const EMPTY = 0
const GONE = -1

const NOWHERE = -1
const SMALLEST = 8
/** Cells that are looked at for a key. */
const PROBES = 32
/** Of one hash, side by side. */
const ALIKE = 4
/** Of all cells that may be used, and of those that are, once they are made anew: so that there are far more changes until the next time than a move takes. */
const MOST_USED = 0.7
const MOST_AT_FIRST = 0.4
/** Of the cells that keys stand in: where there are fewer, most of the room is given back. */
const LEAST_HELD = 1 / 16
/** Cells that a change moves. */
const MOVED_AT_ONCE = 32
/** V8's Map takes 2^24, and those that went count until it is tidied up. */
const MOST_OTHERS = 2 ** 23

/** One that is empty, and stays so. */
const NO_CELLS = new Int32Array(2)

export class KeyIndex {
  readonly #entries: Keyed
  readonly #mostOthers: number
  /** In turns a hash and a slot. */
  #cells = new Int32Array(2 * SMALLEST)
  /** Of the cells, those that are not empty. */
  #used = 0
  /** Those before, while their keys are moved. */
  #former = NO_CELLS
  #moved = 0
  readonly #others = new Map<string, number>()
  size = 0

  /** `mostOthers`: keys that find no place; fewer in tests. */
  constructor(entries: Keyed, mostOthers = MOST_OTHERS) {
    this.#entries = entries
    this.#mostOthers = mostOthers
  }

  /** Whether one more key finds a place, whatever it is. */
  get hasRoom(): boolean {
    return this.#others.size < this.#mostOthers
  }

  get cells(): number {
    return this.#cells.length / 2
  }

  get(key: string): number | undefined {
    const hash = wholeHashOf(key)
    let cells = this.#cells
    let at = this.#find(cells, hash, key)
    if (at === NOWHERE) {
      cells = this.#former
      at = this.#find(cells, hash, key)
    }
    return at === NOWHERE ? this.#others.get(key) : (cells[at + 1] as number) - 1
  }

  #find(cells: Int32Array, hash: number, key: string): number {
    for (let place = 0; place < PROBES; place += 1) {
      const at = ((hash + place) << 1) & (cells.length - 1)
      const held = cells[at + 1] as number
      if (held === EMPTY) break
      if (cells[at] === hash && held !== GONE && this.#entries.keyAt(held - 1) === key) return at
    }
    return NOWHERE
  }

  /** To be called before a change: where there is no memory for cells of the size that is needed now, nothing has changed. Never in the middle of a move. */
  prepare(): void {
    const { cells } = this
    const isFit = this.#used < cells * MOST_USED && this.size + 1 >= cells * LEAST_HELD
    if (isFit || this.#former !== NO_CELLS) return
    // No less than a quarter, so that all are moved before it is full again.
    let room = Math.max(SMALLEST, cells / 4)
    while (this.size > room * MOST_AT_FIRST) room *= 2
    const former = this.#cells
    this.#cells = new Int32Array(2 * room)
    this.#former = former
    this.#moved = 0
    this.#used = 0
  }

  /** For a key that is not there. */
  add(key: string, slot: number): void {
    this.prepare()
    this.#put(wholeHashOf(key), slot + 1, key)
    this.size += 1
    this.#moveOn()
  }

  /** For a key that is there. */
  delete(key: string): void {
    this.prepare()
    const hash = wholeHashOf(key)
    // What was moved still stands where it stood, too.
    for (const cells of [this.#cells, this.#former]) {
      const at = this.#find(cells, hash, key)
      if (at !== NOWHERE) cells[at + 1] = GONE
    }
    this.#others.delete(key)
    this.size -= 1
    this.#moveOn()
  }

  /** `held`: its slot plus one. Without `key`, that is asked for where it has to be known. */
  #put(hash: number, held: number, key?: string): void {
    const cells = this.#cells
    let alike = 0
    for (let place = 0; place < PROBES && alike < ALIKE; place += 1) {
      const at = ((hash + place) << 1) & (cells.length - 1)
      const before = cells[at + 1] as number
      if (before <= EMPTY) {
        cells[at] = hash
        cells[at + 1] = held
        if (before === EMPTY) this.#used += 1
        return
      }
      if (cells[at] === hash) alike += 1
    }
    this.#others.set(key ?? (this.#entries.keyAt(held - 1) as string), held - 1)
  }

  #moveOn(): void {
    const former = this.#former
    for (let left = MOVED_AT_ONCE; left > 0 && this.#moved < former.length; left -= 1) {
      const held = former[this.#moved + 1] as number
      if (held > EMPTY) this.#put(former[this.#moved] as number, held)
      this.#moved += 2
    }
    if (this.#moved >= former.length) this.#former = NO_CELLS
  }
}
