import { describe, expect, it } from "vitest"
import type { Host } from "../../src/kernel/host.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import type { Process } from "../../src/kernel/process.ts"
import { Scheduler } from "../../src/kernel/scheduler.ts"
import { launch } from "../support/hooked-process.ts"

/** A host that runs nothing by itself: the test calls each microtask and each host turn, and counts them. */
class SteppedHost implements Host {
  readonly microtasks: (() => void)[] = []
  readonly yields: (() => void)[] = []
  readonly timers = new Set<() => void>()
  time = 0
  /** How far the clock moves at each reading. */
  msPerReading = 0

  now(): number {
    this.time += this.msPerReading
    return this.time
  }
  setTimer(callback: () => void): unknown {
    this.timers.add(callback)
    return callback
  }
  holdTimer(): void {}

  clearTimer(timer: unknown): void {
    this.timers.delete(timer as () => void)
  }
  microtask(callback: () => void): void {
    this.microtasks.push(callback)
  }
  yield(callback: () => void): void {
    this.yields.push(callback)
  }
  random(): number {
    return 0
  }

  /** Runs microtasks until none is left, as a real host does before it turns to timers; `false` if they do not come to an end. */
  drain(atMost = 100_000): boolean {
    for (let left = atMost; left > 0; left -= 1) {
      const next = this.microtasks.shift()
      if (next === undefined) return true
      next()
    }
    return false
  }

  /** Fires every timer, as if its time had come. */
  fire(): void {
    for (const callback of [...this.timers]) {
      this.timers.delete(callback)
      callback()
    }
  }

  turn(): boolean {
    for (const callback of this.yields.splice(0)) callback()
    return this.drain()
  }
}

interface Flood {
  readonly host: SteppedHost
  readonly kernel: Kernel
}

/** Two processes that post to each other for ever. */
function flood(msPerReading = 0): Flood {
  const host = new SteppedHost()
  host.msPerReading = msPerReading
  const kernel = new Kernel(host)
  const pair: Process[] = []
  const passOn = (index: number) => (): void => {
    kernel.tell((pair[index] as Process).inbox, undefined, "ball", undefined)
  }
  pair.push(launch(kernel, { handle: passOn(1) }), launch(kernel, { handle: passOn(0) }))
  kernel.tell((pair[0] as Process).inbox, undefined, "ball", undefined)
  return { host, kernel }
}

describe("a drain that is only for what is done after one", () => {
  it("is told from none, from one that others wait for, and from one that has begun", () => {
    const host = new SteppedHost()
    const seen: boolean[] = []
    const scheduler: Scheduler = new Scheduler(host, () => seen.push(scheduler.isClear))
    const runnable = { turn: () => seen.push(scheduler.isClear) === 0, failed: () => {} }
    expect(scheduler.isClear).toBe(false)
    scheduler.wake()
    expect(scheduler.isClear).toBe(true)
    scheduler.enqueue(runnable)
    expect(scheduler.isClear).toBe(false)
    host.drain()
    expect([seen, scheduler.isClear]).toEqual([[false, false], false])
    scheduler.wake()
    while (!scheduler.step()) expect(scheduler.isClear).toBe(true)
    expect(scheduler.isClear).toBe(false)
  })
})

describe("a flooded runtime", () => {
  it("gives the host its turn after 16 384 messages, however fast they were", () => {
    const { host, kernel } = flood()
    expect(host.drain()).toBe(true)
    expect([host.microtasks.length, host.yields.length]).toEqual([0, 1])
    expect(kernel.counters.handled).toBeGreaterThan(16_000)
    expect(kernel.counters.handled).toBeLessThanOrEqual(16_384)
  })

  it("goes on in each turn after it, and yields again each time", () => {
    const { host, kernel } = flood()
    host.drain()
    for (let turn = 2; turn <= 10; turn += 1) {
      expect(host.turn()).toBe(true)
      expect(host.yields).toHaveLength(1)
      expect(kernel.counters.handled).toBeGreaterThan((turn - 1) * 16_384)
      expect(kernel.counters.handled).toBeLessThanOrEqual(turn * 16_384)
    }
  })

  it("gives the host its turn after 2 ms, where messages are slow", () => {
    const { host, kernel } = flood(0.5)
    expect(host.drain()).toBe(true)
    expect(kernel.counters.handled).toBeGreaterThan(0)
    // The clock is read once in 16 messages: five readings of half a millisecond.
    expect(kernel.counters.handled).toBeLessThanOrEqual(16 * 5)
    expect(host.yields).toHaveLength(1)
  })

  it("arms and fires deadlines between its turns", () => {
    const { host, kernel } = flood()
    const silent = launch(kernel, { handle: () => new Promise(() => {}) })
    kernel.ask(silent.inbox, undefined, "never answered", undefined, 20).catch(() => {})
    host.drain()
    expect([host.timers.size, host.yields.length]).toEqual([1, 1])
    host.time = 20
    host.fire()
    expect(kernel.counters.timeouts).toBe(1)
  })

  it("that one process keeps busy with itself serves the others in each round", () => {
    const host = new SteppedHost()
    const kernel = new Kernel(host)
    const counts = { greedy: 0, modest: 0 }
    const greedy = launch(kernel, {
      handle: () => {
        counts.greedy += 1
        kernel.tell(greedy.inbox, undefined, "again", undefined)
      },
    })
    const modest = launch(kernel, {
      handle: () => {
        counts.modest += 1
      },
    })
    kernel.tell(greedy.inbox, undefined, "go", undefined)
    host.drain()
    for (let i = 0; i < 64; i += 1) kernel.tell(modest.inbox, undefined, i, undefined)
    const before = counts.greedy
    host.turn()
    expect(counts.modest).toBe(64)
    expect(counts.greedy - before).toBeLessThanOrEqual(16_384)
  })

  it("gives each of two greedy processes its share, the longer one runs the same", () => {
    const host = new SteppedHost()
    const kernel = new Kernel(host)
    const counts = [0, 0]
    const greedy = (index: number): Process => {
      const process: Process = launch(kernel, {
        handle: () => {
          counts[index] = (counts[index] ?? 0) + 1
          kernel.tell(process.inbox, undefined, "again", undefined)
        },
      })
      kernel.tell(process.inbox, undefined, "go", undefined)
      return process
    }
    greedy(0)
    host.drain()
    for (let turn = 0; turn < 20; turn += 1) host.turn()
    greedy(1)
    const [first = 0] = counts
    for (let turn = 0; turn < 20; turn += 1) host.turn()
    const [nowFirst = 0, second = 0] = counts
    // A process may be a turn of 128 messages ahead of the other, and the scheduler's 20 rounds may each end in it.
    expect(Math.abs(nowFirst - first - second)).toBeLessThanOrEqual(128 * 21)
  })

  it("of processes that each only start the next still gives the host its turn", () => {
    const host = new SteppedHost()
    const kernel = new Kernel(host)
    let started = 0
    const startNext = (): void => {
      started += 1
      if (started < 100_000) launch(kernel, { start: startNext })
    }
    launch(kernel, { start: startNext })
    expect(host.drain()).toBe(true)
    expect(started).toBeLessThanOrEqual(16_384)
    expect(host.yields).toHaveLength(1)
  })
})

describe("an idle runtime", () => {
  it("asks nothing of its host", () => {
    const host = new SteppedHost()
    const kernel = new Kernel(host)
    const process = launch(kernel)
    kernel.tell(process.inbox, undefined, "one", undefined)
    host.drain()
    expect([host.microtasks.length, host.yields.length, host.timers.size]).toEqual([0, 0, 0])
  })

  it("asks for one microtask however many messages are posted in a turn of the host", () => {
    const host = new SteppedHost()
    const kernel = new Kernel(host)
    for (let i = 0; i < 10; i += 1) {
      const process = launch(kernel)
      for (let j = 0; j < 10; j += 1) kernel.tell(process.inbox, undefined, j, undefined)
    }
    expect(host.microtasks).toHaveLength(1)
    host.drain()
    expect(kernel.counters.handled).toBe(100)
  })
})

describe("deadlines that are due together", () => {
  it("fire 1024 at a time, with a turn for the host in between", () => {
    const host = new SteppedHost()
    const kernel = new Kernel(host)
    const silent = launch(kernel, { handle: () => new Promise(() => {}) })
    for (let i = 0; i < 3000; i += 1) kernel.ask(silent.inbox, undefined, i, undefined, 20).catch(() => {})
    host.drain()
    expect(host.timers.size).toBe(1)
    host.time = 20
    host.fire()
    const seen = [kernel.counters.timeouts]
    while (host.yields.length > 0) {
      host.turn()
      seen.push(kernel.counters.timeouts)
    }
    expect(seen).toEqual([1024, 2048, 3000])
    expect(host.timers.size).toBe(0)
  })

  it("do not fire any more once the kernel was disposed of in between", () => {
    const host = new SteppedHost()
    const kernel = new Kernel(host)
    const silent = launch(kernel, { handle: () => new Promise(() => {}) })
    for (let i = 0; i < 3000; i += 1) kernel.ask(silent.inbox, undefined, i, undefined, 20).catch(() => {})
    host.drain()
    host.time = 20
    host.fire()
    kernel.dispose()
    host.turn()
    expect([kernel.counters.timeouts, host.timers.size]).toEqual([1024, 0])
  })
})

describe("the scheduler's readings of the clock", () => {
  /** Steps until it says that the host must have its turn, where each takes so long. */
  function stepsUntilYield(msPerStep: number, quickFirst = 0): number {
    const host = new SteppedHost()
    const scheduler = new Scheduler(host, () => {})
    for (let step = 0; step < quickFirst; step += 1) scheduler.step()
    for (let step = 1; step <= 100_000; step += 1) {
      host.time += msPerStep
      if (scheduler.step()) return step
    }
    return Number.POSITIVE_INFINITY
  }

  it("are 16 steps apart at first, and where they are slow", () => {
    expect(stepsUntilYield(1)).toBe(16)
    expect(stepsUntilYield(0.1)).toBe(32)
  })

  it("are 64 apart while they are quick, so slow ones after them are noticed no later", () => {
    expect(stepsUntilYield(1, 16)).toBe(64)
    expect(stepsUntilYield(0)).toBe(16_384)
  })
})
