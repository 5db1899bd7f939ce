/**
 * A map and a set of what few schedules have: the host's own is made when something is put in first. A judge has several, and is made anew for each schedule.
 *
 * What they have is what is asked of them here; order and identity are those of the host's own.
 */

const NOTHING: readonly never[] = []

export class SeldomMap<Key, Value> {
  #all: Map<Key, Value> | undefined = undefined

  get size(): number {
    return this.#all?.size ?? 0
  }

  get(key: Key): Value | undefined {
    return this.#all?.get(key)
  }

  has(key: Key): boolean {
    return this.#all?.has(key) === true
  }

  set(key: Key, value: Value): void {
    this.#all ??= new Map()
    this.#all.set(key, value)
  }

  delete(key: Key): boolean {
    return this.#all?.delete(key) === true
  }

  keys(): Iterable<Key> {
    return this.#all?.keys() ?? NOTHING
  }

  values(): Iterable<Value> {
    return this.#all?.values() ?? NOTHING
  }

  [Symbol.iterator](): Iterator<readonly [Key, Value]> {
    return (this.#all ?? NOTHING)[Symbol.iterator]()
  }
}

export class SeldomSet<Item> {
  #all: Set<Item> | undefined = undefined

  get size(): number {
    return this.#all?.size ?? 0
  }

  has(item: Item): boolean {
    return this.#all?.has(item) === true
  }

  add(item: Item): void {
    this.#all ??= new Set()
    this.#all.add(item)
  }

  delete(item: Item): boolean {
    return this.#all?.delete(item) === true
  }

  [Symbol.iterator](): Iterator<Item> {
    return (this.#all ?? NOTHING)[Symbol.iterator]()
  }
}
