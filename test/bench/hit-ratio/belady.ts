/** The best that any cache could do: it knows what comes, and lets go what is asked for last. It need not keep what it is asked for. */

const NEVER = Number.POSITIVE_INFINITY

/** Hits of the best cache of this capacity. O(n log n). */
export function beladyHits(keys: Uint32Array, capacity: number): number {
  const next = nextRequests(keys)
  const due = new Map<number, number>()
  const heap = new LatestFirst()
  let hits = 0
  for (const [at, key] of keys.entries()) {
    if (due.has(key)) hits += 1
    due.set(key, next[at] as number)
    heap.push(next[at] as number, key)
    while (due.size > capacity) {
      const [moment, latest] = heap.pop()
      // What was asked for since then stands in the heap a second time.
      if (due.get(latest) === moment) due.delete(latest)
    }
  }
  return hits
}

/** Of each request: when its key is asked for next. */
function nextRequests(keys: Uint32Array): Float64Array {
  const next = new Float64Array(keys.length)
  const seen = new Map<number, number>()
  for (let at = keys.length - 1; at >= 0; at -= 1) {
    const key = keys[at] as number
    next[at] = seen.get(key) ?? NEVER
    seen.set(key, at)
  }
  return next
}

/** A binary heap of moments, each with its key; the latest on top. */
class LatestFirst {
  readonly #pairs: (readonly [moment: number, key: number])[] = []

  push(moment: number, key: number): void {
    const pairs = this.#pairs
    let place = pairs.push([moment, key]) - 1
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (this.#at(parent)[0] >= moment) break
      this.#swap(place, parent)
      place = parent
    }
  }

  pop(): readonly [moment: number, key: number] {
    const top = this.#at(0)
    const last = this.#pairs.pop() as readonly [number, number]
    if (this.#pairs.length > 0) {
      this.#pairs[0] = last
      this.#sink()
    }
    return top
  }

  #sink(): void {
    for (let place = 0; ; ) {
      const [left, right] = [2 * place + 1, 2 * place + 2]
      let latest = place
      if (this.#momentAt(left) > this.#momentAt(latest)) latest = left
      if (this.#momentAt(right) > this.#momentAt(latest)) latest = right
      if (latest === place) return
      this.#swap(place, latest)
      place = latest
    }
  }

  #at(place: number): readonly [number, number] {
    return this.#pairs[place] as readonly [number, number]
  }

  #momentAt(place: number): number {
    return this.#pairs[place]?.[0] ?? -1
  }

  #swap(one: number, other: number): void {
    const kept = this.#at(one)
    this.#pairs[one] = this.#at(other)
    this.#pairs[other] = kept
  }
}
