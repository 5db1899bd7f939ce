/** What a scenario does is declared, and of a failure those operations are left that it needs. */

import {
  type Application,
  type ExploreOptions,
  type ExploreProgress,
  explore,
  type Report,
  replay,
  type World,
} from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { actor, type MailboxOf, type Runtime, server } from "../../../actors/index.ts"
import { seededRandom } from "../../../src/kernel/seeded-random.ts"
import { nothingFailed, only, patient, together } from "../../support/explored.ts"

/** Adds so much to an account. */
interface Deposit {
  readonly by: "ann" | "bob"
  readonly to: string
  readonly sum: number
}

const bank = server({
  init: () => new Map<string, number>(),
  call: {
    balance: (accounts, of: string) => accounts.get(of) ?? 0,
    put: (accounts, [of, sum]: readonly [string, number]) => void accounts.set(of, sum),
    add: (accounts, [of, sum]: readonly [string, number]) => void accounts.set(of, (accounts.get(of) ?? 0) + sum),
  },
})

/** So many deposits by both, each to an account of its own, but for two to the same one. */
function deposits(count: number, seed: number): readonly Deposit[] {
  const draw = seededRandom(seed)
  const list = Array.from({ length: count }, (_none, place): Deposit => ({ by: draw() < 0.5 ? "ann" : "bob", to: `k${place}`, sum: 1 }))
  const [one, other] = [Math.floor(draw() * count), Math.floor(draw() * (count - 1))]
  const second = other >= one ? other + 1 : other
  return list.map((each, place) => {
    if (place === one) return { ...each, by: "ann", to: "shared" }
    return place === second ? { ...each, by: "bob", to: "shared" } : each
  })
}

/** Each looks at the balance and puts what it should be then, or in the twin has it added; what must hold is of the deposits that were made. */
const depositing =
  (list: readonly Deposit[], isRight = false) =>
  (): Application => {
    let made: readonly Deposit[] = []
    const depositor = actor<Deposit["by"]>(async (self, name) => {
      const box = await self.acquire<MailboxOf<typeof bank>>("app:bank")
      for (const { to, sum } of made.filter(({ by }) => by === name)) {
        if (isRight) await box.call.add([to, sum], patient)
        else await box.call.put([to, (await box.call.balance(to, patient)) + sum], patient)
      }
    })
    return {
      tree: { "app:bank": bank },
      async run(runtime: Runtime, world: World) {
        made = world.operations(list)
        const pids = (["ann", "bob"] as const).map((name) => runtime.spawn(depositor, name, { name }))
        await Promise.all(pids.map((pid) => runtime.whenEnded(pid)))
      },
      check(_runtime, world) {
        const held = [...(world.stateOf("app:bank") as Map<string, number>).values()].reduce((all, sum) => all + sum, 0)
        const due = made.reduce((all, { sum }) => all + sum, 0)
        return held === due ? undefined : "a deposit is lost"
      },
    }
  }

/** An application that fails once all of these were done, whatever the order. */
const doing = (list: readonly string[], needed: readonly string[]) => (): Application => {
  const done: string[] = []
  return {
    tree: {},
    run: (_runtime, world) => void done.push(...world.operations(list)),
    check: () => needed.every((each) => done.includes(each)) === false,
  }
}

const STRATEGIES = [
  "production",
  "runOn",
  "random",
  "pct3",
  "pct10",
  "pos",
  "urw",
  "weightedWalk",
  "deviating",
  "fewDeviations",
  "mix",
] as const
const LETTERS = [..."abcdefghijklmnopqrst"]

const explored = (make: () => Application, options: ExploreOptions = {}): Promise<Report> => explore(make, { schedules: 500, ...options })

describe("the operations of a scenario", () => {
  it.each([1, 2, 3])("are left that a race needs: two of forty (seed %s)", async (seed) => {
    const { failure, text } = await explored(depositing(deposits(40, seed)), { seed })
    const left = failure?.operations?.left ?? []
    expect(left.map((each) => each.includes('to: "shared"'))).toEqual([true, true])
    expect(failure).toMatchObject({ kind: "check", message: "a deposit is lost", operations: { of: 40 } })
    expect(failure?.deviations).toHaveLength(1)
    expect(text).toContain("The scenario's operations (2 of 40)")
    expect(text).toContain('- {by: "bob", sum: 1, to: "shared"}')
  })

  it("are all done where none fails, and a twin that is right never does", async () => {
    nothingFailed(await explored(depositing(deposits(20, 1), true)))
  })

  it.each(STRATEGIES)("are all done, whatever else a schedule draws: %s", async (strategy) => {
    const make = (): Application => {
      let done = 0
      return {
        tree: {},
        run: (runtime, world) => {
          const parts = world.operations(["a", "b", "c"]).map(() => () => {
            done += 1
          })
          return together(runtime, ...parts)
        },
        check: () => done === 3,
      }
    }
    nothingFailed(await explored(make, { strategy, schedules: 40, faults: { clockJump: 1 } }))
  })

  it("are left out alone: who is left does what it did, in the same order", async () => {
    const { failure } = await explored(doing(LETTERS, ["q", "c"]))
    expect(failure?.operations).toEqual({ of: 20, left: ["c", "q"] })
    expect(failure?.deviations).toEqual([])
  })

  it("are all kept where it takes all of them, and none where it takes none", async () => {
    const all = await explored(doing(LETTERS, LETTERS))
    expect(all.failure?.operations).toEqual({ of: 20, left: LETTERS })
    expect(all.text).toContain("The scenario's operations (all 20)")
    const none = await explored(doing(LETTERS, []))
    expect(none.failure?.operations).toEqual({ of: 20, left: [] })
    expect(none.text).toContain("The scenario's operations (0 of 20)\n  none is needed")
  })

  it("are no deviations, and are in no report where none are declared", async () => {
    const { failure, text } = await explored(only(() => {}, { check: () => "always" }))
    expect(failure).not.toHaveProperty("operations")
    expect(text).not.toContain("operations")
  })

  it("are all kept where a failure is not made short", async () => {
    const { failure } = await explored(doing(LETTERS, ["c"]), { shrink: false })
    expect(failure?.operations).toEqual({ of: 20, left: LETTERS })
  })

  /** A process an operation, which says its name; without a deviation the last one that is started goes first. */
  const saying = (names: readonly string[], isWrong: (said: readonly string[], world: World) => boolean) => (): Application => {
    const said: string[] = []
    return {
      tree: {},
      run: (runtime, world) => together(runtime, ...world.operations(names).map((name) => () => said.push(name))),
      check: (_runtime, world) => !isWrong(said, world),
    }
  }

  it("are left out though each deviation is about one of them", async () => {
    const isWrong = (said: readonly string[]): boolean => said.join() === said.toSorted().join() && said.includes("a") && said.includes("c")
    for (const seed of [1, 2, 3]) {
      const { failure } = await explored(saying(["a", "b", "c", "d"], isWrong), { seed, strategy: "random" })
      expect(failure?.operations?.left).toEqual(["a", "c"])
      expect(failure?.deviations).toHaveLength(1)
      expect(failure?.foundDeviations).toHaveLength(3)
    }
  })

  it("are left out though another one than it was does what they did", async () => {
    const make = (): Application => {
      const said: string[] = []
      let names: readonly string[] = []
      return {
        tree: {},
        async run(runtime, world) {
          names = world.operations(["a", "b", "c"])
          const says = (name: string): string => (names.includes("b") ? (name === "a" ? "" : name === "b" ? "a" : name) : name)
          const pids = names.map((name) =>
            runtime.spawn(
              actor(async () => void said.push(says(name))),
              undefined,
              { name },
            ),
          )
          await Promise.all(pids.map((pid) => runtime.whenEnded(pid)))
        },
        check: () => !names.includes("a") || said.indexOf("a") > said.indexOf("c"),
      }
    }
    const { failure } = await explored(make, { strategy: "random" })
    expect(failure).toMatchObject({ operations: { left: ["a", "c"] }, deviations: [{}] })
  })

  it("leave fewer deviations, where one is needed for what is left out", async () => {
    const isWrong = (said: readonly string[], world: World): boolean =>
      said.includes("a") && said.indexOf("a") < said.indexOf("c") && (!said.includes("mend") || world.now >= 60_000)
    const { failure } = await explored(saying(["a", "c", "mend"], isWrong), { strategy: "random", faults: { clockJump: 1 } })
    expect(failure?.foundDeviations.length).toBeGreaterThan(1)
    expect(failure?.operations?.left).toEqual(["a", "c"])
    expect(failure?.deviations).toHaveLength(1)
    expect(failure?.steps.some(({ fault }) => fault !== undefined)).toBe(false)
  })

  it("are left as long as it is the same rule that is broken", async () => {
    let done: readonly string[] = []
    const make = (): Application => ({
      tree: {},
      run: (_runtime, world) => {
        done = world.operations(LETTERS)
      },
      check: () => !(done.includes("d") && done.includes("k")),
    })
    const { failure } = await explored(make, { finally: { many: () => done.length > 5 } })
    expect(failure).toMatchObject({ kind: "check", operations: { left: ["d", "k"] } })
  })

  it("come back by the line of the report, with all else", async () => {
    const make = depositing(deposits(40, 3))
    const { failure, schedule } = await explored(make, { seed: 3 })
    const again = await replay(make, schedule ?? "")
    expect(again.schedule).toBe(schedule)
    expect(again.failure).toMatchObject({ operations: failure?.operations, deviations: failure?.deviations })
    expect(again.failure?.steps).toHaveLength(failure?.steps.length ?? 0)
    await expect(replay(depositing(deposits(39, 3)), schedule ?? "")).rejects.toMatchObject({ kind: "INVALID" })
  })

  it("are left out the same way for the same seed", async () => {
    const [one, other] = [await explored(depositing(deposits(40, 2))), await explored(depositing(deposits(40, 2)))]
    expect([one.schedule, one.failure?.operations]).toEqual([other.schedule, other.failure?.operations])
  })

  it("do not change which schedules are tried", async () => {
    const list = deposits(20, 4)
    const undeclared = depositing(list)
    const without = (): Application => {
      const { run, ...rest } = undeclared()
      return { ...rest, run: (runtime, world) => run(runtime, Object.assign(Object.create(world), { operations: () => list })) }
    }
    for (const seed of [1, 2, 3]) {
      const [one, other] = [await explored(undeclared, { seed, shrink: false }), await explored(without, { seed, shrink: false })]
      expect(one.schedules).toBe(other.schedules)
      expect(one.failure?.steps.length).toBe(other.failure?.steps.length)
    }
  })

  it("may be of each of several clients, who declare them whenever they like", async () => {
    const make = (): Application => {
      let written: number | undefined
      const [lost, kept]: number[][] = [[], []]
      return {
        tree: { "app:bank": bank },
        run: (runtime, world) =>
          together(
            runtime,
            ...[1, 2].map((client) => async (self: { acquire: Runtime["acquire"] }) => {
              const box = (await self.acquire("app:bank" as never)) as MailboxOf<typeof bank>
              for (const number of world.operations([1, 2, 3, 4, 5, 6])) {
                const before = (await box.call.balance("all", patient)) as number
                await box.call.put(["all", before + 1], patient)
                kept?.push(client * 10 + number)
              }
              for (const number of world.operations([7, 8])) lost?.push(number)
            }),
          ),
        check(_runtime, world) {
          written = (world.stateOf("app:bank") as Map<string, number>).get("all") ?? 0
          return written === (kept?.length ?? 0)
        },
      }
    }
    const { failure } = await explored(make)
    expect(failure?.operations?.of).toBe(16)
    expect(failure?.operations?.left).toHaveLength(2)
    expect(failure?.deviations).toHaveLength(1)
  })

  it("may be declared where the application is made", async () => {
    const make = (world: World): Application => {
      const list = world.operations(LETTERS)
      return { tree: {}, run: () => {}, check: () => !list.includes("k") }
    }
    expect((await explore(make)).failure?.operations?.left).toEqual(["k"])
  })

  it("are told as they say themselves: texts, functions by name, commands by their own words, whatever they are", async () => {
    class Push {
      toString(): string {
        return "push(3)\u001b[31m"
      }
    }
    const hostile = {
      get toString(): never {
        throw new Error("no")
      },
    }
    const list: readonly unknown[] = ["text", function pop() {}, () => {}, new Push(), { a: 1 }, [1, 2], 7, undefined, null, hostile]
    let seen: readonly unknown[] = []
    const make = (): Application => ({
      tree: {},
      run: (_runtime, world) => {
        seen = world.operations(list)
      },
      check: () => seen.length < list.length,
    })
    const { failure, text } = await explored(make)
    const words = ["text", "pop", "a function", "push(3)\u001b[31m", "{a: 1}", "[1, 2]", "7", "undefined", "null", "what cannot be shown"]
    expect(failure?.operations?.left).toEqual(words)
    expect(text).toContain("  - push(3)\n")
    expect(seen.every((each, place) => each === list[place])).toBe(true)
  })

  it("are told of by progress", async () => {
    const told: ExploreProgress[] = []
    await explored(doing(LETTERS, ["c"]), { onProgress: (_schedules, progress) => void told.push(progress) })
    const shrinking = told.filter(({ phase }) => phase === "shrinking")
    expect(shrinking.map(({ tries }) => tries)).toEqual(Array.from(shrinking, (_none, at) => at))
    expect([shrinking[0]?.operations, shrinking.at(-1)?.operations]).toEqual([20, 1])
    expect(told[0]?.operations).toBeUndefined()
  })

  it("are never so many that a failure is made short for ever", async () => {
    const tries: number[] = []
    const many = Array.from({ length: 2000 }, (_none, place) => `${place}`)
    const { failure } = await explored(doing(many, many), { onProgress: (_schedules, progress) => void tries.push(progress.tries) })
    expect(failure?.operations?.left).toHaveLength(2000)
    expect(Math.max(...tries)).toBeLessThan(300)
  })
})

describe("world.operations", () => {
  it.each([undefined, null, 3, "abc", {}, new Set(["a"]), () => []])("refuses %s", async (list) => {
    const { failure } = await explored(only((_runtime, world) => void world.operations(list as never)))
    expect(failure).toMatchObject({ kind: "run", error: { kind: "INVALID", details: { field: "operations" } } })
  })

  it("reads a list once, and nobody changes what it gave", async () => {
    const given: unknown[] = []
    const list = ["a", "b"]
    nothingFailed(
      await explored(
        only((_runtime, world) => {
          given.push(world.operations(list))
          list.push("c")
        }),
        { schedules: 1 },
      ),
    )
    expect(given).toEqual([["a", "b"]])
  })

  it.each(["always", "sometimes", "eventually", "finally"] as const)("is not for an invariant: %s", async (kind) => {
    const look = (world: World): boolean => world.operations([1]).length > 0
    const { failure } = await explored(
      only(() => {}),
      { [kind]: { look } },
    )
    expect(failure).toMatchObject({ kind, name: "look", error: { kind: "CONFLICT", details: { operation: "operations" } } })
  })

  it("is not for the check, which would take others for those that were done", async () => {
    const { failure } = await explored(only(() => {}, { check: (_runtime, world) => world.operations(["a"]).length > 0 }))
    expect(failure).toMatchObject({ kind: "check", error: { kind: "CONFLICT" } })
  })

  it("is not for a world whose schedule is over", async () => {
    const worlds: World[] = []
    await explored(
      only((_runtime, world) => void worlds.push(world)),
      { schedules: 1 },
    )
    expect(() => worlds[0]?.operations([1])).toThrow(/world\.operations is for a scenario/)
  })
})
