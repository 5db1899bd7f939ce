import { describe, expect, it, vi } from "vitest"
import { FrequencySketch } from "../../../actors/store/frequency-sketch.ts"
import { hashOfKey } from "../../../actors/store/key-hash.ts"
import { SlotLists } from "../../../actors/store/slot-lists.ts"
import { type Shape, TinyLfuQueues } from "../../../actors/store/tiny-lfu-queues.ts"

const STAYING: Shape = { window: 0.2, protected: 0.8, margin: 2 }
const SPARING: Shape = { window: 0.2, protected: 0.65, margin: 1, sparesOnce: true }
const LRU: Shape = { window: 1, protected: 0, margin: 0 }

describe("TinyLfuQueues", () => {
  it("spares who is popular once; then it goes for whoever was asked for twice, and for nobody who passes by", () => {
    const sketch = new FrequencySketch(10)
    const queues = new TinyLfuQueues(SPARING, sketch, 2)
    const ask = (key: string, times: number): void => {
      for (let time = 0; time < times; time += 1) sketch.add(hashOfKey(key))
    }
    const come = (slot: number, key: string, times: number): number => {
      ask(key, times)
      queues.add(slot, hashOfKey(key))
      return queues.victim(-1)
    }
    ask("popular", 7)
    queues.add(0, hashOfKey("popular"))
    for (const [key, times, goes] of [
      ["twice, too early", 2, 1],
      ["once", 1, 1],
      ["once more", 1, 1],
      ["twice", 2, 0],
    ] as const) {
      const victim = come(1, key, times)
      expect([key, victim]).toEqual([key, goes])
      queues.remove(victim)
    }
    expect([queues.has(0), queues.has(1)]).toEqual([false, true])
  })

  it("puts who is popular behind the others on probation, so that none of them stays for standing behind it", () => {
    const sketch = new FrequencySketch(10)
    const queues = new TinyLfuQueues(STAYING, sketch, 5)
    const add = (slot: number, key: string, times: number): void => {
      for (let time = 0; time < times; time += 1) sketch.add(hashOfKey(key))
      queues.add(slot, hashOfKey(key))
    }
    add(0, "popular", 2)
    for (const slot of [1, 2, 3]) add(slot, `once: ${slot}`, 1)
    add(4, "three times", 3)
    // There is room for one in the window: the others go on probation, the popular one first.
    expect(queues.victim(-1)).toBe(4)
    expect(queues.victim(-1)).toBe(1)
    queues.remove(1)
    // Who is not popular stays where it is, spared or not.
    add(1, "not often enough", 2)
    for (let time = 0; time < 3; time += 1) expect(queues.victim(-1)).toBe(1)
    queues.remove(1)
    add(1, "often enough", 3)
    expect(queues.victim(-1)).toBe(2)
  })

  it.each([
    ["another shape protects fewer", 20, { window: 0.2, protected: 0.25, margin: 1 }],
    ["there are fewer entries", 9, { window: 0.05, protected: 0.5, margin: 1 }],
  ] as const)("protects no more than it should when %s, though none on probation is used", (_, entries, shape) => {
    const sketch = new FrequencySketch(20)
    const queues = new TinyLfuQueues({ window: 0.05, protected: 0.5, margin: 1 }, sketch, 20)
    for (let slot = 0; slot < 20; slot += 1) queues.add(slot, hashOfKey(`of old:${slot}`))
    queues.victim(-1)
    queues.victim(-1)
    for (let slot = 0; slot < 20; slot += 1) queues.use(slot)
    queues.shape = shape
    const free: number[] = []
    const evict = (): void => {
      const slot = queues.victim(-1)
      queues.remove(slot)
      free.push(slot)
    }
    while (queues.size > entries) evict()
    const came = new Set<number>()
    for (let key = 0; key < 200; key += 1) {
      evict()
      const slot = free.pop() as number
      const hash = hashOfKey(`of late:${key}`)
      for (let time = 0; time < 4; time += 1) sketch.add(hash)
      queues.add(slot, hash)
      came.add(slot)
    }
    // No more than are protected: a quarter of four fifths of 20; half of 19 twentieths of 9.
    const old = Array.from({ length: 20 }, (_, slot) => slot).filter((slot) => queues.has(slot) && !came.has(slot))
    expect(old.length).toBeLessThanOrEqual(4)
    expect(old.length).toBeGreaterThan(0)
  })

  it("protects those that were, once more, where for a while recency alone has told who goes", () => {
    const sketch = new FrequencySketch(10)
    const queues = new TinyLfuQueues(STAYING, sketch, 10)
    for (let slot = 0; slot < 10; slot += 1) queues.add(slot, hashOfKey(`of old:${slot}`))
    queues.victim(-1)
    for (const slot of [0, 1, 2]) queues.use(slot)
    const come = (key: string): void => {
      const slot = queues.victim(-1)
      queues.remove(slot)
      for (let time = 0; time < 4; time += 1) sketch.add(hashOfKey(key))
      queues.add(slot, hashOfKey(key))
    }
    queues.shape = LRU
    for (let key = 0; key < 5; key += 1) come(`meanwhile:${key}`)
    queues.shape = STAYING
    for (let key = 0; key < 50; key += 1) come(`of late:${key}`)
    expect([0, 1, 2].map((slot) => queues.hashOf(slot))).toEqual([0, 1, 2].map((slot) => hashOfKey(`of old:${slot}`)))
  })

  it("keeps by recency alone what is used from then on, once that is its shape", () => {
    const queues = new TinyLfuQueues(STAYING, new FrequencySketch(10), 7)
    for (const slot of [0, 1, 2, 3, 4, 5, 6]) queues.add(slot, hashOfKey(`key:${slot}`))
    // Now one is in the window and the others are on probation, but for those that are used.
    queues.victim(-1)
    queues.use(0)
    queues.shape = LRU
    for (const slot of [1, 6, 0, 2]) queues.use(slot)
    const gone = Array.from({ length: 7 }, () => {
      const slot = queues.victim(-1)
      queues.remove(slot)
      return slot
    })
    expect(gone).toEqual([3, 4, 5, 1, 6, 0, 2])
  })

  it("counts beside them how often those that it holds are asked for, and tells the sketch when they go", () => {
    const sketch = new FrequencySketch(10)
    const queues = new TinyLfuQueues(SPARING, sketch, 2)
    const hash = hashOfKey("held")
    sketch.add(hash)
    queues.add(1, hash)
    for (let time = 0; time < 5; time += 1) queues.use(1)
    expect([queues.hashOf(1), sketch.frequency(hash)]).toEqual([hash, 1])
    queues.remove(1)
    expect(sketch.frequency(hash)).toBe(6)
    queues.add(1, hash)
    for (let time = 0; time < 30; time += 1) queues.use(1)
    expect(queues.hashOf(1)).toBe(hash)
    queues.remove(1)
    expect(sketch.frequency(hash)).toBe(15)
  })

  it("halves what it has counted as often as the sketch was halved", () => {
    const sketch = new FrequencySketch(10)
    const queues = new TinyLfuQueues(SPARING, sketch, 2)
    const [often, seldom] = [hashOfKey("often"), hashOfKey("seldom")]
    const pass = (requests: number): void => {
      for (let request = 0; request < requests; request += 1) sketch.pass()
    }
    queues.add(0, often)
    queues.add(1, seldom)
    for (let time = 0; time < 13; time += 1) queues.use(0)
    pass(100)
    queues.use(1)
    pass(50)
    queues.remove(0)
    expect(sketch.frequency(often)).toBe(3)
    queues.remove(1)
    expect(sketch.frequency(seldom)).toBe(0)
  })

  it("counts those that are held and have such a hash", () => {
    const queues = new TinyLfuQueues(SPARING, new FrequencySketch(10), 10)
    for (let slot = 0; slot < 10; slot += 1) queues.add(slot, hashOfKey(`key:${slot}`))
    queues.remove(3)
    expect(queues.count(() => true)).toBe(9)
    expect(queues.count((hash) => hash === hashOfKey("key:3") || hash === hashOfKey("key:4"))).toBe(1)
  })

  it("looks at no more than are held to count them, in whichever list they are, however many were there", () => {
    const queues = new TinyLfuQueues(SPARING, new FrequencySketch(100), 100)
    for (let slot = 0; slot < 100; slot += 1) queues.add(slot, hashOfKey(`key:${slot}`))
    for (let slot = 0; slot < 10; slot += 1) queues.remove(queues.victim(-1))
    const held = Array.from({ length: 100 }, (_, slot) => slot).filter((slot) => queues.has(slot))
    for (const slot of held.slice(5)) queues.remove(slot)
    for (const slot of held.slice(0, 2)) queues.use(slot)
    const looks: number[] = []
    const { forEach } = SlotLists.prototype
    const spy = vi.spyOn(SlotLists.prototype, "forEach").mockImplementation(function (this: SlotLists, list, see) {
      forEach.call(this, list, (slot) => {
        looks.push(slot)
        see(slot)
      })
    })
    expect([queues.count(() => true), looks.sort((one, other) => one - other)]).toEqual([5, held.slice(0, 5)])
    spy.mockRestore()
  })
})
