/** The naive store: a map of what was written, and a clock that is asked on every look. Nothing is ever swept. */

export interface ModelEntry {
  readonly value: unknown
  readonly deadline: number
  /** 0: nobody. */
  readonly owner: number
}

export class StoreModel {
  readonly #entries = new Map<string, ModelEntry>()
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
    this.#entries.set(key, entry)
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

  #visible(key: string, now: number): ModelEntry | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || now >= entry.deadline || this.#left.has(entry.owner)) return undefined
    return entry
  }
}
