/**
 * Who watches which key. A change costs a look for its key, one for each length that a watched prefix has, and what those cost who are told:
 * how many others watch other keys makes no difference.
 */

import type { Watcher } from "./watcher.ts"

type Watchers = Map<string, Set<Watcher>>

export class WatchIndex {
  readonly #keys: Watchers = new Map()
  readonly #prefixes: Watchers = new Map()
  /** Of the prefixes, each once, the shortest first. */
  #lengths: readonly number[] = []

  add(watcher: Watcher): void {
    addTo(watcher.isPrefix ? this.#prefixes : this.#keys, watcher.text, watcher)
    if (watcher.isPrefix) this.#measure()
  }

  remove(watcher: Watcher): void {
    removeFrom(watcher.isPrefix ? this.#prefixes : this.#keys, watcher.text, watcher)
    if (watcher.isPrefix) this.#measure()
  }

  /** Those who watch the key. */
  forEach(key: string, tell: (watcher: Watcher) => void): void {
    if (this.#keys.size > 0) for (const watcher of this.#keys.get(key) ?? []) tell(watcher)
    for (const length of this.#lengths) {
      if (length > key.length) return
      for (const watcher of this.#prefixes.get(key.slice(0, length)) ?? []) tell(watcher)
    }
  }

  #measure(): void {
    const lengths = new Set(Array.from(this.#prefixes.keys(), ({ length }) => length))
    this.#lengths = [...lengths].sort((one, other) => one - other)
  }
}

function addTo(index: Watchers, text: string, watcher: Watcher): void {
  const watchers = index.get(text) ?? new Set()
  index.set(text, watchers.add(watcher))
}

function removeFrom(index: Watchers, text: string, watcher: Watcher): void {
  const watchers = index.get(text)
  watchers?.delete(watcher)
  if (watchers?.size === 0) index.delete(text)
}
