import { describe, expect, it } from "vitest"
import { FrequencySketch } from "../../../actors/store/frequency-sketch.ts"
import { hashOfKey } from "../../../actors/store/key-hash.ts"
import { type Shape, TinyLfuQueues } from "../../../actors/store/tiny-lfu-queues.ts"

const SHAPE: Shape = { window: 0.1, protected: 0.5, margin: 1, sparesOnce: false }
/** So much more often nobody is asked for. */
const NEVER_LETS_IN = 16

interface Stage {
  readonly queues: TinyLfuQueues
  add(slot: number, times?: number): void
  ask(slot: number, times: number): void
  evict(except?: number): number
}

/** Ten entries, in slots 0 to 9, each asked for once: the window holds its share of the youngest, and 0 is on probation for longest. */
function ten(shape: Partial<Shape> = {}): Stage {
  const sketch = new FrequencySketch(1000)
  const queues = new TinyLfuQueues({ ...SHAPE, ...shape, margin: NEVER_LETS_IN, sparesOnce: false }, sketch, 10)
  const ask = (slot: number, times: number): void => {
    for (let left = times; left > 0; left -= 1) sketch.add(hashOfKey(`key:${slot}`))
  }
  const add = (slot: number, times = 1): void => {
    queues.add(slot, hashOfKey(`key:${slot}`))
    ask(slot, times)
  }
  const evict = (except = -1): number => {
    const victim = queues.victim(except)
    queues.remove(victim)
    return victim
  }
  for (let slot = 0; slot < 10; slot += 1) add(slot)
  queues.victim(-1)
  queues.shape = { ...SHAPE, ...shape }
  return { queues, add, ask, evict }
}

describe("TinyLfuQueues", () => {
  it("lets the newcomer go where it was not asked for more often, and else the one on probation for longest", () => {
    const { add, ask, evict } = ten()
    expect(evict()).toBe(9)
    add(10, 2)
    expect(evict()).toBe(0)
    ask(1, 5)
    add(11, 3)
    expect(evict()).toBe(11)
  })

  it.each([
    { margin: 0, times: 1, victim: 0 },
    { margin: 1, times: 1, victim: 9 },
    { margin: 1, times: 2, victim: 0 },
    { margin: 2, times: 2, victim: 9 },
    { margin: 2, times: 3, victim: 0 },
  ])("wants of a newcomer the margin of its shape: $margin, asked for $times times, lets $victim go", ({ margin, times, victim }) => {
    const { ask, evict } = ten({ margin })
    ask(9, times - 1)
    expect(evict()).toBe(victim)
  })

  it("judges the one before it while an entry is being written", () => {
    const { add, evict } = ten()
    add(10, 9)
    expect(evict(10)).toBe(9)
    expect(evict()).toBe(0)
  })

  it("does not count the one that is being written to the window", () => {
    const { add, evict } = ten({ window: 0.2 })
    expect(evict()).toBe(8)
    add(10)
    expect(evict(10)).toBe(0)
  })

  it("protects whom is used on probation, and puts the one not used for longest back there where those are too many", () => {
    const { queues, add, evict } = ten()
    for (const slot of [0, 1, 2, 3, 4]) queues.use(slot)
    expect(evict()).toBe(9)
    const victims = [10, 11, 12, 13, 14, 15].map((slot) => {
      add(slot, 9)
      return evict()
    })
    expect(victims).toEqual([5, 6, 7, 8, 0, 15])
  })

  it("spares the popular one once, where its shape says so, unless it was used meanwhile", () => {
    const { queues, add, evict } = ten({ sparesOnce: true })
    const victims = [evict()]
    for (let slot = 10; slot < 20; slot += 1) {
      if (slot === 15) queues.use(1)
      add(slot)
      victims.push(evict())
    }
    expect(victims).toEqual([9, 10, 11, 12, 13, 14, 15, 16, 17, 0, 2])
    const rest = Array.from({ length: queues.size }, () => evict())
    expect(rest.sort((one, other) => one - other)).toEqual([1, 3, 4, 5, 6, 7, 8, 18, 19])
  })

  it("grows the window at the main part's expense, and is LRU where it is all", () => {
    const { queues, evict } = ten({ window: 1 })
    queues.use(2)
    queues.use(0)
    queues.shape = { ...SHAPE, window: 0.1 }
    expect(queues.victim(-1)).toBe(0)
    queues.shape = { ...SHAPE, window: 1, protected: 0 }
    queues.use(3)
    expect(Array.from({ length: 10 }, () => evict())).toEqual([1, 4, 5, 6, 7, 8, 9, 2, 3, 0])
  })

  it("moves whom a smaller window has too many of, the oldest first, and not all at once", () => {
    const { queues, add, evict } = ten({ window: 1 })
    for (let slot = 10; slot < 60; slot += 1) add(slot)
    queues.shape = SHAPE
    // 16 have moved, so the next one is judged; in the end the six youngest are left in it.
    expect(evict()).toBe(16)
    queues.victim(-1)
    queues.victim(-1)
    expect(queues.victim(-1)).toBe(54)
  })
})
