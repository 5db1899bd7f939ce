/**
 * Counts the versions of a durable store: each is greater than all before it, those of programs before among them.
 *
 * Invariant: what is told to anybody is on disk, or is at most `MOST_UNCOMMITTED` above what is: the database keeps so many from being given again.
 */

export class VersionCount {
  #newest: number
  #onDisk: number

  /** `last`: none so far was greater. */
  constructor(last: number) {
    this.#newest = last
    this.#onDisk = last
  }

  /** How many were given beyond those that the database knows of. */
  get ahead(): number {
    return this.#newest - this.#onDisk
  }

  /** The database knows of that one. */
  written(version: number): void {
    if (version > this.#onDisk) this.#onDisk = version
  }

  /** None beyond it was given to anybody. */
  get newest(): number {
    return this.#newest
  }

  next(): number {
    return this.take(1)
  }

  /** So many, which follow each other; gives the first. */
  take(count: number): number {
    this.#newest += count
    return this.#newest - count + 1
  }

  /** Of those that were taken, so many were used. Where others were given since, the rest is nobody's. */
  giveBack(first: number, taken: number, used: number): void {
    if (this.#newest === first + taken - 1) this.#newest = first + used - 1
  }
}
