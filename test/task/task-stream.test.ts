import { afterEach, beforeEach, describe, expect, it } from "vitest"
import {
  Conflict,
  type ExitReason,
  formatExitReason,
  type ItemOutcome,
  invalid,
  type ProcessSelf,
  type TaskOutcome,
  type TaskStreamOptions,
  Timeout,
  Unavailable,
} from "../../src/index.ts"
import { Alarm } from "../../src/kernel/alarm.ts"
import { latch } from "../support/latch.ts"
import { refusalOf } from "../support/refusal.ts"
import { openStage } from "../support/stage.ts"
import { exhaust, leftWith, NOTHING_LEFT, openTaskStage, pause, type TaskOwnerActor, type TaskStage } from "../support/task-stage.ts"
import { type Watched, watch } from "../support/watched.ts"

let stage: TaskStage
let owner: TaskOwnerActor

beforeEach(async () => {
  stage = openTaskStage()
  owner = await stage.owner()
})

afterEach(async () => {
  expect(await stage.close()).toEqual({ processes: 0, deadlines: 0, hostTimers: 0 })
})

const boom = new Error("boom")
const forever = (): Promise<never> => new Promise(() => {})

/** An item is the time that its task takes, in ms; negative: and then crashes. */
async function takeTime(ms: number, self: ProcessSelf<unknown>): Promise<number> {
  if (ms !== 0) await pause(self, Math.abs(ms))
  if (ms < 0) throw boom
  return ms
}

async function collect<Result>(stream: AsyncIterable<ItemOutcome<unknown, Result>>): Promise<TaskOutcome<Result>[]> {
  const all: TaskOutcome<Result>[] = []
  for await (const each of stream) all.push(bare(each))
  return all
}

interface Source extends Iterable<number> {
  readonly taken: number[]
  returned: number
}

/** Counts what is taken from it. */
function source(items: Iterable<number>): Source {
  const iterator = items[Symbol.iterator]()
  const self: Source = {
    taken: [],
    returned: 0,
    [Symbol.iterator]: () => ({
      next: () => {
        const next = iterator.next()
        if (next.done !== true) self.taken.push(next.value)
        return next
      },
      return: () => {
        self.returned += 1
        return { done: true, value: undefined }
      },
    }),
  }
  return self
}

function* naturals(): Iterable<number> {
  for (let number = 1; ; number += 1) yield number
}

/** What became of a task of a stream, without whose it is: that has a rule of its own, and the property looks at it each time. */
function bare<Result>({ item: _item, index: _index, ...outcome }: ItemOutcome<unknown, Result>): TaskOutcome<Result> {
  return outcome as TaskOutcome<Result>
}

/** What becomes of a loop over the whole stream, while the test moves the clock. */
function loop<Result>(stream: AsyncIterable<ItemOutcome<unknown, Result>>): {
  readonly seen: TaskOutcome<Result>[]
  readonly end: Watched
} {
  const seen: TaskOutcome<Result>[] = []
  const end = watch(
    (async () => {
      for await (const each of stream) seen.push(bare(each))
    })(),
  )
  return { seen, end }
}

const ok = <T>(value: T): TaskOutcome<T> => ({ ok: value })

describe("asyncStream", () => {
  it("gives the outcomes in the order of the items, or as they come", async () => {
    const ordered = loop(owner.self.asyncStream([30, 10, 20, 0], takeTime))
    const unordered = loop(owner.self.asyncStream([30, 10, 20, 0], takeTime, { ordered: false }))
    await stage.time.advance(30)
    expect(ordered.seen).toEqual([30, 10, 20, 0].map(ok))
    expect(unordered.seen).toEqual([0, 10, 20, 30].map(ok))
    expect([ordered.end.state, unordered.end.state]).toEqual(["fulfilled", "fulfilled"])
    expect(leftWith(owner, stage)).toEqual(NOTHING_LEFT)
  })

  it("says of each outcome which item it belongs to, and where that stood, whatever became of it", async () => {
    const rules = { timeoutMs: 50, onTimeout: "kill_task", link: false } as const
    const told: Record<string, ItemOutcome<number, number>[]> = { ordered: [], unordered: [] }
    const loops = [true, false].map(async (ordered) => {
      const outcomes = told[ordered ? "ordered" : "unordered"]
      for await (const outcome of owner.self.asyncStream([30, -10, 60, 20], takeTime, { ...rules, ordered })) outcomes?.push(outcome)
    })
    await stage.time.advance(50)
    await Promise.all(loops)
    const late = { exit: { error: expect.any(Timeout) }, item: 60, index: 2 }
    const [first, second, last] = [
      { ok: 30, item: 30, index: 0 },
      { exit: { error: boom }, item: -10, index: 1 },
      { ok: 20, item: 20, index: 3 },
    ]
    expect(told).toEqual({ ordered: [first, second, late, last], unordered: [second, last, first, late] })
  })

  it("is lazy: nothing is taken or started before somebody iterates, and each iteration is a run of its own", async () => {
    const items = source([1, 2])
    const runs: number[] = []
    const lazy = owner.self.asyncStream(items, (item) => runs.push(item))
    await stage.time.settle()
    expect([items.taken, stage.kernel.processes.size]).toEqual([[], 1])
    const again = owner.self.asyncStream([5], (item) => item)
    expect([await collect(again), await collect(again)]).toEqual([[ok(5)], [ok(5)]])
    expect(await collect(lazy)).toEqual([ok(1), ok(2)])
    expect(items.returned).toBe(0)
    expect(runs).toEqual([1, 2])
  })

  it("runs at most maxConcurrency tasks, 8 if not said otherwise, and starts the next when one has ended", async () => {
    const running = new Set<number>()
    let most = 0
    const work = async (item: number, self: ProcessSelf<unknown>): Promise<void> => {
      running.add(item)
      most = Math.max(most, running.size)
      await pause(self, 10)
      running.delete(item)
    }
    for (const [maxConcurrency, expected] of [
      [undefined, 8],
      [3, 3],
      [1, 1],
    ] as const) {
      most = 0
      const items = Array.from({ length: 20 }, (_, index) => index)
      const { end } = loop(owner.self.asyncStream(items, work, maxConcurrency === undefined ? {} : { maxConcurrency }))
      await stage.time.advance(10 * Math.ceil(20 / expected))
      expect([most, end.state]).toEqual([expected, "fulfilled"])
    }
  })

  it("takes no more from its source than it may run, and as much again that waits behind a slow one", async () => {
    const items = source(naturals())
    const iterator = owner.self.asyncStream(items, (item) => (item === 1 ? forever() : item), { maxConcurrency: 3 })[Symbol.asyncIterator]()
    const first = watch(iterator.next())
    await stage.time.settle()
    expect([items.taken, first.state]).toEqual([[1, 2, 3, 4, 5, 6], "pending"])
    expect(stage.kernel.processes.size).toBe(2)
    await stage.time.advance(5000)
    expect(first.error).toBeInstanceOf(Timeout)
    expect([items.returned, leftWith(owner, stage)]).toEqual([1, NOTHING_LEFT])
  })

  it("takes nothing while its consumer is at work on an outcome", async () => {
    const items = source(naturals())
    const iterator = owner.self.asyncStream(items, (item) => item, { maxConcurrency: 2 })[Symbol.asyncIterator]()
    expect(await iterator.next()).toEqual({ done: false, value: { ...ok(1), item: 1, index: 0 } })
    await stage.time.advance(1000)
    // The next two were started as the first two had ended.
    expect([items.taken, stage.kernel.processes.size]).toEqual([[1, 2, 3, 4], 1])
    expect(await iterator.next()).toEqual({ done: false, value: { ...ok(2), item: 2, index: 1 } })
    await stage.time.settle()
    expect(items.taken).toEqual([1, 2, 3, 4, 5])
    await iterator.return?.()
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it("takes items from an async source, and delivers while the next is on its way", async () => {
    const { self } = owner
    async function* slowly(): AsyncIterable<number> {
      for (const item of [1, 2, 3]) {
        yield item
        await pause(self, 100)
      }
    }
    const { seen, end } = loop(self.asyncStream(slowly(), takeTime))
    await stage.time.advance(50)
    expect(seen).toEqual([ok(1)])
    await stage.time.advance(155)
    expect([seen, end.state]).toEqual([[ok(1), ok(2), ok(3)], "pending"])
    await stage.time.advance(100)
    expect(end.state).toBe("fulfilled")
    expect(await collect(self.asyncStream([], takeTime))).toEqual([])
    expect(await collect(self.asyncStream("ab", (letter) => letter))).toEqual([ok("a"), ok("b")])
    expect(leftWith(owner, stage)).toEqual(NOTHING_LEFT)
  })

  it("ends early with its loop: what runs is killed and gone, and the source closed", async () => {
    const items = source(naturals())
    const killed: number[] = []
    const work = async (item: number, self: ProcessSelf<unknown>): Promise<number> => {
      self.signal.addEventListener("abort", () => killed.push(item))
      if (item > 1) await forever()
      return item
    }
    for await (const outcome of owner.self.asyncStream(items, work, { maxConcurrency: 3 })) {
      expect(outcome).toEqual({ ...ok(1), item: 1, index: 0 })
      break
    }
    expect([killed.filter((item) => item > 1), items.returned, leftWith(owner, stage)]).toEqual([[2, 3, 4], 1, NOTHING_LEFT])
    const more = source(naturals())
    const thrown = await (async () => {
      for await (const _ of owner.self.asyncStream(more, work)) throw boom
    })().catch((error) => error)
    expect([thrown, more.returned, leftWith(owner, stage)]).toEqual([boom, 1, NOTHING_LEFT])
  })

  it("waits for its source to close, and passes on what that throws, unless the loop has failed already", async () => {
    const closed = latch()
    const seen: string[] = []
    const careful = (fault?: Error): AsyncIterable<number> => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: 1 }),
        return: async () => {
          await closed.promise
          seen.push("closed")
          if (fault !== undefined) throw fault
          return { done: true, value: undefined }
        },
      }),
    })
    const first = async (fault?: Error): Promise<void> => {
      for await (const _ of owner.self.asyncStream(careful(fault), (item) => item, { maxConcurrency: 1 })) break
      seen.push("left")
    }
    const leaving = [first(), first(boom).catch((error) => error)]
    await stage.time.settle()
    expect(seen).toEqual([])
    closed.open()
    expect([await leaving[0], await leaving[1], seen]).toEqual([undefined, boom, ["closed", "closed", "left"]])
    const late = loop(owner.self.asyncStream(careful(boom), forever, { maxConcurrency: 1, timeoutMs: 10 }))
    await stage.time.advance(10)
    expect(late.end.error).toBeInstanceOf(Timeout)
  })

  it("does not wait for a source that never gives its next item", async () => {
    const asked: string[] = []
    const silent: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => (asked.push("next") === 1 ? Promise.resolve({ done: false, value: 1 }) : forever()),
        return: async () => {
          asked.push("return")
          throw boom
        },
      }),
    }
    for await (const _ of owner.self.asyncStream(silent, (item) => item)) break
    expect([asked, leftWith(owner, stage)]).toEqual([["next", "next", "return"], NOTHING_LEFT])
  })

  it("drops an item that comes after its loop was left", async () => {
    const { promise, open } = latch<IteratorResult<number>>()
    const runs: number[] = []
    const late: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({ next: () => (runs.length === 0 ? Promise.resolve({ done: false, value: 1 }) : promise) }),
    }
    for await (const _ of owner.self.asyncStream(late, (item) => runs.push(item), { maxConcurrency: 1 })) break
    open({ done: false, value: 2 })
    await stage.time.settle()
    expect([runs, leftWith(owner, stage)]).toEqual([[1], NOTHING_LEFT])
  })

  it("is left only when what ran is gone", async () => {
    const iterator = owner.self.asyncStream([1, 2], (item) => (item === 1 ? item : forever()))[Symbol.asyncIterator]()
    await iterator.next()
    await exhaust(owner, stage)
    const left = watch(iterator.return?.() ?? forever())
    for (let hop = 0; hop < 100; hop += 1) await Promise.resolve()
    expect(left.state).toBe("pending")
    await stage.time.settle()
    expect([left.state, leftWith(owner, stage)]).toEqual(["fulfilled", NOTHING_LEFT])
  })

  it("that is left as its owner ends says nothing of how its source closed", async () => {
    const { self, process } = await stage.owner()
    const { promise, fail } = latch<IteratorResult<number>>()
    const items: Iterable<number> = {
      [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }), return: () => promise as never }),
    }
    let started = 0
    const iterator = self.asyncStream(items, () => (started++ === 0 ? 1 : forever()), { maxConcurrency: 2 })[Symbol.asyncIterator]()
    await iterator.next()
    await exhaust(owner, stage)
    const left = watch(iterator.return?.() ?? forever())
    for (let hop = 0; hop < 100; hop += 1) await Promise.resolve()
    process.urge({ type: "exit", reason: "kill" })
    await stage.time.settle()
    expect(left.error).toBeInstanceOf(Unavailable)
    fail(boom)
    await stage.time.settle()
  })

  it("takes a value that came as the time was over", async () => {
    const { promise, open } = latch<string>()
    new Alarm(stage.kernel, 50, () => open("just in time"))
    const { seen, end } = loop(owner.self.asyncStream([1], () => promise, { timeoutMs: 50 }))
    await stage.time.advance(50)
    expect([seen, end.state]).toEqual([[ok("just in time")], "fulfilled"])
  })

  it("drops an item that comes after its owner has ended", async () => {
    const { promise, open } = latch<IteratorResult<number>>()
    const runs: number[] = []
    const late: AsyncIterable<number> = { [Symbol.asyncIterator]: () => ({ next: () => promise }) }
    const iterator = owner.self.asyncStream(late, (item) => runs.push(item), { timeoutMs: 10 })[Symbol.asyncIterator]()
    const first = watch(iterator.next())
    await stage.time.settle()
    owner.process.urge({ type: "exit", reason: "shutdown" })
    await stage.time.settle()
    open({ done: false, value: 1 })
    await stage.time.settle()
    expect([first.error, runs]).toEqual([expect.any(Unavailable), []])
  })

  it("fails with what its source throws, at once or later, and kills what runs", async () => {
    function* broken(): Iterable<number> {
      yield 1000
      throw boom
    }
    async function* brokenLater(): AsyncIterable<number> {
      yield* broken()
    }
    const noIterator = { [Symbol.iterator]: () => 5 } as never
    const noObject: AsyncIterable<number> = { [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve(undefined as never) }) }
    for (const items of [broken(), brokenLater()]) {
      const { seen, end } = loop(owner.self.asyncStream(items, takeTime))
      await stage.time.settle()
      expect([seen, end.error, leftWith(owner, stage)]).toEqual([[], boom, NOTHING_LEFT])
    }
    for (const items of [noIterator, noObject])
      expect(await collect(owner.self.asyncStream(items, takeTime)).catch((error) => error)).toBeInstanceOf(TypeError)
  })

  it("fails with Timeout where a task takes longer than 5000 ms, or what is said, and kills the others", async () => {
    const late = loop(owner.self.asyncStream([4999, 5001, 6000], takeTime, { ordered: false }))
    await stage.time.advance(5000)
    expect([late.seen, late.end.error]).toEqual([[ok(4999)], expect.any(Timeout)])
    expect(late.end.error).toMatchObject({ details: { timeoutMs: 5000 } })
    expect([owner.process.status, leftWith(owner, stage)]).toEqual(["ready", NOTHING_LEFT])
    const patient = loop(owner.self.asyncStream([1e6], takeTime, { timeoutMs: Number.POSITIVE_INFINITY }))
    await stage.time.advance(1e6)
    expect(patient.seen).toEqual([ok(1e6)])
  })

  it("goes on with kill_task: the outcome of a late one is a Timeout at its place", async () => {
    const { seen, end } = loop(owner.self.asyncStream([10, 60, 20], takeTime, { timeoutMs: 50, onTimeout: "kill_task", maxConcurrency: 2 }))
    await stage.time.advance(50)
    expect([seen, end.state]).toEqual([[ok(10), { exit: { error: expect.any(Timeout) } }, ok(20)], "fulfilled"])
    const late = seen[1] as { exit: ExitReason }
    expect(formatExitReason(late.exit)).toMatch(/^Timeout: the task <\d+> did not end within 50 ms: killed$/)
    expect([owner.process.status, leftWith(owner, stage)]).toEqual(["ready", NOTHING_LEFT])
  })

  it("counts the time of each task from its start", async () => {
    const { seen, end } = loop(owner.self.asyncStream([40, 40, 40], takeTime, { timeoutMs: 50, maxConcurrency: 1 }))
    await stage.time.advance(120)
    expect([seen, end.state]).toEqual([[40, 40, 40].map(ok), "fulfilled"])
  })

  it("links its tasks: a crash takes the owner along", async () => {
    const { end, seen } = loop(owner.self.asyncStream([10, -20, 30], takeTime))
    await stage.time.advance(20)
    expect([owner.process.exitReason, seen, end.error]).toEqual([{ error: boom }, [ok(10)], expect.any(Unavailable)])
    expect(stage.kernel.processes.size).toBe(0)
  })

  it("gives a crash as an outcome to an owner that traps exits, or without links, and nothing is in the inbox", async () => {
    const outcomes = [ok(10), { exit: { error: boom } }, ok(30)]
    const apart = loop(owner.self.asyncStream([10, -20, 30], takeTime, { link: false }))
    await stage.time.advance(30)
    expect(apart.seen).toEqual(outcomes)
    owner.self.trapExit(true)
    const trapping = loop(owner.self.asyncStream([10, -20, 30], takeTime))
    await stage.time.advance(30)
    expect([trapping.seen, leftWith(owner, stage)]).toEqual([outcomes, NOTHING_LEFT])
  })

  it("ends with its owner: linked tasks too, others within their time; the source is closed though nobody asks for more", async () => {
    for (const [link, left] of [
      [true, 0],
      [false, 3],
    ] as const) {
      const { self, process } = await stage.owner()
      const items = source(naturals())
      const iterator = self
        .asyncStream(items, (item) => (item === 1 ? item : forever()), { link, maxConcurrency: 3 })
        [Symbol.asyncIterator]()
      expect(await iterator.next()).toEqual({ done: false, value: { ...ok(1), item: 1, index: 0 } })
      process.urge({ type: "exit", reason: { error: boom } })
      await stage.time.settle()
      expect([items.returned, stage.kernel.processes.size - 1]).toEqual([1, left])
      expect(await refusalOf(iterator.next())).toBeInstanceOf(Unavailable)
      expect([items.taken, stage.kernel.processes.size - 1]).toEqual([[1, 2, 3, 4], left])
      await stage.time.advance(5000)
      expect(stage.kernel.processes.size).toBe(1)
    }
  })

  it("that is under way when its owner ends rejects, and spares what no link ties", async () => {
    const { self, process } = await stage.owner()
    const { end } = loop(self.asyncStream([10, 20], takeTime, { link: false }))
    await stage.time.advance(5)
    process.urge({ type: "exit", reason: { error: boom } })
    await stage.time.settle()
    expect([end.error, stage.kernel.processes.size]).toEqual([expect.any(Unavailable), 3])
    await stage.time.advance(15)
    expect(stage.kernel.processes.size).toBe(1)
  })

  it("is the owner's alone, and of no use once it has ended", async () => {
    const items = source([1])
    const mine = owner.self.asyncStream(items, takeTime)
    const theirs = owner.self.asyncNoLink(() => refusalOf(mine[Symbol.asyncIterator]().next()))
    expect(await theirs.result()).toBeInstanceOf(Conflict)
    owner.process.urge({ type: "exit", reason: "kill" })
    await stage.time.settle()
    expect(await refusalOf(mine[Symbol.asyncIterator]().next())).toBeInstanceOf(Unavailable)
    expect(items.taken.length).toBeLessThanOrEqual(1)
  })

  it("refuses wrong input, naming the field", () => {
    const { self } = owner
    const refusals: [() => unknown, Error][] = [
      [() => self.asyncStream(5 as never, takeTime), invalid("items", "must be iterable, sync or async; got 5")],
      [() => self.asyncStream({} as never, takeTime), invalid("items", "must be iterable, sync or async; got an object")],
      [() => self.asyncStream(null as never, takeTime), invalid("items", "must be iterable, sync or async; got null")],
      [() => self.asyncStream([], "work" as never), invalid("work", 'must be a function; got "work"')],
      ...([0, 1.5, "8", Number.POSITIVE_INFINITY] as never[]).map((maxConcurrency): [() => unknown, Error] => [
        () => self.asyncStream([], takeTime, { maxConcurrency }),
        invalid("maxConcurrency", `must be a whole number from 1; got ${maxConcurrency === "8" ? '"8"' : maxConcurrency}`),
      ]),
      [() => self.asyncStream([], takeTime, { ordered: 1 as never }), invalid("ordered", "must be true or false; got 1")],
      [() => self.asyncStream([], takeTime, { link: null as never }), invalid("link", "must be true or false; got null")],
      [() => self.asyncStream([], takeTime, { timeoutMs: 0 }), invalid("timeoutMs", "must be more than 0 ms; got 0")],
      [() => self.asyncStream([], takeTime, { timeoutMs: Number.NaN }), invalid("timeoutMs", "must be more than 0 ms; got NaN")],
      [() => self.asyncStream([], takeTime, { onTimeout: "kill" as never }), invalid("onTimeout", 'must be exit or kill_task; got "kill"')],
      [
        () => self.asyncStream([], takeTime, { concurrency: 5 } as never),
        invalid("concurrency", "is unknown; did you mean maxConcurrency?"),
      ],
    ]
    for (const [call, error] of refusals) expect(call).toThrow(error)
  })
})

describe("runtime.asyncStream", () => {
  it("is there for code outside all processes, and ends with the application", async () => {
    const { runtime, time } = await openStage()
    const options: TaskStreamOptions = { maxConcurrency: 2, timeoutMs: 1000, onTimeout: "kill_task" }
    const { seen, end } = loop(runtime.asyncStream([10, -20, 30, 2000], takeTime, options))
    await time.advance(1020)
    expect(seen).toEqual([ok(10), { exit: { error: boom } }, ok(30), { exit: { error: expect.any(Timeout) } }])
    expect([end.state, runtime.statistics().waiting, time.heldTimers]).toEqual(["fulfilled", 0, 0])
    const endless = loop(runtime.asyncStream(naturals(), () => forever(), { maxConcurrency: 2 }))
    await time.settle()
    await runtime.stop()
    await time.settle()
    expect(endless.seen).toEqual([{ exit: "shutdown" }, { exit: "shutdown" }])
    expect(endless.end.error).toBeInstanceOf(Unavailable)
  })
})
