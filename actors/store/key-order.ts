/**
 * The keys of a store in the order of their UTF-16 code units (`<` on strings): for pages, prefixes and counts.
 *
 * Blocks of slots in typed arrays, and beside them a directory of how many each holds. The keys stay where they are: one is asked for by its slot.
 *
 * Invariants
 * - A slot is in at most once. To add what is in, or to remove what is not, changes nothing.
 * - No block is empty, and two neighbours together hold more than half of what one can: so an entry costs at most 16 bytes of blocks, whatever went
 *   before it, and 4 to 8 where keys came in order or at random.
 * - A call that throws (for want of memory, or of stack, or because a key could not be had) has changed nothing: what may throw comes before what is
 *   written, and blocks are divided and joined before a slot is filed, which alters nothing that can be seen.
 *
 * Cost: a search looks at about log2(n) keys; to add or remove moves half a block, and one change in some hundred the directory behind it.
 *
 * A block of 512 is small enough to be moved in a fraction of the time of the search, and large enough for what the host takes for an array not to count.
 */

const MOST_IN_A_BLOCK = 512
const SMALLEST = 16
const NO_SLOT = -1
const NO_BLOCK = new Int32Array(0)

export class KeyOrder {
  readonly #keyOf: (slot: number) => string
  readonly #most: number
  /** Half of it: what two neighbours hold together is more. */
  readonly #few: number
  // The directory, in order: slots, and how many. Cells beyond the last block hold none.
  readonly #blocks: Int32Array[] = [NO_BLOCK]
  #sizes = new Int32Array(SMALLEST)
  #count = 0
  #size = 0

  /** `mostInABlock`: even, and at least 4; smaller in tests. */
  constructor(keyOf: (slot: number) => string, mostInABlock = MOST_IN_A_BLOCK) {
    this.#keyOf = keyOf
    this.#most = mostInABlock
    this.#few = mostInABlock / 2
  }

  get size(): number {
    return this.#size
  }

  /** Of its arrays, without what the host takes for each. */
  get sizeBytes(): number {
    return this.#count * this.#most * 4 + this.#sizes.byteLength + this.#blocks.length * 8
  }

  /** `key`: as it is to be; the slot's own is not asked for. */
  add(slot: number, key: string): void {
    if (this.#count === 0) return this.#begin(slot)
    let place = this.#placeOf(key, slot)
    let at = this.#indexIn(place, key, slot)
    if (at < this.#sizeOf(place) && this.#slotsOf(place)[at] === slot) return
    if (this.#sizeOf(place) === this.#most) {
      const cut = this.#divide(place)
      if (at > cut) {
        place += 1
        at -= cut
      }
    }
    this.#insert(place, at, slot)
  }

  /** `key`: as it was when the slot was added; its own is not asked for. */
  remove(slot: number, key: string): void {
    let place = this.#placeOf(key, slot)
    let at = this.#indexIn(place, key, slot)
    const size = this.#sizeOf(place)
    if (at === size || this.#slotsOf(place)[at] !== slot) return
    if (size === 1) this.#close(place, 0)
    else {
      if (this.#areFewWithNext(place)) this.#join(place)
      else if (place > 0 && this.#areFewWithNext(place - 1)) {
        place -= 1
        at += this.#sizeOf(place)
        this.#join(place)
      }
      this.#takeOut(place, at)
    }
    this.#size -= 1
  }

  /**
   * Slots in order whose keys come after `after` (`undefined`: from the start) and begin with `prefix`, at most `limit`.
   * Asks for the keys of two searches, and for none of those it gives.
   */
  page(prefix: string, after: string | undefined, limit: number): number[] {
    // The next string there is in this order is the one with the smallest code unit behind it.
    const start = this.#positionOf(after === undefined || after < prefix ? prefix : `${after}\0`)
    const end = this.#endOf(prefix)
    const lastPlace = this.#placeAt(end)
    const page: number[] = []
    let at = start % this.#most
    for (let place = this.#placeAt(start); place <= lastPlace && page.length < limit; place += 1) {
      const slots = this.#slotsOf(place)
      const to = Math.min(place === lastPlace ? end % this.#most : this.#sizeOf(place), at + limit - page.length)
      for (; at < to; at += 1) page.push(slots[at] as number)
      at = 0
    }
    return page
  }

  /** How many keys begin with `prefix`. Asks for the keys of two searches, and adds up the sizes of the blocks between. */
  count(prefix: string): number {
    const start = this.#positionOf(prefix)
    const end = this.#endOf(prefix)
    let counted = (end % this.#most) - (start % this.#most)
    for (let place = this.#placeAt(start); place < this.#placeAt(end); place += 1) counted += this.#sizeOf(place)
    return counted
  }

  // -- where a key is: place of the block times what a block holds, and the index within it --------------------------

  /** Of the first key that is not before `key`. */
  #positionOf(key: string): number {
    const place = this.#placeOf(key, NO_SLOT)
    return place * this.#most + this.#indexIn(place, key, NO_SLOT)
  }

  /** Of the first key after those that begin with `prefix`. */
  #endOf(prefix: string): number {
    const end = behind(prefix)
    return end === undefined ? this.#count * this.#most : this.#positionOf(end)
  }

  #placeAt(position: number): number {
    return Math.floor(position / this.#most)
  }

  /** The last block that does not begin behind `key`; else the first. `slot`: the one whose key that is. */
  #placeOf(key: string, slot: number): number {
    let low = 0
    let high = this.#count
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      const found = this.#slotsOf(middle)[0] as number
      if (found === slot || this.#keyOf(found) <= key) low = middle
      else high = middle
    }
    return low
  }

  /** How many keys of a block come before `key`. */
  #indexIn(place: number, key: string, slot: number): number {
    const slots = this.#slotsOf(place)
    let low = 0
    let high = this.#sizeOf(place)
    while (low < high) {
      const middle = (low + high) >>> 1
      const found = slots[middle] as number
      if (found !== slot && this.#keyOf(found) < key) low = middle + 1
      else high = middle
    }
    return low
  }

  #slotsOf(place: number): Int32Array {
    return this.#blocks[place] as Int32Array
  }

  #sizeOf(place: number): number {
    return this.#sizes[place] as number
  }

  /** Whether, with one slot less, this block and the next would be too few for two. */
  #areFewWithNext(place: number): boolean {
    return place + 1 < this.#count && this.#sizeOf(place) + this.#sizeOf(place + 1) <= this.#few + 1
  }

  // -- changes: from its first write on, each of these calls nothing -------------------------------------------------

  #begin(slot: number): void {
    const slots = new Int32Array(this.#most)
    slots[0] = slot
    this.#blocks[0] = slots
    this.#sizes[0] = 1
    this.#count = 1
    this.#size = 1
  }

  #insert(place: number, at: number, slot: number): void {
    const slots = this.#blocks[place] as Int32Array
    const size = this.#sizes[place] as number
    for (let i = size; i > at; i -= 1) slots[i] = slots[i - 1] as number
    slots[at] = slot
    this.#sizes[place] = size + 1
    this.#size += 1
  }

  #takeOut(place: number, at: number): void {
    const slots = this.#blocks[place] as Int32Array
    const last = (this.#sizes[place] as number) - 1
    for (let i = at; i < last; i += 1) slots[i] = slots[i + 1] as number
    this.#sizes[place] = last
  }

  /** Makes two of a full block; gives how many stay in the first. */
  #divide(place: number): number {
    const right = new Int32Array(this.#most)
    this.#reserve()
    const blocks = this.#blocks
    const sizes = this.#sizes
    const left = blocks[place] as Int32Array
    const size = this.#most
    // The last of all, behind which keys come that rise, stays as full as it is. Of any other, one slot would be too few beside the next block.
    const cut = place + 1 === this.#count ? size - 1 : this.#few
    for (let i = cut; i < size; i += 1) right[i - cut] = left[i] as number
    for (let i = this.#count; i > place + 1; i -= 1) {
      blocks[i] = blocks[i - 1] as Int32Array
      sizes[i] = sizes[i - 1] as number
    }
    blocks[place + 1] = right
    sizes[place + 1] = size - cut
    sizes[place] = cut
    this.#count += 1
    return cut
  }

  /** Moves what the next block holds behind what this one does. */
  #join(place: number): void {
    const left = this.#slotsOf(place)
    const right = this.#slotsOf(place + 1)
    const size = this.#sizeOf(place)
    const moved = this.#sizeOf(place + 1)
    // Cells that hold none so far: seen only once `#close` counts them.
    for (let i = 0; i < moved; i += 1) left[size + i] = right[i] as number
    this.#close(place + 1, moved)
  }

  /** Takes a block out of the directory; `moved` of its slots are in the one before it by now. */
  #close(place: number, moved: number): void {
    const blocks = this.#blocks
    const sizes = this.#sizes
    const last = this.#count - 1
    if (moved > 0) sizes[place - 1] = (sizes[place - 1] as number) + moved
    for (let i = place; i < last; i += 1) {
      blocks[i] = blocks[i + 1] as Int32Array
      sizes[i] = sizes[i + 1] as number
    }
    blocks[last] = NO_BLOCK
    sizes[last] = 0
    this.#count = last
  }

  /** Room for the size of one block more. */
  #reserve(): void {
    if (this.#count < this.#sizes.length) return
    const sizes = new Int32Array(this.#count * 2)
    sizes.set(this.#sizes)
    this.#sizes = sizes
  }
}

/** The first string behind all that begin with `prefix`: its last code unit that can be is one higher. `undefined`: there is none. */
function behind(prefix: string): string | undefined {
  let length = prefix.length
  while (length > 0 && prefix.charCodeAt(length - 1) === 0xffff) length -= 1
  if (length === 0) return undefined
  return prefix.slice(0, length - 1) + String.fromCharCode(prefix.charCodeAt(length - 1) + 1)
}
