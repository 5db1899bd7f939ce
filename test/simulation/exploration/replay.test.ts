/** A schedule is repeated exactly, whichever strategy has found it; its line is refused where it is of something else; what did not matter in it is left out. */

import { stat } from "node:fs/promises"
import { type Application, type ExploreOptions, explore, replay, type Step, type StrategyName } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { actor, child, type MailboxOf, type Runtime, ServerMailbox, server } from "../../../actors/index.ts"
import { only, patient, together } from "../../support/explored.ts"
import * as philosophers from "../races/ported/philosophers.ts"

const SEEDS = Array.from({ length: 25 }, (_none, index) => index + 1)
const STRATEGIES: readonly StrategyName[] = [
  ...(["production", "runOn", "random", "pct3", "pct10", "pos", "urw", "weightedWalk", "deviating", "fewDeviations", "mix"] as const),
]

/** Two who read a count and write it back, a timer, chance, and a restart. */
const counting = () => {
  const counter = server({
    init: () => ({ count: 0 }),
    call: {
      count: ({ count }) => count,
      set: (state, count: number) => {
        state.count = count
      },
      crash: () => {
        throw new Error("boom")
      },
    },
  })
  const adder = actor(async (self) => {
    const box = await self.acquire<MailboxOf<typeof counter>>("app:counter")
    const count = (await box.call.count(undefined, patient)) as number
    await self.asyncNoLink(() => {}).result()
    await box.call.set(count + 1, patient)
    if (self.random() < 0.3) await box.call.crash(undefined, patient).catch(() => {})
  })
  return {
    tree: { "app:counter": child(counter, { state: "retain" }) },
    async run(runtime: Runtime): Promise<void> {
      const pids = [runtime.spawn(adder), runtime.spawn(adder)]
      await Promise.all(pids.map((pid) => runtime.whenEnded(pid)))
    },
    async check(runtime: Runtime): Promise<boolean> {
      const box = (await runtime.acquire("app:counter", { as: ServerMailbox })) as MailboxOf<typeof counter>
      return (await box.call.count(undefined, patient)) === 2
    },
  }
}

const PROGRAMS: readonly { readonly name: string; readonly make: () => Application }[] = [
  { name: "counting", make: counting },
  { name: "philosophers", make: philosophers.buggy },
]
const FAULTS: NonNullable<ExploreOptions["faults"]> = {
  crash: 1,
  slowReply: true,
  slowHandler: true,
  clockJump: true,
  startFails: 1,
  inboxFull: 0.05,
}

/** All of a step that could differ. */
function told({ choice, fault, sent, ...step }: Step) {
  const { id, kind, actor, from, what } = choice ?? {}
  return { ...step, instead: step.instead?.id, fault, sent, choice: [id, kind, actor, from, what] }
}

describe("a schedule that is repeated", () => {
  it.each(STRATEGIES.flatMap((strategy) => PROGRAMS.map(({ name, make }) => ({ strategy, name, make }))))(
    "goes the same way: $strategy, $name",
    async ({ strategy, make }) => {
      for (const seed of SEEDS) {
        let made = 0
        const counted = () => {
          made += 1
          return make()
        }
        // The third one fails, whatever it did: so it is carried out twice, and its line once more.
        const options: ExploreOptions = { seed, strategy, schedules: 3, shrink: false, faults: seed % 2 === 0 ? FAULTS : {} }
        const { failure, schedule } = await explore(counted, { ...options, finally: { third: () => made < 3 } })
        const again = await replay(counted, schedule ?? "", { ...options, finally: { third: () => false } })
        expect(failure?.kind).not.toBe("determinism")
        expect(again.failure?.steps.map(told)).toEqual(failure?.steps.map(told))
        expect([again.failure?.kind, again.failure?.message]).toEqual([failure?.kind, failure?.message])
      }
    },
  )

  it("of which the world is not all there is, is found out", async () => {
    let runs = 0
    const make = only(async (runtime) => {
      runs += 1
      if (runs % 2 === 0) await runtime.whenEnded(runtime.spawn(actor(async () => {})))
    })
    const { failure } = await explore(() => ({ ...make(), check: () => "always" }), { schedules: 1 })
    expect(failure).toMatchObject({ kind: "determinism" })
  })

  it("and fails but once is told of by how it failed", async () => {
    let checks = 0
    const once = only(() => {}, { check: () => ++checks !== 3 })
    const { failure, text } = await explore(once, { schedules: 10 })
    expect(failure).toMatchObject({
      kind: "determinism",
      message: "carried out twice, the schedule went two ways: at first it failed by check (the check gave false), and then it passed",
    })
    expect(text).toContain("  what one schedule leaves is there for the next: a variable outside of the application's function,\n")
  })

  it("and fails by another rule after the same steps is found out", async () => {
    let made = 0
    const make = only(() => {})
    const counted = () => {
      made += 1
      return make()
    }
    const always = { odd: () => made % 2 === 0, even: () => made % 2 === 1 }
    const { failure } = await explore(counted, { schedules: 1, always })
    const message = expect.stringMatching(/two ways: at first it failed by always odd .*, and then it failed by always even /)
    expect(failure).toMatchObject({ kind: "determinism", message })
  })

  it("and opens something outside but once says what that was", async () => {
    let opened = false
    const lazy = only(async () => {
      if (opened) return
      opened = true
      setTimeout(() => {}, 0)
      await stat("/")
    })
    const { failure } = await explore(lazy, { schedules: 1 })
    expect(failure).toMatchObject({ kind: "outside", name: "FSREQPROMISE" })
    expect(failure?.details).toMatch(/replay\.test\.ts[\s\S]*\ncarried out again, the schedule went another way: it is begun once/)
  })
})

describe("what schedules leave", () => {
  const runs: string[] = []
  const longer = only(() => void runs.push("ran"), { check: () => runs.length < 6 })

  it("is pointed out where it may be the cause, as the first schedule fails by now", async () => {
    const { failure, text } = await explore(longer, { schedules: 10 })
    expect(failure).toMatchObject({ kind: "check", deviations: [] })
    expect(text).toContain("  the first schedule passed, and goes another way when it is carried out again: what the schedules\n")
  })

  it("is not, where the first one failed, or goes as it did", async () => {
    let made = 0
    const failing = only(() => {}, { check: () => false })
    const counted = () => {
      made += 1
      return failing()
    }
    expect((await explore(counted, { schedules: 10, shrink: false })).failure?.details).toBeUndefined()
    // It, and it once more: there is no other to be carried out.
    expect(made).toBe(2)
    const drawn = only(() => {}, { check: (_runtime, world) => world.random() < 0.95 })
    const { failure, schedules } = await explore(drawn, { schedules: 200 })
    expect(schedules).toBeGreaterThan(1)
    expect(failure).toMatchObject({ kind: "check", deviations: [] })
    expect(failure?.details).toBeUndefined()
  })
})

describe("replay", () => {
  const failing = only((runtime) => together(runtime, () => {}), { check: () => "always" })
  const lineOf = async (make: () => Application): Promise<string> => (await explore(make, { schedules: 1 })).schedule ?? ""

  it.each([
    undefined,
    1,
    "",
    "nonsense",
    "1.x",
    "1.3k.c.4:2;17:1.9f3a01bc",
    "1.3k.z.-.9f3a01bc",
    "1.3k.c.-.9f3a01bcd",
    "1.zzzzzzzzzzzzzzzz.c.-.9f3a01bc",
    // Cut behind its last dot: nobody could say that it is of another application.
    "1.3k.c.4:2,17:1.",
  ])("refuses %s", async (line) => {
    const problem = replay(failing, line as string)
    await expect(problem).rejects.toMatchObject({ kind: "INVALID", details: { field: "schedule" } })
    await expect(problem).rejects.toThrow(/replay line of a report/)
  })

  it("refuses a line of another version, and says so", async () => {
    const line = await lineOf(failing)
    await expect(replay(failing, line.replace(/^1/, "2"))).rejects.toThrow(/is of version 2, and this is version 1/)
  })

  it("refuses the line of another program", async () => {
    const other = only(
      (runtime) =>
        together(runtime, (self) =>
          self.spawn(
            actor(async () => {}),
            undefined,
          ),
        ),
      { check: () => "always" },
    )
    await expect(replay(other, await lineOf(failing))).rejects.toMatchObject({ kind: "INVALID", details: { field: "schedule" } })
  })

  it("refuses deviations that the program has no room for, though nothing is known of what they led to", async () => {
    await expect(replay(failing, "1.1.c.0:99.00000000")).rejects.toMatchObject({ kind: "INVALID", details: { field: "schedule" } })
  })

  it("refuses a line whose program goes another way since it was mended", async () => {
    const mended = only((runtime) => together(runtime, () => {}))
    await expect(replay(mended, await lineOf(failing))).rejects.toThrow(/another version of one of them/)
  })

  it("carries out what the environment names, and nothing else", async () => {
    const line = await lineOf(failing)
    process.env.PIGEONHOLE_SCHEDULE = line
    try {
      expect(await explore(failing, { schedules: 1000 })).toMatchObject({ schedules: 1, schedule: line, failure: { message: "always" } })
    } finally {
      delete process.env.PIGEONHOLE_SCHEDULE
    }
  })
})

describe("shrinking", () => {
  /** Processes that say their name; it fails where those come in this order, whatever comes in between. */
  const saying = (names: readonly string[], wrong: readonly string[]) => (): Application => {
    const said: string[] = []
    return {
      tree: {},
      run: (runtime) => together(runtime, ...names.map((name) => () => said.push(name))),
      check: () => wrong.every((name, place) => place === 0 || said.indexOf(name) > said.indexOf(wrong[place - 1] as string)) === false,
    }
  }
  const NAMES = ["a", "b", "c", "d", "e", "f"]

  it("keeps the deviation that matters, and leaves out all others", async () => {
    // Who is started last goes first where nobody has gone on: that `a` comes before `b` is a deviation.
    for (const seed of SEEDS) {
      const { failure } = await explore(saying(NAMES, ["a", "b"]), { seed, strategy: "random" })
      expect(failure?.deviations).toHaveLength(1)
    }
  })

  it("keeps two where it takes two", async () => {
    for (const seed of SEEDS.slice(0, 5)) {
      const { failure } = await explore(saying(NAMES, ["a", "b", "c"]), { seed, strategy: "random" })
      expect(failure?.deviations).toHaveLength(2)
      expect(failure?.foundDeviations.length).toBeGreaterThanOrEqual(2)
    }
  })

  it("keeps none where each schedule fails", async () => {
    const { failure } = await explore(saying(NAMES, ["a"]), { strategy: "random" })
    expect(failure?.deviations).toEqual([])
  })

  it("keeps the fault that matters, and leaves out the others", async () => {
    const make = (): Application => ({
      tree: { "app:one": server({ init: () => ({}) }), "app:two": server({ init: () => ({}) }) },
      run: (runtime) => Promise.all([1, 2, 3].map(() => runtime.whenEnded(runtime.spawn(actor(async () => {}))))),
      check: (_runtime, world) => world.now < 60_000,
    })
    const { failure } = await explore(make, { faults: { crash: 3, clockJump: 1, startFails: 2, callerDies: 2 } })
    expect(failure?.steps.flatMap(({ fault }) => (fault === undefined ? [] : [fault.kind]))).toEqual(["clock_jump"])
  })

  it("is left out where it is not wanted", async () => {
    const { failure } = await explore(saying(NAMES, ["a", "b"]), { strategy: "random", shrink: false, seed: 5 })
    expect(failure?.deviations).toEqual(failure?.foundDeviations)
    expect(failure?.deviations.length).toBeGreaterThan(1)
  })
})
