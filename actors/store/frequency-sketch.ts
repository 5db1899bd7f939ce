/**
 * How often a key was asked for lately, roughly: a count-min sketch with counters of four bits.
 *
 * Invariants
 * - It never says less than how often it was told of a key since all counters were last halved (up to 15), and now and then more: what other
 *   keys have counted in the same places. Only the lowest counters of a key are raised, so that it is as little more as can be.
 * - All counters are halved once in ten requests for each entry of the capacity: what was popular once is forgotten.
 * - The four counters of a key stand in one block of 64 bytes, a line of the processor's cache.
 * - It grows by doubling, and no count becomes less by that.
 *
 * Keys that are held are counted beside them, and here when they go: a sketch that must count what is asked for all the time, too, has
 * little room for telling the others apart.
 *
 * Room    3.5 bytes an entry, and 8 kB for all: with less, few entries are confused so often that it costs points of the hit ratio.
 *
 * It is told hashes, not keys. Who knows the hash can spoil its estimates, and nothing else.
 */

const WORDS_A_BLOCK = 16
const COUNTERS_A_BLOCK = 128
const COUNTERS_AN_ENTRY = 7
/** Beyond those: for each entry, up to so many for all. */
const MORE_AN_ENTRY = 64
const MORE_FOR_ALL = 16_384
/** Before it has grown. It ends less than a 32nd above what it needs. */
const FIRST_BLOCKS = 64
const REQUESTS_AN_ENTRY = 10
const ROWS = 4
/** No count is more. */
export const MOST_COUNTED = 15
const HASHES = 2 ** 32
/** Of eight counters in a word, what they had before their lowest bit was shifted out into the next. */
const HALVED = 0x77777777

export class FrequencySketch {
  #capacity: number
  #blocks: number
  #mostBlocks: number
  #words: Uint32Array
  /** Since the last halving, and half of those before it. */
  #requests = 0
  /** How often all was halved. */
  halvings = 0

  /** `capacity`: how many keys matter at a time. */
  constructor(capacity: number) {
    this.#capacity = capacity
    this.#mostBlocks = blocksFor(capacity)
    this.#blocks = this.#mostBlocks
    while (this.#blocks > FIRST_BLOCKS) this.#blocks = Math.ceil(this.#blocks / 2)
    this.#words = new Uint32Array(this.#blocks * WORDS_A_BLOCK)
  }

  get bytes(): number {
    return this.#words.byteLength
  }

  /** Another capacity. What was counted stays. */
  resize(capacity: number): void {
    this.#capacity = capacity
    this.#mostBlocks = blocksFor(capacity)
  }

  /** So many keys are there now: grows where they would crowd. */
  reserve(entries: number): void {
    const wanted = this.#mostBlocks * Math.min(1, entries / this.#capacity)
    while (this.#blocks < wanted) this.#double()
  }

  frequency(hash: number): number {
    return this.raise(hash, 0)
  }

  /** A request, which is counted here. */
  add(hash: number): void {
    this.raise(hash, Math.min(MOST_COUNTED, this.frequency(hash) + 1))
    this.pass()
  }

  /** It was asked for so often at least, by who has counted that elsewhere. Gives what was known. */
  raise(hash: number, frequency: number): number {
    const words = this.#words
    const start = Math.floor(((hash >>> 0) / HASHES) * this.#blocks) * WORDS_A_BLOCK
    let places = placesOf(hash)
    let least = MOST_COUNTED
    for (let row = 0; row < ROWS; row += 1) {
      const at = start + row * ROWS + ((places >>> 3) & 3)
      const shift = (places & 7) << 2
      const word = words[at] as number
      const count = (word >>> shift) & MOST_COUNTED
      if (count < least) least = count
      if (count < frequency) words[at] = word + ((frequency - count) << shift)
      places >>>= 5
    }
    return least
  }

  /** A request, which is counted elsewhere. */
  pass(): void {
    this.#requests += 1
    if (this.#requests >= REQUESTS_AN_ENTRY * this.#capacity) this.#halve()
  }

  #halve(): void {
    const words = this.#words
    for (let at = 0; at < words.length; at += 1) words[at] = ((words[at] as number) >>> 1) & HALVED
    this.#requests = Math.floor(this.#requests / 2)
    this.halvings += 1
  }

  /** Each block becomes two alike, as a key of it is now looked for in one of these. */
  #double(): void {
    const from = this.#words
    const words = new Uint32Array(from.length * 2)
    for (let start = 0; start < from.length; start += WORDS_A_BLOCK) {
      const block = from.subarray(start, start + WORDS_A_BLOCK)
      words.set(block, start * 2)
      words.set(block, start * 2 + WORDS_A_BLOCK)
    }
    this.#words = words
    this.#blocks *= 2
  }
}

function blocksFor(capacity: number): number {
  return Math.ceil((COUNTERS_AN_ENTRY * capacity + Math.min(MORE_AN_ENTRY * capacity, MORE_FOR_ALL)) / COUNTERS_A_BLOCK)
}

/** Twenty bits for the places in a block, five a row, on which all bits of the hash tell, while the block is chosen by the highest. */
function placesOf(hash: number): number {
  return Math.imul(hash >>> 7, 0x2c1b3c6d) >>> 12
}
