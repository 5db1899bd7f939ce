/** What a schedule is judged by, and how it fails: invariants, a scenario that does not end, a tree that does not start, promises that nobody looks at. */

import { stat } from "node:fs/promises"
import { type Application, type ExploreOptions, type ExploreProgress, explore, type Report } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { actor, child, type MailboxOf, type ProcessSelf, type ServerSelf, server } from "../../../actors/index.ts"
import { only, patient, together } from "../../support/explored.ts"

const counter = server({
  init: () => ({ count: 0 }),
  call: {
    add: (state) => {
      state.count += 1
      return state.count
    },
  },
})

/** A counter that two add to. */
function counting(): Application {
  const add = async (self: ProcessSelf<unknown>): Promise<void> => {
    const { call } = await self.acquire<MailboxOf<typeof counter>>("app:counter")
    await call.add(undefined, patient)
  }
  return { tree: { "app:counter": counter }, run: (runtime) => together(runtime, add, add) }
}
type World = Parameters<NonNullable<ExploreOptions["always"]>[string]>[0]
const countOf = (world: World): number => (world.stateOf("app:counter") as { readonly count: number } | undefined)?.count ?? 0

const explored = (options: ExploreOptions, make: () => Application = counting): Promise<Report> =>
  explore(make, { schedules: 20, ...options })

describe("always", () => {
  it("is looked at after every step, and a text, false or a throw says what was violated", async () => {
    const one = await explored({ always: { few: (world) => (countOf(world) > 1 ? `there are ${countOf(world)}` : undefined) } })
    expect(one.failure).toMatchObject({ kind: "always", name: "few", message: "there are 2" })
    // The step after which it was so for the first time, and the last that there is.
    expect(one.failure?.step).toBe((one.failure?.steps.length ?? 0) - 1)
    const two = await explored({ always: { few: (world) => countOf(world) < 2 } })
    expect(two.failure).toMatchObject({ kind: "always", name: "few", message: "few does not hold" })
    const three = await explored({
      always: {
        few: () => {
          throw new Error("no")
        },
      },
    })
    expect(three.failure).toMatchObject({ kind: "always", name: "few", message: "few: Error: no", error: expect.any(Error) })
  })

  it("holds where it gives anything else", async () => {
    for (const value of [undefined, true, 0, null, {}]) expect((await explored({ always: { any: () => value } })).failure).toBeUndefined()
  })
})

describe.each(["always", "sometimes", "eventually"] as const)("a promise of %s", (kind) => {
  it("is a violation: it would be taken for a yes, and whatever it comes to is heard by nobody", async () => {
    for (const fails of [false, true]) {
      const late = async (): Promise<boolean> => {
        if (fails) throw new Error("never heard")
        return false
      }
      const { failure } = await explore(() => ({ tree: {}, run: () => {} }), { schedules: 1, [kind]: { late } })
      expect(failure).toMatchObject({ kind, name: "late", message: expect.stringContaining("must answer at once") })
    }
  })
})

describe("finally", () => {
  it("is looked at once all is at rest, and may ask", async () => {
    const ask: NonNullable<ExploreOptions["finally"]>[string] = async (world, runtime) => {
      await together(runtime, async (self) => (await self.acquire<MailboxOf<typeof counter>>("app:counter")).call.add())
      return countOf(world) === 3
    }
    expect((await explored({ finally: { asked: ask } })).failure).toBeUndefined()
    const wrong = await explored({ finally: { held: () => {}, wrong: async () => "not so" } })
    expect(wrong.failure).toMatchObject({ kind: "finally", name: "wrong", message: "not so" })
  })

  it("that throws or rejects is a violation", async () => {
    const failing = await explored({
      finally: {
        thrown: () => {
          throw new Error("thrown")
        },
      },
    })
    expect(failing.failure).toMatchObject({ kind: "finally", name: "thrown" })
    const rejecting = await explored({ finally: { rejected: () => Promise.reject(new Error("rejected")) } })
    expect(rejecting.failure).toMatchObject({ kind: "finally", name: "rejected" })
  })

  it("that never ends is stuck, and nothing hangs", async () => {
    const { failure } = await explored({ finally: { hangs: () => new Promise(() => {}) } })
    expect(failure).toMatchObject({ kind: "stuck" })
  })
})

describe("eventually", () => {
  /** Says `done` a while after it was asked to, and begins anew after a crash. */
  const lazy = (): Application => ({
    tree: {
      "app:lazy": child(
        server({
          init: (_none: undefined, self: ServerSelf) => {
            self.after(1000, "done")
            return { isDone: false }
          },
          info: (state) => {
            state.isDone = true
          },
        }),
      ),
    },
    run: (runtime) => together(runtime, () => {}),
  })
  const isDone = (world: World): boolean => (world.stateOf("app:lazy") as { readonly isDone: boolean } | undefined)?.isDone === true

  it("comes to be after the scenario, once faults have stopped", async () => {
    const options: ExploreOptions = { schedules: 60, faults: { crash: 2, startFails: 1 }, eventually: { done: isDone } }
    expect((await explored(options, lazy)).failure).toBeUndefined()
  })

  it("fails where it does not come to be, whether or not time passes", async () => {
    expect((await explored({ eventually: { never: () => false } })).failure).toMatchObject({ kind: "eventually", name: "never" })
    const ticking = () => {
      const clock = server({ init: (_none: undefined, self: ServerSelf) => void self.every(10, "tick"), info: () => {} })
      return { tree: { "app:clock": clock }, run: () => {} }
    }
    const { failure } = await explored({ eventually: { never: () => false } }, ticking)
    expect(failure).toMatchObject({ kind: "eventually", name: "never", message: expect.stringContaining("2000 steps") })
  })

  it("that throws is a violation", async () => {
    const { failure } = await explored({
      eventually: {
        thrown: () => {
          throw new Error("thrown")
        },
      },
    })
    expect(failure).toMatchObject({ kind: "eventually", name: "thrown" })
  })
})

describe("sometimes", () => {
  it("is reported where no schedule has shown it", async () => {
    const report = await explored({ sometimes: { two: (world) => countOf(world) === 2, three: (world) => countOf(world) === 3 } })
    expect(report.neverSeen).toEqual(["three"])
    expect(report.failure).toBeUndefined()
    expect(report.text).toContain("three")
  })

  it("that throws is a violation", async () => {
    const { failure } = await explored({
      sometimes: {
        thrown: () => {
          throw new Error("thrown")
        },
      },
    })
    expect(failure).toMatchObject({ kind: "sometimes", name: "thrown" })
  })
})

describe("an application", () => {
  const failureOf = async (make: () => Application, options: ExploreOptions = {}) => (await explored(options, make)).failure

  it("that cannot be made fails, and says why", async () => {
    const failure = await failureOf(() => {
      throw new Error("no application")
    })
    expect(failure).toMatchObject({ kind: "start", message: expect.stringContaining("no application") })
  })

  it("whose tree does not start fails, and says why", async () => {
    const broken = server({
      init: () => {
        throw new Error("no start")
      },
    })
    const failure = await failureOf(only(() => {}, { tree: { "app:broken": broken } }))
    expect(failure).toMatchObject({ kind: "start", message: expect.stringContaining("no start") })
  })

  it("whose tree is none fails, and names it", async () => {
    const failure = await failureOf(only(() => {}, { tree: { "app:broken": 7 as never } }))
    expect(failure).toMatchObject({ kind: "start", message: expect.stringContaining("app:broken") })
  })

  it("whose scenario throws fails by that", async () => {
    const failure = await failureOf(only(() => Promise.reject(new Error("no scenario"))))
    expect(failure).toMatchObject({ kind: "run", message: "the scenario failed: Error: no scenario", error: expect.any(Error) })
  })

  it("whose scenario waits for ever is stuck, and says who waits for whom", async () => {
    const deaf = server({ init: () => ({}), call: { ask: (_state, _none: undefined, self: ServerSelf) => self.defer() } })
    const failure = await failureOf(only((runtime) => runtime.spawn(deaf, undefined, { name: "deaf" }).call.ask(undefined, patient)))
    expect(failure).toMatchObject({ kind: "stuck", waits: [{ actor: "outside", on: "deaf", what: "ask" }] })
  })

  it("that goes on for ever is stopped", async () => {
    const pingPong = actor<unknown, number>(async (self) => {
      for (;;) {
        await self.receive()
        self.tell(self.pid, 1)
      }
    })
    const forever = only((runtime) => {
      const pid = runtime.spawn(pingPong)
      runtime.tell(pid, 0)
      return runtime.whenEnded(pid)
    })
    expect(await failureOf(forever, { maxSteps: 200 })).toMatchObject({ kind: "endless", message: expect.stringContaining("200 steps") })
    const restless = only((runtime) => void runtime.tell(runtime.spawn(pingPong), 0))
    expect(await failureOf(restless, { maxSteps: 200 })).toMatchObject({ kind: "endless" })
  })

  it("with a promise that was rejected, and that nobody looks at, fails", async () => {
    const failure = await failureOf(only(() => void Promise.reject(new Error("unseen"))))
    expect(failure).toMatchObject({ kind: "rejection", message: expect.stringContaining("unseen") })
  })

  it("with a promise that was rejected fails at the step in which it was, and its story tells of that", async () => {
    const careless = actor(() => void Promise.reject(new Error("unseen")))
    const rejecting = only(async (runtime) => {
      await runtime.whenEnded(runtime.spawn(careless, undefined, { name: "careless" }))
      await runtime.whenEnded(runtime.spawn(actor(() => new Promise((resolve) => setTimeout(resolve, 10)))))
    })
    const { failure, text } = await explore(rejecting, { schedules: 20 })
    expect(failure?.kind).toBe("rejection")
    expect(failure?.steps[failure.step]?.choice).toMatchObject({ kind: "start", actor: "careless" })
    expect(text).toContain("careless starts")
  })

  it("that begins something outside fails, and names it", async () => {
    const failure = await failureOf(only(() => stat("/")))
    expect(failure).toMatchObject({ kind: "outside", name: "FSREQPROMISE" })
    expect(
      await failureOf(
        only(() => void stat("/")),
        { allow: ["FSREQPROMISE"] },
      ),
    ).toBeUndefined()
  })
})

describe("an error that a failure tells of", () => {
  it("has the frames of the program's that it comes from, and none of the simulation's around them", async () => {
    const failing = (): never => {
      throw new Error("two\nlines")
    }
    const { failure } = await explored(
      {},
      only(() => failing()),
    )
    const lines = failure?.details?.split("\n") ?? []
    expect(lines.slice(0, 2)).toEqual(["Error: two", "lines"])
    expect(lines.length).toBeGreaterThan(3)
    for (const frame of lines.slice(2)) expect(frame).toMatch(/^\s+at .*test\/(simulation\/judges\/judged\.test|support\/explored)\.ts/)
  })
})

describe("an exploration", () => {
  it("ends with the first failure, and says how many schedules it took", async () => {
    let made = 0
    const make = only(() => {}, {
      check: () => {
        made += 1
        return made < 7
      },
    })
    const told: number[] = []
    const report = await explored({ onProgress: (schedules) => told.push(schedules), shrink: false }, make)
    expect(report.schedules).toBe(7)
    expect(told).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it("says how far it is, while it makes a failure short, too", async () => {
    const told: [number, ExploreProgress][] = []
    const all: [number, ExploreProgress][] = []
    const { failure, schedules, schedule } = await explored({
      strategy: "random",
      always: { few: (world) => countOf(world) < 2 },
      onProgress: (done, progress) => told.push([done, progress]),
    })
    const exploring = Array.from({ length: schedules }, (_, at) => at + 1)
    for (const done of exploring) all.push([done, { phase: "exploring", schedules: done, tries: 0, deviations: undefined }])
    const shrinking = told.slice(schedules)
    expect(told.slice(0, schedules)).toEqual(all)
    expect(failure?.foundDeviations.length).toBeGreaterThan(1)
    const first = { phase: "shrinking", schedules, tries: 0, deviations: failure?.foundDeviations.length, schedule: expect.any(String) }
    expect(shrinking[0]).toEqual([schedules, first])
    expect(shrinking.map(([, { tries }]) => tries)).toEqual(Array.from(shrinking, (_, at) => at))
    expect(shrinking.at(-1)?.[1]).toMatchObject({ deviations: failure?.deviations.length, schedule })
  })

  it("leaves nothing behind, however it ends: clocks, chance and those who hear of rejections are the host's again", async () => {
    const before = [Date.now, setTimeout, Math.random, performance.now, process.listenerCount("unhandledRejection")]
    await explored({})
    await explored({ finally: { hangs: () => new Promise(() => {}) } })
    await explored({}, () => {
      throw new Error("no application")
    })
    await expect(explored({ schedules: 0 })).rejects.toThrow()
    const after = [Date.now, setTimeout, Math.random, performance.now, process.listenerCount("unhandledRejection")]
    expect(after).toEqual(before)
  })

  it("is refused beside another one, which goes on", async () => {
    const first = explored({ schedules: 5 })
    await expect(explored({})).rejects.toMatchObject({ kind: "CONFLICT" })
    expect((await first).failure).toBeUndefined()
  })

  it("has the same schedules for the same seed, and others for another", async () => {
    const traces = async (seed: number): Promise<string[]> => {
      const seen: string[] = []
      const make = only(async (runtime, world, notes) => {
        await together(
          runtime,
          () => notes.push("a"),
          () => notes.push("b"),
          () => notes.push(`${world.random()}`),
        )
        seen.push(notes.join())
      })
      await explored({ seed }, make)
      return seen
    }
    expect(await traces(3)).toEqual(await traces(3))
    expect(await traces(3)).not.toEqual(await traces(4))
  })
})
