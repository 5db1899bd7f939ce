import { describe, expect, it } from "vitest"
import type { Eviction } from "../../../actors/store/eviction.ts"
import { AdaptiveEviction } from "../../../actors/store/eviction-adaptive.ts"
import { LruEviction } from "../../../actors/store/eviction-lru.ts"
import { hashOfKey } from "../../../actors/store/key-hash.ts"
import { seededRandom } from "../../../src/testing.ts"

interface Measured extends Eviction {
  readonly bytes: number
}

const POLICIES: readonly (readonly [name: string, make: (capacity: number) => Measured])[] = [
  ["LruEviction", (capacity) => new LruEviction(capacity)],
  ["AdaptiveEviction", (capacity) => new AdaptiveEviction(capacity)],
]

function fill(eviction: Eviction, count: number, name = "key"): void {
  for (let slot = 0; slot < count; slot += 1) eviction.added(slot, `${name}:${slot}`)
}

describe.each(POLICIES)("%s", (_, make) => {
  it("names nobody where nobody is held", () => {
    const eviction = make(10)
    expect(eviction.victim(-1)).toBe(-1)
    eviction.added(3, "key")
    eviction.removed(3)
    expect(eviction.victim(-1)).toBe(-1)
  })

  it("never names the one that is being written, not even where nobody else is there", () => {
    const eviction = make(1)
    eviction.added(0, "only")
    expect(eviction.victim(0)).toBe(-1)
    expect(eviction.victim(-1)).toBe(0)
    eviction.added(1, "another")
    expect(eviction.victim(0)).toBe(1)
    expect(eviction.victim(1)).toBe(0)
  })

  it("names one that stays until it is removed", () => {
    const eviction = make(4)
    fill(eviction, 4)
    const named = [eviction.victim(-1), eviction.victim(-1), eviction.victim(-1)]
    for (const victim of named) expect([0, 1, 2, 3]).toContain(victim)
    const gone = new Set<number>()
    for (let left = 4; left > 0; left -= 1) {
      const victim = eviction.victim(-1)
      gone.add(victim)
      eviction.removed(victim)
    }
    expect(gone).toEqual(new Set([0, 1, 2, 3]))
  })

  it("is not confused by a slot that it does not hold, nor by one that it is told of twice", () => {
    const eviction = make(4)
    eviction.used(7)
    eviction.removed(1_000_000)
    eviction.added(2, "one")
    eviction.added(2, "other")
    eviction.removed(2)
    eviction.removed(2)
    expect(eviction.victim(-1)).toBe(-1)
  })

  it("begins anew when it is cleared", () => {
    const eviction = make(100)
    fill(eviction, 100)
    eviction.clear()
    expect(eviction.victim(-1)).toBe(-1)
    eviction.added(42, "key")
    expect(eviction.victim(-1)).toBe(42)
  })

  it("takes slots beyond those that were expected", () => {
    const eviction = make(10)
    fill(eviction, 1000)
    const gone = new Set<number>()
    for (let victim = eviction.victim(-1); victim >= 0; victim = eviction.victim(-1)) {
      gone.add(victim)
      eviction.removed(victim)
    }
    expect(gone.size).toBe(1000)
  })

  it("takes no room for entries that are not there yet", () => {
    expect(make(10_000_000).bytes).toBeLessThan(24_000)
  })
})

describe("LruEviction", () => {
  it("names the one that was neither read nor written for longest", () => {
    const eviction = new LruEviction()
    for (const slot of [5, 6, 7]) eviction.added(slot)
    eviction.used(5)
    expect(eviction.victim(-1)).toBe(6)
    expect(eviction.victim(6)).toBe(7)
    eviction.removed(6)
    eviction.used(7)
    expect(eviction.victim(-1)).toBe(5)
  })

  it("takes eight bytes an entry", () => {
    const eviction = new LruEviction(100_001)
    fill(eviction, 100_001)
    expect(eviction.bytes / 100_001).toBeLessThan(8.1)
  })
})

describe("AdaptiveEviction", () => {
  it.each([
    [100, 100 * 16 + 22_000],
    [1000, 1000 * 16 + 22_000],
    [100_000, 100_000 * 16],
    [1_000_000, 1_000_000 * 16],
  ])("takes at most 16 bytes an entry when %i are there, and a little for all that only few notice", (entries, most) => {
    const eviction = new AdaptiveEviction(entries)
    fill(eviction, entries)
    expect(eviction.bytes).toBeLessThanOrEqual(most)
    expect(eviction.bytes).toBeGreaterThan(entries * 15.4)
  })

  it("keeps what is asked for often from a scan, and from many of them", () => {
    const { eviction, request, held } = cacheOf(100)
    for (let round = 0; round < 30; round += 1) {
      for (let key = 0; key < 50; key += 1) request(`popular:${key}`)
      for (let key = 0; key < 150; key += 1) request(`scan:${round}:${key}`)
    }
    expect([...held.keys()].filter((key) => key.startsWith("popular"))).toHaveLength(50)
    expect(eviction.window).toBeLessThan(1)
  })

  it("becomes LRU where recency tells most, and is so no longer where it does not", () => {
    const { eviction, request } = cacheOf(400)
    const random = seededRandom(1)
    for (let at = 0; at < 20_000; at += 1) request(`soon:${at % 2 === 0 ? at : Math.max(0, at - 301)}`)
    expect(eviction.window).toBe(1)
    for (let at = 0; at < 20_000; at += 1) request(`loop:${at % 900}`)
    expect(eviction.window).toBe(0.01)
    for (let at = 0; at < 40_000; at += 1) request(`drift:${Math.floor(at / 20) + Math.floor(500 * random() ** 3)}`)
    expect(eviction.window).toBe(1)
  })

  it("finds out its capacity when it is full, takes the room for that many, and forgets nobody", () => {
    const eviction = new AdaptiveEviction(10)
    fill(eviction, 2000)
    const before = eviction.bytes
    expect(eviction.victim(-1)).not.toBe(-1)
    for (let slot = 2000; slot < 3500; slot += 1) eviction.added(slot, `more:${slot}`)
    expect(eviction.bytes - before).toBeGreaterThan(1500 * 13)
    for (let slot = 2000; slot < 3500; slot += 1) eviction.removed(slot)
    const gone = new Set<number>()
    for (let victim = eviction.victim(-1); victim >= 0; victim = eviction.victim(-1)) {
      gone.add(victim)
      eviction.removed(victim)
    }
    expect(gone.size).toBe(2000)
  })

  it.each([
    ["fewer than it was told, as where most are bound", 20_000, 0],
    ["more", 20, 0],
    ["400, and now and then 200 for one that is heavy", 400, 200],
  ])("finds out which shape is best where it holds %s", (_, told, heavy) => {
    const { eviction, request, evict } = cacheOf(400, told)
    const ask = (at: number, key: string): void => {
      request(key)
      if (at % 500 === 499) for (let left = heavy; left > 0; left -= 1) evict()
    }
    for (let at = 0; at < 40_000; at += 1) ask(at, `soon:${at % 2 === 0 ? at : Math.max(0, at - 301)}`)
    expect(eviction.window).toBe(1)
    for (let at = 0; at < 40_000; at += 1) ask(at, `loop:${at % 900}`)
    expect(eviction.window).toBe(0.01)
  })

  it("finds out which shape is best where one entry fits, and then two", () => {
    const { eviction, request, held, evict } = cacheOf(2)
    // In the mean one and a half, which is a quarter off where it is rounded.
    for (let at = 0; at < 2000; at += 1) {
      const key = `soon:${2 * Math.floor(at / 4) + (at % 2)}`
      if (!held.has(key) && held.size === 2) {
        evict()
        if (at % 4 === 0) evict()
      }
      request(key)
    }
    expect(eviction.window).toBe(1)
  })

  it("finds out soon that far fewer fit, as where all that comes now is heavy", () => {
    const { eviction, request, held, evict } = cacheOf(20_000)
    for (let at = 0; at < 150_000; at += 1) request(`soon:${at % 2 === 0 ? at : Math.max(0, at - 10_001)}`)
    expect(eviction.window).toBe(1)
    for (let at = 0; at < 6000; at += 1) {
      const key = `loop:${at % 120}`
      while (held.size >= 100 && !held.has(key)) evict()
      request(key)
    }
    expect(eviction.window).toBe(0.01)
  })

  it("learns nothing from entries that were deleted: no shape would have had them", () => {
    const { eviction, request, replace } = cacheOf(400)
    for (let at = 0; at < 20_000; at += 1) {
      const key = `soon:${at % 2 === 0 ? at : Math.max(0, at - 301)}`
      request(key)
      replace(key, `in its place:${at}`)
    }
    expect(eviction.window).toBe(0.2)
  })
})

describe("hashOfKey", () => {
  it("differs where keys differ, and leaves three bits free", () => {
    const hashes = Array.from({ length: 10_000 }, (_, number) => hashOfKey(`user:${number}:profile`))
    expect(new Set(hashes).size).toBeGreaterThan(9995)
    expect(hashes.filter((hash) => (hash & 7) !== 0)).toEqual([])
  })

  it("looks at both ends of a long key, and at its length", () => {
    const long = "x".repeat(1000)
    const hashes = [long, `a${long.slice(1)}`, `${long.slice(1)}a`, `${long}x`].map(hashOfKey)
    expect(new Set(hashes).size).toBe(4)
  })
})

interface Cache {
  readonly eviction: AdaptiveEviction
  readonly held: Map<string, number>
  request(key: string): void
  evict(): void
  /** Deletes one and puts another into its slot. */
  replace(key: string, other: string): void
}

/** A cache as the store has it: room is made for a new key before it is added. `told`: the capacity that the policy is told of. */
function cacheOf(capacity: number, told = capacity): Cache {
  const eviction = new AdaptiveEviction(told)
  const held = new Map<string, number>()
  const keys: string[] = []
  const free = Array.from({ length: capacity }, (_, at) => capacity - 1 - at)
  const evict = (): void => {
    const slot = eviction.victim(-1)
    expect(held.delete(keys[slot] ?? "nobody")).toBe(true)
    eviction.removed(slot)
    free.push(slot)
  }
  const request = (key: string): void => {
    const known = held.get(key)
    if (known !== undefined) return eviction.used(known)
    if (free.length === 0) evict()
    const slot = free.pop() as number
    held.set(key, slot)
    keys[slot] = key
    eviction.added(slot, key)
  }
  const replace = (key: string, other: string): void => {
    const slot = held.get(key) as number
    held.delete(key)
    eviction.removed(slot)
    held.set(other, slot)
    keys[slot] = other
    eviction.added(slot, other)
  }
  return { eviction, held, request, evict, replace }
}
