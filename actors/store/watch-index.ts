/**
 * Who watches which key. A change costs a look for its key, one for each length that a watched prefix has, and what those cost who are told:
 * how many others watch other keys makes no difference.
 */

import type { Watcher } from "./watcher.ts"

type Watchers = Map<string, Set<Watcher>>

export class WatchIndex {
  readonly #keys: Watchers = new Map()
  readonly #prefixes: Watchers = new Map()
  /** How many watched prefixes have a length. */
  readonly #ofLength = new Map<number, number>()
  /** Those lengths, the shortest first. */
  #lengths: readonly number[] = []

  /** How many looks for a prefix a change costs at most. */
  get looks(): number {
    return this.#lengths.length
  }

  add(watcher: Watcher): void {
    const { text, isPrefix } = watcher
    if (isPrefix && !this.#prefixes.has(text)) this.#count(text.length, 1)
    addTo(isPrefix ? this.#prefixes : this.#keys, watcher)
  }

  remove(watcher: Watcher): void {
    const { text, isPrefix } = watcher
    removeFrom(isPrefix ? this.#prefixes : this.#keys, watcher)
    if (isPrefix && !this.#prefixes.has(text)) this.#count(text.length, -1)
  }

  /** Those who watch the key. */
  forEach(key: string, tell: (watcher: Watcher) => void): void {
    if (this.#keys.size > 0) for (const watcher of this.#keys.get(key) ?? []) tell(watcher)
    for (const length of this.#lengths) {
      if (length > key.length) return
      for (const watcher of this.#prefixes.get(key.slice(0, length)) ?? []) tell(watcher)
    }
  }

  #count(length: number, more: 1 | -1): void {
    const count = (this.#ofLength.get(length) ?? 0) + more
    if (count === 0) this.#ofLength.delete(length)
    else this.#ofLength.set(length, count)
    if (this.#ofLength.size !== this.#lengths.length) this.#lengths = [...this.#ofLength.keys()].sort((one, other) => one - other)
  }
}

function addTo(index: Watchers, watcher: Watcher): void {
  const watchers = index.get(watcher.text) ?? new Set()
  index.set(watcher.text, watchers.add(watcher))
}

function removeFrom(index: Watchers, watcher: Watcher): void {
  const watchers = index.get(watcher.text)
  watchers?.delete(watcher)
  if (watchers?.size === 0) index.delete(watcher.text)
}
