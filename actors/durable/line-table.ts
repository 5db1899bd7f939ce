/**
 * The lines of keys that somebody is at, by their keys: few at a time, and always others.
 *
 * V8's Map makes itself smaller as keys go, and each of its tables points to the one that took its place. One that is long-lived and often emptied leaves a chain of
 * them, which the collector of young memory takes for alive from its first piece on, with all that ever stood in them: lines, writes, values. So a key that goes
 * leaves its place, with nothing in it, and from time to time a new map has the rest.
 */

/** Places of keys that have gone, beside as many as there are keys. */
const MOST_LEFT = 1024

export class LineTable<Line extends object> {
  #places = new Map<string, Line | undefined>()
  #size = 0

  /** How many there are. */
  get size(): number {
    return this.#size
  }

  get(key: string): Line | undefined {
    return this.#places.get(key)
  }

  /** For a key that has none. */
  add(key: string, line: Line): void {
    this.#places.set(key, line)
    this.#size += 1
  }

  /** For a key that has one. Cost amortised O(1). */
  remove(key: string): void {
    this.#places.set(key, undefined)
    this.#size -= 1
    if (this.#places.size > 2 * this.#size + MOST_LEFT) this.#places = new Map(this.#entries())
  }

  all(): Line[] {
    return Array.from(this.#entries(), ([, line]) => line)
  }

  *#entries(): Generator<[string, Line], void> {
    for (const [key, line] of this.#places) if (line !== undefined) yield [key, line]
  }
}
