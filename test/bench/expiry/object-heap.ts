/** A binary heap with an object for each entry, which knows its position: what most would write first. */

import type { Expired, ExpiryIndex } from "./expiry-index.ts"

interface Entry {
  readonly slot: number
  deadline: number
  position: number
}

export class ObjectHeap implements ExpiryIndex {
  readonly resolutionMs = 0
  readonly #heap: Entry[] = []
  readonly #bySlot: (Entry | undefined)[] = []

  get size(): number {
    return this.#heap.length
  }

  schedule(slot: number, deadline: number): void {
    const entry = this.#bySlot[slot]
    if (entry === undefined) return this.#insert({ slot, deadline, position: this.#heap.length })
    const isLater = deadline > entry.deadline
    entry.deadline = deadline
    if (isLater) this.#sink(entry, entry.position)
    else this.#rise(entry, entry.position)
  }

  cancel(slot: number): void {
    const entry = this.#bySlot[slot]
    if (entry === undefined) return
    this.#bySlot[slot] = undefined
    const last = this.#heap.pop() as Entry
    if (last === entry) return
    if (last.deadline > entry.deadline) this.#sink(last, entry.position)
    else this.#rise(last, entry.position)
  }

  earliest(): number {
    return this.#heap[0]?.deadline ?? Number.POSITIVE_INFINITY
  }

  sweep(now: number, limit: number, expired: Expired): boolean {
    for (let left = limit; left > 0; left -= 1) {
      const first = this.#heap[0]
      if (first === undefined || first.deadline > now) return false
      this.cancel(first.slot)
      expired(first.slot)
    }
    return this.earliest() <= now
  }

  #insert(entry: Entry): void {
    this.#bySlot[entry.slot] = entry
    this.#heap.push(entry)
    this.#rise(entry, entry.position)
  }

  #rise(entry: Entry, from: number): void {
    let position = from
    while (position > 0) {
      const parent = this.#heap[(position - 1) >> 1] as Entry
      if (parent.deadline <= entry.deadline) break
      this.#put(parent, position)
      position = (position - 1) >> 1
    }
    this.#put(entry, position)
  }

  #sink(entry: Entry, from: number): void {
    let position = from
    for (;;) {
      const least = this.#leastChild(position)
      if (least === undefined || least.deadline >= entry.deadline) break
      const next = least.position
      this.#put(least, position)
      position = next
    }
    this.#put(entry, position)
  }

  #leastChild(position: number): Entry | undefined {
    const left = this.#heap[position * 2 + 1]
    const right = this.#heap[position * 2 + 2]
    return left === undefined || right === undefined || left.deadline <= right.deadline ? left : right
  }

  #put(entry: Entry, position: number): void {
    this.#heap[position] = entry
    entry.position = position
  }
}
