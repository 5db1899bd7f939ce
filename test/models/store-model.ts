/** The naive store: a map of what was written, and a clock that is asked on every look. Nothing is ever swept. */

export interface ModelEntry {
  readonly value: unknown
  readonly deadline: number
  /** Who writes it, to hold it; 0: nobody. */
  readonly owner: number
}

interface Held extends ModelEntry {
  readonly holders: readonly number[]
}

export class StoreModel {
  readonly #entries = new Map<string, Held>()
  readonly #left = new Set<number>()
  readonly #maxEntries: number

  /** 0 is no limit. */
  constructor(maxEntries = 0) {
    this.#maxEntries = maxEntries
  }

  get(key: string, now: number): unknown {
    return this.#visible(key, now)?.value
  }

  has(key: string, now: number): boolean {
    return this.#visible(key, now) !== undefined
  }

  /** `false`: refused, for a new key in a store full of living entries. */
  set(key: string, entry: ModelEntry, now: number): boolean {
    const isFull = this.#maxEntries > 0 && this.keys(now).length >= this.#maxEntries
    if (isFull && !this.has(key, now)) return false
    const others = entry.owner === 0 ? [] : (this.#visible(key, now)?.holders ?? [])
    const holders = entry.owner === 0 ? [] : [...others.filter((holder) => !this.#left.has(holder)), entry.owner]
    this.#entries.set(key, { ...entry, holders })
    return true
  }

  delete(key: string, now: number): boolean {
    const was = this.has(key, now)
    this.#entries.delete(key)
    return was
  }

  disown(owner: number): void {
    this.#left.add(owner)
  }

  clear(): void {
    this.#entries.clear()
  }

  keys(now: number): string[] {
    return [...this.#entries.keys()].filter((key) => this.has(key, now))
  }

  #visible(key: string, now: number): Held | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || now >= entry.deadline) return undefined
    if (entry.holders.length > 0 && entry.holders.every((holder) => this.#left.has(holder))) return undefined
    return entry
  }
}
