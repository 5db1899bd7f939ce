import { afterEach, describe, expect, it, vi } from "vitest"
import { KeyOrder } from "../../../actors/store/key-order.ts"
import { KeySlots } from "../../support/key-slots.ts"
import { nearStackEnd } from "../../support/near-stack-end.ts"

const ALL = Number.POSITIVE_INFINITY

function orderOf(keys: Iterable<string>, mostInABlock?: number): { readonly order: KeyOrder; readonly slots: KeySlots } {
  const slots = new KeySlots()
  const order = new KeyOrder(slots.keyOf, mostInABlock)
  for (const key of keys) order.add(slots.put(key), key)
  return { order, slots }
}

function page(of: { readonly order: KeyOrder; readonly slots: KeySlots }, prefix = "", after?: string, limit = ALL): string[] {
  return of.order.page(prefix, after, limit).map((slot) => of.slots.keys[slot] as string)
}

const number = (n: number): string => String(n).padStart(8, "0")
const rising = (most: number): number[] => Array.from({ length: most }, (_, n) => n)
/** Each number below `most` once, mixed: 7919 and the powers of ten have no divisor in common. */
const mixed = (most: number): number[] => rising(most).map((n) => (n * 7919) % most)

/** What one search may ask for: in the directory, in a block, and one for each of the two divisions that leave a rest. */
const searchIn = (order: KeyOrder): number => Math.log2(order.sizeBytes / 4) + 3

/** Half a block for each two, one that has no pair, and the directory. */
const atMostBytes = (order: KeyOrder): number => 16 * order.size + 2048 + 2000

describe("a page", () => {
  it("has keys in the order of code units: a pair that stands for a later sign comes before \\uff5e", () => {
    const words = ["b", "", "a", "\uff5e", "\u{1f600}", "\0", "ab", "aB", "Z", "10", "9", "\uffff"]
    expect(page(orderOf(words))).toEqual([...words].sort())
    expect(page(orderOf(words)).slice(-3)).toEqual(["\u{1f600}", "\uff5e", "\uffff"])
  })

  it("begins behind a key, there or not, and ends with the last that begins with the prefix", () => {
    const of = orderOf(["a", "b", "ba", "bb", "bb\0", "bc", "c"], 4)
    expect(page(of, "b")).toEqual(["b", "ba", "bb", "bb\0", "bc"])
    expect(page(of, "b", "bb")).toEqual(["bb\0", "bc"])
    expect(page(of, "b", "bab", 2)).toEqual(["bb", "bb\0"])
    expect(page(of, "b", "a")).toEqual(["b", "ba", "bb", "bb\0", "bc"])
    expect(page(of, "b", "bc")).toEqual([])
    expect(page(of, "b", "c")).toEqual([])
    expect(page(of, "b", undefined, 0)).toEqual([])
  })

  it("of a prefix that ends with the last code unit there is ends where the next shorter one does", () => {
    const of = orderOf(["a", "a\uffff", "a\uffff\uffff", "a\uffff\uffffz", "b", "\uffff", "\uffff\uffff"], 4)
    expect(page(of, "a\uffff")).toEqual(["a\uffff", "a\uffff\uffff", "a\uffff\uffffz"])
    expect(page(of, "\uffff")).toEqual(["\uffff", "\uffff\uffff"])
    expect(page(of, "\uffff\uffff")).toEqual(["\uffff\uffff"])
    expect([of.order.count("a\uffff"), of.order.count("\uffff")]).toEqual([3, 2])
  })

  it("of nothing is empty", () => {
    const { order } = orderOf([])
    expect([order.size, order.page("", undefined, ALL), order.page("a", "b", 1), order.count(""), order.count("a")]).toEqual([
      0,
      [],
      [],
      0,
      0,
    ])
  })

  it("asks for the keys of two searches, however many it gives and however many there are", () => {
    const { order, slots } = orderOf(mixed(50_000).map(number))
    for (const limit of [1, 100, 10_000]) {
      slots.asked = 0
      expect(order.page("0000", number(7), limit)).toHaveLength(Math.min(limit, 9992))
      expect(slots.asked).toBeLessThanOrEqual(2 * searchIn(order))
    }
  })

  it("by page gives each key once while others come and go", () => {
    const of = orderOf(
      rising(300).map((n) => number(2 * n)),
      4,
    )
    const seen: string[] = []
    for (let step = 0, after: string | undefined; ; step += 1) {
      const next = page(of, "", after, 7)
      if (next.length === 0) break
      after = next.at(-1)
      seen.push(...next)
      const added = number(2 * ((step * 37) % 300) + 1)
      if (of.slots.slotOf(added) === undefined) of.order.add(of.slots.put(added), added)
      else of.order.remove(of.slots.clear(added), added)
    }
    expect(seen.filter((key) => Number(key) % 2 === 0)).toEqual(rising(300).map((n) => number(2 * n)))
    expect(new Set(seen).size).toBe(seen.length)
  })
})

describe("a count", () => {
  it("asks for the keys of two searches, however many it counts", () => {
    const { order, slots } = orderOf(mixed(50_000).map(number))
    slots.asked = 0
    expect([order.count("0000"), order.count("00012"), order.count("1")]).toEqual([10_000, 1000, 0])
    expect(slots.asked).toBeLessThanOrEqual(6 * searchIn(order))
  })
})

const LONG = "users/of/the/northern/district/and/all/that/belongs/to/them/".repeat(8)

describe("keys that come", () => {
  it.each([
    ["rising", rising(20_000), 5],
    ["falling", rising(20_000).reverse(), 9],
    ["at random", mixed(20_000), 9],
  ])("%s are in order, each added by one search, at few bytes an entry", (_, numbers, bytes) => {
    for (const prefix of ["", LONG]) {
      const slots = new KeySlots()
      const order = new KeyOrder(slots.keyOf)
      let most = 0
      for (const n of numbers) {
        const key = prefix + number(n)
        slots.asked = 0
        order.add(slots.put(key), key)
        most = Math.max(most, slots.asked)
      }
      expect(page({ order, slots }, prefix)).toEqual(rising(20_000).map((n) => prefix + number(n)))
      expect(most).toBeLessThanOrEqual(searchIn(order))
      expect(order.sizeBytes / order.size).toBeLessThan(bytes)
    }
  })

  it("falling between others, behind a full block, take 16 bytes an entry at most", () => {
    const of = orderOf(rising(1024).map(number))
    // Whichever of these a full block ends with.
    for (const before of [508, 509, 510, 511, 512]) {
      for (const n of rising(4000).reverse()) {
        const key = `${number(before)}/${number(n)}`
        of.order.add(of.slots.put(key), key)
      }
    }
    expect(page(of)).toEqual(page(of).sort())
    expect(of.order.sizeBytes).toBeLessThanOrEqual(atMostBytes(of.order))
  })

  it("are added at their place and not beside it when their slots had other keys before", () => {
    const of = orderOf(["a", "b", "c"], 4)
    of.order.remove(of.slots.clear("b"), "b")
    of.order.add(of.slots.put("z"), "z")
    expect([page(of), of.order.size]).toEqual([["a", "c", "z"], 3])
  })
})

describe("keys that go", () => {
  it.each([
    ["from the front", (n: number) => n],
    ["from the back", (n: number) => 19_999 - n],
    ["here and there", (n: number) => (n * 7919) % 20_000],
  ])("%s leave the rest in order, at 16 bytes an entry at most, and nothing when all have gone", (_, nth) => {
    const of = orderOf(mixed(20_000).map(number))
    let most = 0
    for (let gone = 0; gone < 20_000; gone += 1) {
      const key = number(nth(gone))
      of.slots.asked = 0
      of.order.remove(of.slots.clear(key), key)
      most = Math.max(most, of.slots.asked)
      if (gone % 500 === 0) expect(of.order.sizeBytes).toBeLessThanOrEqual(atMostBytes(of.order))
      if (gone === 15_000) expect(page(of)).toEqual(page(of).sort())
    }
    expect(most).toBeLessThanOrEqual(2 * Math.log2(20_000) + 3)
    expect([of.order.size, page(of)]).toEqual([0, []])
    expect(of.order.sizeBytes).toBeLessThan(2000)
  })

  it.each([
    ["rising", rising(20_000)],
    ["falling", rising(20_000).reverse()],
  ])("%s, but for one of 64, leave no block that its neighbour has room for", (_, numbers) => {
    const of = orderOf(mixed(20_000).map(number))
    for (const key of numbers.filter((n) => n % 64 !== 0).map(number)) of.order.remove(of.slots.clear(key), key)
    expect(page(of)).toEqual(rising(313).map((n) => number(64 * n)))
    expect(of.order.sizeBytes).toBeLessThanOrEqual(atMostBytes(of.order))
  })

  it.each([
    ["rising", rising(400)],
    ["falling", rising(400).reverse()],
    ["mixed", mixed(400)],
  ])("%s leave no two neighbours that together fill half a block or less", (_, numbers) => {
    const of = orderOf(rising(400).map(number), 4)
    const states: { readonly size: number; readonly bytes: number }[] = []
    for (const n of [...numbers.filter((n) => n % 4 !== 0), ...numbers.filter((n) => n % 4 === 0)]) {
      of.order.remove(of.slots.clear(number(n)), number(n))
      states.push({ size: of.order.size, bytes: of.order.sizeBytes })
    }
    const directory = of.order.sizeBytes
    // Three slots or more in each two blocks of 16 bytes, and one block that has no pair.
    for (const { size, bytes } of states) expect((bytes - directory) / 16).toBeLessThanOrEqual((2 * size) / 3 + 1)
  })

  it("and come back by turns where blocks are divided and joined move few others", () => {
    const of = orderOf(rising(2000).map(number), 8)
    const bytes: number[] = []
    for (let turn = 0; turn < 200; turn += 1) {
      for (const n of [700, 701, 702, 703, 704]) of.order.remove(of.slots.clear(number(n)), number(n))
      for (const n of [704, 702, 700, 701, 703]) of.order.add(of.slots.put(number(n)), number(n))
      bytes.push(of.order.sizeBytes)
    }
    expect(page(of)).toEqual(rising(2000).map(number))
    expect(Math.max(...bytes)).toBeLessThanOrEqual((bytes[0] as number) + 8 * 4)
  })
})

describe("a call that is cut short", () => {
  afterEach(() => vi.unstubAllGlobals())

  /**
   * Adds and removes, so that blocks are begun, divided, joined and dropped; gives how often a change was cut short.
   * `attempt`: carries it out, true; or has it cut short, false, and is asked again.
   */
  function changeOften({ order, slots }: { order: KeyOrder; slots: KeySlots }, attempt: (change: () => void) => boolean): number {
    let cut = 0
    for (const n of [...mixed(100), ...rising(100)]) {
      const key = number(n)
      const slot = slots.slotOf(key)
      const before = order.page("", undefined, ALL)
      while (!attempt(slot === undefined ? () => order.add(slots.nextSlot(), key) : () => order.remove(slot, key))) {
        cut += 1
        expect([order.size, order.page("", undefined, ALL)]).toEqual([before.length, before])
      }
      if (slot === undefined) slots.put(key)
      else slots.clear(key)
      expect(page({ order, slots })).toEqual(slots.keys.filter((each) => each !== undefined).sort())
    }
    expect(order.size).toBe(0)
    return cut
  }

  it("because a key could not be had has changed nothing, whichever it was", () => {
    let left = ALL
    let nth = 0
    const slots = new KeySlots()
    const order = new KeyOrder((slot) => {
      if (left === 0) throw new RangeError("Maximum call stack size exceeded")
      left -= 1
      return slots.keyOf(slot)
    }, 4)
    const cut = changeOften({ order, slots }, (change) => {
      left = nth
      const isDone = isCarriedOut(change)
      left = ALL
      nth = isDone ? 0 : nth + 1
      return isDone
    })
    expect(cut).toBeGreaterThan(500)
  })

  it("for want of memory has changed nothing", () => {
    let isShort = true
    const of = orderOf([], 4)
    const cut = changeOften(of, (change) => {
      if (isShort) vi.stubGlobal("Int32Array", NoMemory)
      const isDone = isCarriedOut(change)
      vi.unstubAllGlobals()
      isShort = isDone
      return isDone
    })
    expect(cut).toBeGreaterThan(20)
  })

  it("by the end of its caller's stack, wherever, has changed nothing", () => {
    let frames = 1
    const cut = changeOften(orderOf([], 4), (change) => {
      const isDone = nearStackEnd(frames, () => isCarriedOut(change))
      frames = isDone ? 1 : frames + 1
      return isDone
    })
    expect(cut).toBeGreaterThan(200)
  })
})

class NoMemory {
  constructor() {
    throw new RangeError("Array buffer allocation failed")
  }
}

function isCarriedOut(change: () => void): boolean {
  try {
    change()
    return true
  } catch {
    return false
  }
}
