/** Group commit: what shares a commit, who is told of what, and what it is bounded by. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { CommitQueue, type CommitQueueOptions } from "../../../actors/durable/commit-queue.ts"
import type { Change } from "../../../actors/durable.ts"
import { Conflict, Internal, Invalid, RateLimited, Unavailable } from "../../../actors/index.ts"
import { put } from "../../contracts/store-database.ts"
import { refusal } from "../../support/errors.ts"
import { seeds } from "../../support/seeds.ts"

/** A database whose commits end when they are told to. */
class SlowDatabase {
  readonly commits: string[][] = []
  readonly moments: number[] = []
  readonly #ends: { resolve: () => void; reject: (error: unknown) => void }[] = []

  commit(changes: readonly Change[], now: number): Promise<void> {
    this.commits.push(changes.map(({ key }) => key))
    this.moments.push(now)
    return new Promise((resolve, reject) => this.#ends.push({ resolve, reject }))
  }

  /** Ends the commit that is under way. */
  async end(error?: unknown): Promise<void> {
    const commit = this.#ends.shift()
    if (commit === undefined) throw new Error("no commit is under way")
    if (error === undefined) commit.resolve()
    else commit.reject(error)
    await quiet()
  }

  get underWay(): number {
    return this.#ends.length
  }
}

/** Until nothing more happens by itself. */
const quiet = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function stage(options: Partial<CommitQueueOptions> = {}): {
  database: SlowDatabase
  queue: CommitQueue
  told: string[]
  add: (...keys: string[]) => Promise<void>
} {
  const database = new SlowDatabase()
  const queue = new CommitQueue({ database, now: () => 7, ...options })
  const told: string[] = []
  const add = (...keys: string[]): Promise<void> =>
    queue.add(keys.map((key) => put(key, 1))).then(
      () => void told.push(keys.join("+")),
      (error: Error) => void told.push(`${keys.join("+")}: ${error.message}`),
    )
  return { database, queue, told, add }
}

describe("what is added", () => {
  it("within a moment is in one commit, with the calendar's reading", async () => {
    const { database, add, told } = stage()
    void add("a")
    void add("b", "c")
    await quiet()
    expect([database.commits, database.moments]).toEqual([[["a", "b", "c"]], [7]])
    await database.end()
    expect(told).toEqual(["a", "b+c"])
  })

  it("while a commit is under way is in the next, all of it", async () => {
    const { database, add, told } = stage()
    void add("a")
    await quiet()
    for (const key of ["b", "c", "d"]) {
      void add(key)
      await quiet()
    }
    expect([database.commits, database.underWay]).toEqual([[["a"]], 1])
    await database.end()
    expect([database.commits, told]).toEqual([[["a"], ["b", "c", "d"]], ["a"]])
    await database.end()
    expect(told).toEqual(["a", "b", "c", "d"])
  })

  it("by callers that were just answered is in one commit with what waited, however many steps their answers take", async () => {
    const { database, queue } = stage()
    const caller = async (name: string, steps: number): Promise<void> => {
      for (let round = 0; round < 3; round += 1) {
        await queue.add([put(`${name}${round}`, 1)])
        for (let step = 0; step < steps; step += 1) await undefined
      }
    }
    const callers = Array.from({ length: 100 }, (_, at) => caller(`caller ${at}:`, at % 2 === 0 ? 0 : 15))
    for (let round = 0; round < 3; round += 1) {
      await quiet()
      await database.end()
    }
    await Promise.all(callers)
    expect(database.commits.map((keys) => keys.length)).toEqual([100, 100, 100])
  })

  it("without end does not keep a commit from beginning", async () => {
    const { database, queue } = stage({ mostInOne: 10 })
    let added = 0
    for (let at = 0; database.underWay === 0 && at < 1000; at += 1) {
      void queue.add([put(`${at}`, 1)])
      added += 1
      await undefined
    }
    expect(database.commits).toHaveLength(1)
    expect(database.commits[0]).toHaveLength(10)
    expect(added).toBeLessThan(20)
  })

  it("in one piece is in one commit, and no commit has more than its limit but such a piece", async () => {
    const { database, add } = stage({ mostInOne: 3 })
    void add("a", "b")
    void add("c", "d")
    void add("e")
    void add("f", "g", "h", "i")
    void add("j")
    await quiet()
    for (let left = 4; left > 0; left -= 1) await database.end()
    expect(database.commits).toEqual([["a", "b"], ["c", "d", "e"], ["f", "g", "h", "i"], ["j"]])
  })

  it("and holds nothing is told when its turn has come", async () => {
    const { database, add, told } = stage()
    void add("a")
    void add()
    await quiet()
    expect(told).toEqual([])
    await database.end()
    expect(told).toEqual(["a", ""])
  })

  it("right after the last commit has ended begins another", async () => {
    const { database, queue, told, add } = stage()
    const first = queue.add([put("a", 1)])
    void first.then(() => add("b"))
    await quiet()
    await database.end()
    expect(database.commits).toEqual([["a"], ["b"]])
    await database.end()
    expect([told, queue.size]).toEqual([["b"], 0])
  })

  it("begins another in whatever step after that it comes", async () => {
    for (let steps = 0; steps < 60; steps += 1) {
      const { database, queue, add } = stage()
      const first = queue.add([])
      await quiet()
      const late = (async () => {
        for (let step = 0; step < steps; step += 1) await undefined
        void add("late")
      })()
      await database.end()
      await Promise.all([first, late])
      await quiet()
      expect(database.commits, `after ${steps} steps`).toEqual([[], ["late"]])
    }
  })
})

describe("a commit that fails", () => {
  it("fails those that were in it, and none else", async () => {
    const { database, queue, add, told } = stage()
    void add("a")
    await quiet()
    void add("b")
    void add("c")
    await database.end()
    void add("d")
    await database.end(new Unavailable("full"))
    await database.end()
    expect(told).toEqual(["a", "b: full", "c: full", "d"])
    expect(queue.size).toBe(0)
  })

  it("may throw where it should reject", async () => {
    const { queue, told, add } = stage({
      database: {
        commit: () => {
          throw new Error("at once")
        },
      },
    })
    await add("a")
    expect([told, queue.size]).toEqual([["a: at once"], 0])
  })
})

describe("the bound", () => {
  it("counts what waits and what is under way; what is too much is refused, and nothing of it kept", async () => {
    const { database, queue, add, told } = stage({ capacity: 3 })
    void add("a")
    await quiet()
    void add("b")
    const error = await refusal(queue.add([put("c", 1), put("d", 1)]))
    expect([error instanceof RateLimited, error.retryable, error.details]).toEqual([true, true, { capacity: 3, waiting: 2 }])
    void add("e")
    expect(await refusal(queue.add([put("f", 1)]))).toBeInstanceOf(RateLimited)
    await database.end()
    expect(queue.size).toBe(2)
    await database.end()
    expect([told, database.commits, queue.size]).toEqual([["a", "b", "e"], [["a"], ["b", "e"]], 0])
  })
})

describe("the bound of bytes", () => {
  const large = (key: string, bytes: number): Change[] => [put(key, 1, { value: new Uint8Array(bytes) })]

  it("counts keys and values; one piece that is larger goes where nothing waits, and alone", async () => {
    const { database, queue } = stage({ capacityBytes: 100, mostBytesInOne: 60 })
    const added = [queue.add(large("a", 500))]
    expect(await refusal(queue.add(large("b", 1)))).toBeInstanceOf(RateLimited)
    await quiet()
    await database.end()
    added.push(queue.add(large("b", 30)), queue.add(large("c", 28)), queue.add(large("d", 38)))
    expect(await refusal(queue.add(large("e", 1)))).toBeInstanceOf(RateLimited)
    await quiet()
    await database.end()
    await database.end()
    await Promise.all(added)
    expect(database.commits).toEqual([["a"], ["b", "c"], ["d"]])
    void queue.add(large("f", 99))
  })
})

describe("what is done in order", () => {
  it("comes behind all that was added before, and before all that is added after it", async () => {
    const { database, queue, add } = stage()
    const seen: unknown[] = []
    void add("a")
    const done = queue.inOrder(async () => {
      seen.push(structuredClone(database.commits), database.underWay)
      return 5
    })
    void add("b")
    await quiet()
    expect(seen).toEqual([])
    await database.end()
    expect(await done).toBe(5)
    expect(seen).toEqual([[["a"]], 0])
    expect(database.commits).toEqual([["a"], ["b"]])
  })

  it("fails by itself", async () => {
    const { queue, add, told, database } = stage()
    const failed = queue.inOrder(() => Promise.reject(new Internal("broken")))
    void add("a")
    expect((await refusal(failed)).message).toBe("broken")
    await quiet()
    await database.end()
    expect(told).toEqual(["a"])
  })

  it("may flush what was added so far, and no more", async () => {
    const { database, queue, add } = stage()
    void add("a")
    const flushed = queue.flush()
    void add("b")
    await quiet()
    await database.end()
    await flushed
    expect(database.commits).toEqual([["a"], ["b"]])
  })
})

describe("a queue that is told when to start", () => {
  it("waits until then, and carries out what was there by then", async () => {
    const { database, queue, add, told } = stage({ start: "told" })
    void add("a")
    void add("b")
    await quiet()
    expect(database.commits).toEqual([])
    const flushed = queue.flush()
    void add("c")
    await quiet()
    await database.end()
    await flushed
    expect([database.commits, told]).toEqual([[["a", "b"]], ["a", "b"]])
  })

  it("has nothing to do where nothing was added", async () => {
    const { database, queue } = stage({ start: "told" })
    await queue.flush()
    expect(database.commits).toEqual([])
  })

  it("keeps what failed for the next time, before what was added since, where that may succeed", async () => {
    const { database, queue, add, told } = stage({ start: "told", capacity: 3 })
    void add("a")
    const flushed = queue.flush()
    await quiet()
    void add("b")
    await Promise.all([expect(flushed).rejects.toThrow("locked"), database.end(new Unavailable("locked"))])
    void add("c")
    expect([told, queue.size]).toEqual([[], 3])
    expect(await refusal(queue.add([put("d", 1)]))).toBeInstanceOf(RateLimited)
    const again = queue.flush()
    await quiet()
    await database.end()
    await again
    expect([database.commits, told]).toEqual([
      [["a"], ["a", "b", "c"]],
      ["a", "b", "c"],
    ])
  })

  it("fails what cannot succeed", async () => {
    const { database, queue, add, told } = stage({ start: "told" })
    void add("a")
    const flushed = queue.flush()
    await quiet()
    await database.end(new Unavailable("read-only", { retryable: false }))
    await flushed
    expect([told, queue.size]).toEqual([["a: read-only"], 0])
  })
})

describe("a commit that is refused for what somebody has written", () => {
  it("is carried out by halves, in their order, and fails that one alone, with what rests on it", async () => {
    const commits: string[][] = []
    const commit = async (changes: readonly Change[]): Promise<void> => {
      commits.push(changes.map(({ key }) => key))
      if (changes.some(({ key }) => key === "bad")) throw new Invalid("too large")
    }
    const { queue, told, add } = stage({ database: { commit } })
    let base: Invalid | undefined
    void add("a")
    void queue.add([put("bad", 1)]).catch((error) => {
      base = error
    })
    void add("b")
    const resting = refusal(queue.add([put("c", 1)], () => base))
    void add("d")
    expect((await resting).message).toBe("too large")
    await quiet()
    expect(told).toEqual(["a", "b", "d"])
    expect(commits).toEqual([["a", "bad", "b", "c", "d"], ["a", "bad", "b"], ["a", "bad"], ["a"], ["bad"], ["b"], ["d"]])
    expect(queue.size).toBe(0)
  })

  it("has those behind wait, too, where some have to wait for the next commit", async () => {
    const commits: string[][] = []
    const outcomes = [new Invalid("too large"), new Unavailable("full", { retryable: true })]
    const commit = async (changes: readonly Change[]): Promise<void> => {
      commits.push(changes.map(({ key }) => key))
      const error = outcomes.shift()
      if (error !== undefined) throw error
    }
    const { queue, told, add } = stage({ start: "told", database: { commit } })
    for (const key of ["a", "b", "c", "d"]) void add(key)
    await expect(queue.flush()).rejects.toThrow("full")
    expect([told, queue.size]).toEqual([[], 4])
    void add("e")
    await queue.flush()
    await quiet()
    expect(commits).toEqual([
      ["a", "b", "c", "d"],
      ["a", "b"],
      ["a", "b", "c", "d", "e"],
    ])
    expect(told).toEqual(["a", "b", "c", "d", "e"])
  })
})

describe("a database that is told ahead", () => {
  /** What it was told ahead of each commit, key by key. */
  function aheadStage(options: Partial<CommitQueueOptions> = {}): ReturnType<typeof stage> & { readonly ahead: string[][] } {
    const ahead: string[][] = []
    const tell = (changes: readonly Change[]): boolean => ahead.push(changes.map(({ key }) => key)) > 0
    return { ahead, ...stage({ ahead: tell, aheadAtOnce: 2, ...options }) }
  }

  it("has the first of a moment while the last are gathered, and the rest with the commit: all in one, in their order", async () => {
    const { ahead, database, add, told } = aheadStage()
    for (const key of ["a", "b", "c", "d", "e"]) void add(key)
    expect([ahead, database.commits]).toEqual([
      [
        ["a", "b"],
        ["c", "d"],
      ],
      [],
    ])
    await quiet()
    expect(database.commits).toEqual([["e"]])
    expect(told).toEqual([])
    await database.end()
    expect(told).toEqual(["a", "b", "c", "d", "e"])
  })

  it("is told nothing while a commit is under way, and what has come meanwhile when the next begins", async () => {
    const { ahead, database, add } = aheadStage()
    void add("a")
    await quiet()
    for (const key of ["b", "c", "d"]) void add(key)
    await quiet()
    expect(ahead).toEqual([])
    await database.end()
    expect([ahead, database.commits]).toEqual([[["b", "c", "d"]], [["a"], []]])
  })

  it("has what the first half of very many write again while the rest are not told yet, and commits it with what those write", async () => {
    const log: string[] = []
    const { database, queue } = stage({
      aheadAtOnce: 2,
      manyWaiters: 6,
      ahead: (changes) => log.push(`ahead ${changes.map(({ key }) => key).join()}`) > 0,
    })
    const again = async (key: string): Promise<void> => {
      await queue.add([put(key, 1)])
      log.push(`told ${key}`)
      await queue.add([put(key.toUpperCase(), 2)])
    }
    for (const key of ["a", "b", "c", "d", "e", "f"]) void again(key)
    await quiet()
    log.length = 0
    await database.end()
    // And what the others write goes ahead as it comes.
    expect(log).toEqual(["told a", "told b", "ahead A,B", "told c", "told d", "ahead C,D", "told e", "told f", "ahead E,F"])
    expect([database.commits.at(-1), database.underWay]).toEqual([[], 1])
    log.length = 0
    await database.end()
    expect([queue.size, log]).toEqual([0, []])
  })

  it("tells more still in thirds: the database has begun with what the first have written again while most are not told", async () => {
    const told: number[] = []
    const { database, queue } = stage({ aheadAtOnce: 3, manyWaiters: 6, ahead: () => told.push(before) > 0 })
    let before = 0
    const again = async (key: string): Promise<void> => {
      await queue.add([put(key, 1)])
      before += 1
      await queue.add([put(key.toUpperCase(), 2)])
    }
    for (const key of "abcdefghi") void again(key)
    await quiet()
    told.length = 0
    await database.end()
    expect([...new Set(told)]).toEqual([3, 6, 9])
    await database.end()
    expect(queue.size).toBe(0)
  })

  it("tells fewer at once, and those of a commit that was tried by halves", async () => {
    const waits: string[] = []
    const { database, queue, add, told } = stage({ manyWaiters: 2, others: async () => void waits.push(`${told}`) })
    void add("a")
    await quiet()
    waits.length = 0
    await database.end()
    expect([told, waits]).toEqual([["a"], []])
    for (const key of ["d", "e", "f", "g"]) void add(key)
    await quiet()
    waits.length = 0
    await database.end(new Invalid("one of them"))
    for (const _ of [1, 2]) await database.end()
    expect([queue.size, told.length, waits]).toEqual([0, 5, []])
  })

  it("fails all of them where the commit does, and none of the next", async () => {
    const { database, add, told } = aheadStage()
    for (const key of ["a", "b", "c"]) void add(key)
    await quiet()
    void add("d")
    await database.end(new Unavailable("full"))
    await database.end()
    expect(told).toEqual(["a: full", "b: full", "c: full", "d"])
    expect(database.commits).toEqual([["c"], ["d"]])
  })

  it("is told no more than goes into one commit, and nothing of what comes behind something else", async () => {
    const { ahead, database, add, queue } = aheadStage({ mostInOne: 3 })
    void add("a", "b")
    void add("c", "d")
    void queue.inOrder(async () => {})
    void add("e", "f")
    await quiet()
    expect([ahead, database.commits]).toEqual([[["a", "b"]], [[]]])
    await database.end()
    expect([ahead.slice(1), database.commits.slice(1)]).toEqual([[["c", "d"]], [[]]])
    await database.end()
    expect([ahead.slice(2), database.commits.slice(2)]).toEqual([[["e", "f"]], [[]]])
  })

  it("is not asked for what is refused by then, nor again where it has taken nothing", async () => {
    const asked: string[] = []
    const { database, queue, add, told } = stage({ aheadAtOnce: 1, ahead: (changes) => asked.push(changes[0]?.key ?? "") < 0 })
    const refused = queue.add([put("x", 1)], () => new Conflict("not now"))
    for (const key of ["a", "b"]) void add(key)
    await expect(refused).rejects.toThrow("not now")
    await quiet()
    await database.end()
    expect([asked, database.commits, told]).toEqual([[], [["a", "b"]], ["a", "b"]])
    for (const key of ["c", "d"]) void add(key)
    await quiet()
    expect([asked, database.commits[1]]).toEqual([["c"], ["c", "d"]])
  })
})

describe("whatever is added, and however its commits end", () => {
  it("each is told once, after its own commit, and the order of a key is kept", async () => {
    const piece = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 4 })
    const step = fc.oneof(
      fc.record({ keys: piece, isAgain: fc.boolean() }),
      fc.constant("turn" as const),
      fc.constant("end" as const),
      fc.constant("fail" as const),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(3),
        fc.constantFrom(2, 3, 32),
        async (steps, mostInOne, aheadAtOnce, manyWaiters) => {
          const database = new SlowDatabase()
          const versions: number[][] = []
          const outcomes: (boolean | undefined)[] = []
          const ahead: number[] = []
          const queue = new CommitQueue({
            database: {
              commit: (changes, now) => {
                versions.push([...ahead.splice(0), ...changes.map(({ version }) => version)])
                return database.commit(changes, now)
              },
            },
            now: () => 0,
            mostInOne,
            aheadAtOnce,
            manyWaiters,
            others: quiet,
            ahead: (changes) => ahead.push(...changes.map(({ version }) => version)) > 0,
          })
          const told = new Map<number, boolean>()
          let version = 0
          const end = async (hasFailed: boolean): Promise<void> => {
            if (database.underWay === 0) return
            outcomes[outcomes.length] = hasFailed
            await database.end(hasFailed ? new Unavailable("failed") : undefined)
          }
          const write = (keys: readonly string[], isAgain: boolean): void => {
            const changes = keys.map((key) => put(key, ++version))
            const mine = changes.map((change) => change.version)
            const tell = (isGood: boolean): void => {
              for (const each of mine) told.set(each, isGood)
              if (isAgain) write(keys, false)
            }
            void queue.add(changes).then(
              () => tell(true),
              () => tell(false),
            )
          }
          for (const one of steps) {
            if (one === "turn") await quiet()
            else if (one === "end" || one === "fail") await end(one === "fail")
            else write(one.keys, one.isAgain)
          }
          // Where many are told in parts, some are still to be told when nothing is left to commit, and then write again.
          for (let left = 100; left > 0 && (queue.size > 0 || left > 70); left -= 1) {
            await quiet()
            await end(false)
          }
          const inOrder = versions.flat()
          expect(inOrder).toEqual(Array.from({ length: version }, (_, at) => at + 1))
          const expected = versions.flatMap((commit, at) => commit.map((each) => [each, outcomes[at] === false] as const))
          expect([...told].sort(([one], [other]) => one - other)).toEqual(expected)
          expect(queue.size).toBe(0)
        },
      ),
      seeds(200, 5),
    )
  })
})
