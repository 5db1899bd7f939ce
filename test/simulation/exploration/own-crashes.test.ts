/** Processes that crash without a fault, and that somebody starts again: no failure, and the report says so. */

import { type Application, explore, replay } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { actor, child, type MailboxOf, type Runtime, server } from "../../../actors/index.ts"
import { CrashNotes, crashLines, OwnCrashes } from "../../../src/simulation/report/own-crashes.ts"
import { together } from "../../support/explored.ts"

/** Looks and takes in two steps: whoever comes in between makes it crash. */
const desk = server({
  init: () => ({ left: 1 }),
  call: {
    isLeft: (state) => state.left > 0,
    take: (state) => {
      if (state.left === 0) throw new TypeError("nothing is left\nof it")
      state.left -= 1
    },
  },
})

const selling = (): Application => ({
  tree: { "app:desk": child(desk, { backoff: { initialMs: 0, maxMs: 0 } }) },
  run: (runtime: Runtime) => {
    const buy = async (self: { acquire<T>(id: string): Promise<T> }): Promise<void> => {
      const { call } = await self.acquire<MailboxOf<typeof desk>>("app:desk")
      if (await call.isLeft()) await call.take().catch(() => {})
    }
    return together(runtime, buy, buy)
  },
})

describe("what crashes on its own", () => {
  it("is told with how often, and with a schedule that shows it", async () => {
    const report = await explore(selling, { schedules: 100 })
    expect(report.failure).toBeUndefined()
    const [crash, ...others] = report.crashes
    expect(others).toEqual([])
    expect(crash).toMatchObject({ process: "app:desk", error: "TypeError: nothing is left\nof it" })
    expect(crash?.schedules).toBeGreaterThan(5)
    expect(crash?.schedules).toBeLessThan(100)
    expect(report.text).toContain(`
What crashed on its own, before any fault
  app:desk, in ${crash?.schedules} of 100 schedules: TypeError: nothing is left of it
    the first: PIGEONHOLE_SCHEDULE=${crash?.schedule}`)
    const again = await replay(selling, crash?.schedule ?? "")
    expect(again.crashes).toEqual([{ ...crash, schedules: 1 }])
  })

  it("is told where a schedule fails, too", async () => {
    const failing = (): Application => ({ ...selling(), check: (_runtime, world) => world.processes.length > 100 })
    const { text, crashes } = await explore(failing, { schedules: 1, order: "runtime" })
    expect(crashes).toEqual([])
    expect(text).not.toContain("crashed on its own")
    const wrong = (): Application => ({
      ...failing(),
      run: async (runtime) =>
        void (await runtime.whenEnded(
          runtime.spawn(
            actor(() => Promise.reject(new Error("wanted"))),
            undefined,
            { name: "one" },
          ),
        )),
    })
    const report = await explore(wrong, { schedules: 1 })
    expect(report.failure?.kind).toBe("check")
    expect(report.text).toMatch(
      /What was tried\n.*\n\nWhat crashed on its own, before any fault\n {2}one, in 1 of 1 schedule: Error: wanted\n {4}the first: PIGEON/s,
    )
  })

  it("is a failure where that is asked for, made short and repeated as any other", async () => {
    const report = await explore(selling, { crashes: "fail" })
    const { failure, schedule = "", text } = report
    expect(failure).toMatchObject({ kind: "crash", name: "app:desk", error: expect.any(TypeError) })
    expect(failure?.deviations.length).toBeLessThanOrEqual(2)
    expect(text).toMatch(/^crash app:desk: crashed, and no fault had fallen: TypeError: nothing is left of it\nSeen in step/)
    expect((await replay(selling, schedule, { crashes: "fail" })).failure?.kind).toBe("crash")
    await expect(replay(selling, schedule)).rejects.toMatchObject({ kind: "INVALID", details: { field: "schedule" } })
  })

  it("is nothing that comes of a fault", async () => {
    const visited = (): Application => ({
      ...selling(),
      run: (runtime: Runtime) => together(runtime, async (self) => void (await self.acquire("app:desk"))),
    })
    const report = await explore(visited, { schedules: 100, faults: { crash: 2, givesUp: 1 } })
    expect(report.failure).toBeUndefined()
    expect(report.crashes).toEqual([])
    expect((await explore(visited, { schedules: 100, crashes: "fail", faults: { crash: 2 } })).failure).toBeUndefined()
  })
})

describe("crashes of many schedules", () => {
  const exited = (label: string, error: unknown) => {
    const event = { type: "exited", label, reason: { error } } as const
    return event as Parameters<CrashNotes["told"]>[0]
  }
  const notes = (...crashes: readonly (readonly [string, unknown])[]) => {
    const kept = new CrashNotes()
    for (const [label, error] of crashes) kept.told(exited(label, error))
    return kept
  }

  it("are one where one error ends several, and where one process crashes again by the same", () => {
    const error = new Error("a")
    expect(notes(["a", error], ["b", error], ["a", new Error("a")], ["a", new Error("b")]).all).toEqual([
      { process: "a", error: "Error: a" },
      { process: "a", error: "Error: b" },
    ])
    const kept = notes(["a", error])
    kept.faultFell()
    kept.told(exited("b", new Error("b")))
    expect(kept.all).toHaveLength(1)
  })

  it("are kept up to a bound, first those of most schedules", () => {
    const all = new OwnCrashes()
    all.add(notes(["rare", new Error("r")]).all, () => "1.first")
    for (const line of ["1.one", "1.two"]) all.add(notes(["often", new Error("o")]).all, () => line)
    expect(all.summary()).toEqual([
      { process: "often", error: "Error: o", schedules: 2, schedule: "1.one" },
      { process: "rare", error: "Error: r", schedules: 1, schedule: "1.first" },
    ])
    for (let number = 0; number < 300; number += 1) all.add([{ process: `p${number}`, error: "e" }], () => "1.x")
    expect(all.summary()).toHaveLength(100)
    const many = notes(...Array.from({ length: 50 }, (_, number) => [`p${number}`, new Error("e")] as const))
    expect(many.all).toHaveLength(20)
    const lines = crashLines(all.summary(), 303)
    expect(lines).toHaveLength(12)
    expect(lines.at(-1)).toBe("  and 95 more crashes")
    expect(crashLines([], 3)).toEqual([])
  })
})
