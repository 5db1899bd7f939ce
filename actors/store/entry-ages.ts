/**
 * When the oldest entry of a table was written, from nothing but versions: they rise with every write, so what was written before a moment has a
 * lower one. The time behind is cut into spans, each with its first version, its first moment, and how many of its entries are left.
 *
 * Invariants
 * - What it says is never later than the truth, and earlier by at most an eighth of the age, or by `GRAIN_MS`.
 * - It takes no room for an entry; spans are joined as they grow old, so that their number rises with the logarithm of the time alone.
 * - Cost O(log spans) a write and a removal, amortised; the oldest is at hand.
 */

/** What is written within so many ms of one another may count as one moment. */
const GRAIN_MS = 8
/** Two neighbours are joined where both together are no longer than this part of their age. */
const PRECISION = 1 / 8
/** Spans before they are joined for the first time. */
const FEW = 32

export class EntryAges {
  #versions: number[] = []
  #moments: number[] = []
  #counts: number[] = []
  /** Spans from which on they are joined. */
  #limit = FEW

  /** Spans kept. */
  get spans(): number {
    return this.#versions.length
  }

  /** An entry has that version from now on. */
  written(version: number, now: number): void {
    const last = this.#versions.length - 1
    if (last >= 0 && now < (this.#moments[last] as number) + GRAIN_MS) {
      this.#counts[last] = (this.#counts[last] as number) + 1
      return
    }
    if (last + 1 >= this.#limit) this.#join(now)
    this.#versions.push(version)
    this.#moments.push(now)
    this.#counts.push(1)
  }

  /** No entry has that version any more. */
  gone(version: number): void {
    const span = this.#spanOf(version)
    this.#counts[span] = (this.#counts[span] as number) - 1
  }

  /** The moment from which the oldest entry is, or a little before; `undefined` where there is none. */
  oldestAt(): number | undefined {
    const counts = this.#counts
    for (let span = 0; span < counts.length; span += 1) if (counts[span] !== 0) return this.#moments[span]
    return undefined
  }

  /** Counts anew, where that was cut short: `versions` are those of all entries. */
  recount(versions: Iterable<number>): void {
    // A span that had half begun has no entry.
    this.#versions.length = this.#moments.length
    this.#counts = this.#versions.map(() => 0)
    for (const version of versions) {
      const span = this.#spanOf(version)
      this.#counts[span] = (this.#counts[span] as number) + 1
    }
  }

  /** The last span that has begun by that version. */
  #spanOf(version: number): number {
    const versions = this.#versions
    let low = 0
    let high = versions.length - 1
    if (version >= (versions[high] as number)) return high
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((versions[middle] as number) <= version) low = middle
      else high = middle - 1
    }
    return low
  }

  /** From the oldest on: a span without entries is left out, one that is short for its age is taken into the one before it. */
  #join(now: number): void {
    const versions: number[] = []
    const moments: number[] = []
    const counts: number[] = []
    const { length } = this.#versions
    for (let span = 0; span < length; span += 1) {
      const count = this.#counts[span] as number
      if (count === 0) continue
      const kept = counts.length - 1
      const from = moments[kept] as number
      // It ends where the next one begins; what is left out between belongs to nobody.
      const until = this.#moments[span + 1] ?? now
      if (kept >= 0 && until - from <= (now - from) * PRECISION) counts[kept] = (counts[kept] as number) + count
      else {
        versions.push(this.#versions[span] as number)
        moments.push(this.#moments[span] as number)
        counts.push(count)
      }
    }
    this.#versions = versions
    this.#moments = moments
    this.#counts = counts
    this.#limit = Math.max(FEW, 2 * counts.length)
  }
}
