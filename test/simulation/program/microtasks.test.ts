import { AsyncLocalStorage } from "node:async_hooks"
import { describe, expect, it } from "vitest"
import { checkpointOfEngine, settleBy, settleMore, settleReactions } from "../../../src/simulation/program/microtasks.ts"
import { inTask } from "../../support/in-task.ts"

const context = new AsyncLocalStorage<string>()

/** `count` awaits, one behind the other. */
async function awaiting(count: number): Promise<number> {
  let done = 0
  for (; done < count; done += 1) await done
  return done
}

describe("settleReactions", () => {
  it("runs reactions, and those that they bring about, before it returns", async () => {
    const done = await inTask(() => {
      let result = 0
      void awaiting(10_000).then((count) => {
        result = count
      })
      expect(result).toBe(0)
      return [settleReactions(), result]
    })
    expect(done).toEqual([true, 10_000])
  })

  it("runs microtasks and ticks, those too that each brings about", async () => {
    const seen: string[] = []
    const done = await inTask(() => {
      process.nextTick(() => {
        seen.push("tick")
        queueMicrotask(() => {
          seen.push("microtask of a tick")
          process.nextTick(() => seen.push("tick of a microtask"))
        })
      })
      queueMicrotask(() => seen.push("microtask"))
      return settleReactions()
    })
    expect(done).toBe(true)
    expect(seen.toSorted()).toEqual(["microtask", "microtask of a tick", "tick", "tick of a microtask"])
  })

  it("runs them in the host's order", async () => {
    const inOrder = async (run: (work: () => void) => Promise<unknown>): Promise<string[]> => {
      const seen: string[] = []
      await run(() => {
        void Promise.resolve().then(() => seen.push("reaction"))
        process.nextTick(() => seen.push("tick"))
        queueMicrotask(() => process.nextTick(() => seen.push("tick of a microtask")))
        void awaiting(2).then(() => seen.push("awaited"))
      })
      await inTask(() => undefined)
      return seen
    }
    const settled = await inOrder((work) =>
      inTask(() => {
        work()
        settleReactions()
      }),
    )
    expect(settled).toHaveLength(4)
    expect(settled).toEqual(await inOrder(inTask))
  })

  it("has, where there is nothing to run, or was nothing but what was run", async () => {
    expect(await inTask(() => [settleReactions(), settleReactions()])).toEqual([true, true])
  })

  it("has not, in a reaction, as hosts run those one by one; and then they come all the same", async () => {
    const seen: unknown[] = []
    await inTask(() => undefined)
    await Promise.resolve().then(() => {
      void Promise.resolve().then(() => seen.push("reaction"))
      seen.push(settleReactions())
    })
    await inTask(() => undefined)
    expect(seen).toEqual([false, "reaction"])
  })

  it("leaves the caller in its context, and runs each in its own", async () => {
    const seen: unknown[] = []
    const note = (what: string): void => void seen.push([what, context.getStore()])
    await inTask(() => {
      context.run("a", () => {
        void awaiting(3).then(() => note("reaction"))
        process.nextTick(() => note("tick"))
      })
      context.run("b", () => queueMicrotask(() => note("microtask")))
      context.run("caller", () => {
        settleReactions()
        note("caller")
      })
      note("task")
    })
    expect(seen).toEqual(
      expect.arrayContaining([
        ["reaction", "a"],
        ["tick", "a"],
        ["microtask", "b"],
        ["caller", "caller"],
        ["task", undefined],
      ]),
    )
  })
})

describe("the engine's checkpoint", () => {
  it("runs all reactions, where Node's own function is no more", async () => {
    const checkpoint = checkpointOfEngine()
    const done = await inTask(() => {
      let result = 0
      void awaiting(10_000).then((count) => {
        result = count
      })
      return [settleBy(checkpoint === undefined ? [] : [checkpoint]), result]
    })
    expect(done).toEqual([true, 10_000])
  })

  it("leaves the engine's syntax as it was", () => {
    checkpointOfEngine()
    // Another one: what was compiled once is compiled.
    expect(() => new Function("%HasFastProperties({})")).toThrow(SyntaxError)
  })
})

describe("settleMore", () => {
  it("runs what was begun since they have run in the task, as often as it is asked", async () => {
    const done = await inTask(() => {
      const results: (number | boolean)[] = [settleReactions()]
      for (const count of [100, 1000]) {
        let result = 0
        void awaiting(count).then((awaited) => {
          result = awaited
        })
        settleMore()
        results.push(result)
      }
      return results
    })
    expect(done).toEqual([true, 100, 1000])
  })

  it("leaves the caller's async context as it was, whatever is entered meanwhile", async () => {
    const seen = await inTask(() =>
      context.run("caller", () => {
        settleReactions()
        context.run("other", () => {
          for (const later of [queueMicrotask, process.nextTick]) later(() => context.enterWith("entered"))
          void awaiting(2).then(() => context.enterWith("entered"))
        })
        settleMore()
        return context.getStore()
      }),
    )
    expect(seen).toBe("caller")
  })
})

describe("settleBy", () => {
  const idle = (): void => undefined

  it("has not, where no way does it", async () => {
    expect(await inTask(() => [settleBy([]), settleBy([idle, idle])])).toEqual([false, false])
  })

  it("takes the first way that does it, and that one first from then on", async () => {
    const checkpoint = checkpointOfEngine() ?? idle
    const ways = [idle, checkpoint]
    expect(await inTask(() => settleBy(ways))).toBe(true)
    expect(ways).toEqual([checkpoint, idle])
  })
})
