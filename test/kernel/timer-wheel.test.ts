import { describe, expect, it } from "vitest"
import { TimerNode, TimerWheel } from "../../src/kernel/timer-wheel.ts"

class Recorded extends TimerNode {
  readonly name: string
  readonly #fired: string[]
  readonly #then: () => void

  constructor(name: string, fired: string[], then: () => void = () => {}) {
    super()
    this.name = name
    this.#fired = fired
    this.#then = then
  }

  override expired(): void {
    this.#fired.push(this.name)
    this.#then()
  }
}

const NO_LIMIT = 1_000_000
const YEAR_MS = 365 * 24 * 3_600_000
/** Where eight levels of 32 slots have gone round once. */
const ROUND_MS = 2 ** 40

describe("TimerWheel", () => {
  it("fires at the deadline, not before", () => {
    const fired: string[] = []
    const wheel = new TimerWheel(0)
    wheel.arm(new Recorded("a", fired), 100)
    wheel.advance(99.999, NO_LIMIT)
    expect(fired).toEqual([])
    wheel.advance(100, NO_LIMIT)
    expect(fired).toEqual(["a"])
    expect(wheel.size).toBe(0)
  })

  it("rounds a deadline with a fraction up, so nothing is early", () => {
    const fired: string[] = []
    const wheel = new TimerWheel(0.4)
    wheel.arm(new Recorded("a", fired), 10.2)
    wheel.advance(10.9, NO_LIMIT)
    expect(fired).toEqual([])
    wheel.advance(11, NO_LIMIT)
    expect(fired).toEqual(["a"])
  })

  it("fires a deadline that has passed at the next advance, even with the clock where it was", () => {
    const fired: string[] = []
    const wheel = new TimerWheel(500)
    wheel.arm(new Recorded("a", fired), 20)
    wheel.advance(500, NO_LIMIT)
    expect(fired).toEqual(["a"])
  })

  it("fires those of one millisecond in the order they were armed", () => {
    const fired: string[] = []
    const wheel = new TimerWheel(0)
    for (const name of ["a", "b", "c"]) wheel.arm(new Recorded(name, fired), 5)
    wheel.advance(5, NO_LIMIT)
    expect(fired).toEqual(["a", "b", "c"])
  })

  it("never fires what was cancelled, and a second cancel does nothing", () => {
    const fired: string[] = []
    const wheel = new TimerWheel(0)
    const node = new Recorded("a", fired)
    wheel.arm(node, 5000)
    wheel.cancel(node)
    wheel.cancel(node)
    expect([wheel.size, wheel.nextAt()]).toEqual([0, Number.POSITIVE_INFINITY])
    wheel.advance(10_000, NO_LIMIT)
    expect(fired).toEqual([])
  })

  it("unlinks at once what was cancelled, so it holds nothing of it", () => {
    const wheel = new TimerWheel(0)
    const node = new Recorded("a", [])
    wheel.arm(node, 5000)
    wheel.cancel(node)
    expect([node.previous, node.next]).toEqual([undefined, undefined])
  })

  it("lets a node be armed again from within its own expiry", () => {
    const fired: string[] = []
    const wheel = new TimerWheel(0)
    const node: Recorded = new Recorded("a", fired, () => {
      if (fired.length < 3) wheel.arm(node, fired.length * 10 + 10)
    })
    wheel.arm(node, 10)
    wheel.advance(100, NO_LIMIT)
    expect(fired).toEqual(["a", "a", "a"])
  })

  it("lets an expiry cancel its neighbour of the same millisecond", () => {
    const fired: string[] = []
    const wheel = new TimerWheel(0)
    const second = new Recorded("b", fired)
    wheel.arm(new Recorded("a", fired, () => wheel.cancel(second)), 10)
    wheel.arm(second, 10)
    wheel.advance(10, NO_LIMIT)
    expect(fired).toEqual(["a"])
  })

  it.each([1, 100, 1000])("reaches a deadline of %s years", (years) => {
    const fired: string[] = []
    const wheel = new TimerWheel(123)
    const deadline = 123 + years * YEAR_MS
    wheel.arm(new Recorded("a", fired), deadline)
    wheel.advance(deadline - 1, NO_LIMIT)
    expect(fired).toEqual([])
    wheel.advance(deadline, NO_LIMIT)
    expect(fired).toEqual(["a"])
  })

  it("crosses the end of a round of 2^40 ms, wherever its clock began", () => {
    const fired: string[] = []
    const wheel = new TimerWheel(ROUND_MS - 10)
    wheel.arm(new Recorded("before", fired), ROUND_MS - 1)
    wheel.arm(new Recorded("after", fired), ROUND_MS + 5)
    wheel.advance(ROUND_MS + 4, NO_LIMIT)
    expect(fired).toEqual(["before"])
    wheel.advance(ROUND_MS + 5, NO_LIMIT)
    expect(fired).toEqual(["before", "after"])
  })

  it("takes a deadline beyond all counting, and never comes to it", () => {
    const fired: string[] = []
    const wheel = new TimerWheel(0)
    const never = new Recorded("never", fired)
    wheel.arm(never, Number.MAX_VALUE)
    expect(wheel.advance(1000 * YEAR_MS, NO_LIMIT)).toBe(false)
    expect([fired, wheel.size]).toEqual([[], 1])
    wheel.cancel(never)
    expect(wheel.size).toBe(0)
  })
})

describe("TimerWheel.advance", () => {
  it("stops at its limit, says that more is due, and goes on where it was", () => {
    const fired: string[] = []
    const wheel = new TimerWheel(0)
    for (const name of ["a", "b", "c", "d", "e"]) wheel.arm(new Recorded(name, fired), 7)
    expect(wheel.advance(7, 2)).toBe(true)
    expect(fired).toEqual(["a", "b"])
    expect(wheel.advance(7, 2)).toBe(true)
    expect(wheel.advance(7, 2)).toBe(false)
    expect(fired).toEqual(["a", "b", "c", "d", "e"])
  })

  it("is bounded even where an expiry arms the next for the same moment for ever", () => {
    const fired: string[] = []
    const wheel = new TimerWheel(0)
    const node: Recorded = new Recorded("a", fired, () => wheel.arm(node, 1))
    wheel.arm(node, 1)
    expect(wheel.advance(1, 50)).toBe(true)
    expect(fired).toHaveLength(50)
  })
})

describe("TimerWheel.awaited", () => {
  it("counts the armed deadlines that somebody waits for", () => {
    const wheel = new TimerWheel(0)
    const [waited, other] = [new Recorded("a", []), new Recorded("b", [])]
    waited.isAwaited = true
    wheel.arm(waited, 10)
    wheel.arm(other, 10)
    expect(wheel.awaited).toBe(1)
    wheel.cancel(waited)
    wheel.cancel(other)
    expect(wheel.awaited).toBe(0)
  })
})
