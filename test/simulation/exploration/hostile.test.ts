/** What users get wrong, and what throws where nobody expects it: each is said clearly, and nothing is left running. */

import { type Application, type ExploreOptions, explore, replay, type World } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { actor, child, type RootService, type Runtime, server } from "../../../actors/index.ts"
import { only } from "../../support/explored.ts"
import { refusalOf } from "../../support/refusal.ts"

/** As somebody without types writes it. */
const made = (application: unknown) => () => application as Application
const few: ExploreOptions = { schedules: 3 }

describe("what an application is made of", () => {
  it.each<[string, unknown, string]>([
    ["nothing", undefined, "application must give { tree, run }; got undefined"],
    ["a promise", Promise.resolve({ tree: {}, run() {} }), "application must give { tree, run } at once; got a promise"],
    ["a number", 5, "application must give { tree, run }; got 5"],
    ["no scenario", { tree: {} }, "application.run must be a function; got undefined"],
    ["a scenario that is none", { tree: {}, run: 5 }, "application.run must be a function; got 5"],
    ["a check that is none", { tree: {}, run() {}, check: 5 }, "application.check must be a function; got 5"],
    ["options that are none", { tree: {}, run() {}, options: 5 }, "application.options must be an object; got 5"],
    ["a member by a wrong name", { tree: {}, run() {}, chekc() {} }, "application.chekc is unknown; did you mean check?"],
    ["an option of explore", { tree: {}, run() {}, always: {} }, "application.always is unknown: it is an option of explore"],
    ["what cannot be read", new Proxy({}, { get: () => throwing(), ownKeys: () => throwing() }), "application cannot be read"],
  ])("is refused where it is %s", async (_what, application, message) => {
    expect(await refusalOf(explore(made(application), few))).toMatchObject({ kind: "INVALID", message: expect.stringContaining(message) })
    expect(await refusalOf(replay(made(application), "1.0.c.-.00000000"))).toMatchObject({ kind: "INVALID" })
  })

  it("may be an object of a class, and have more than is asked for", async () => {
    class Shop {
      readonly tree = {}
      readonly about = "more"
      ran = false
      run(): void {
        this.ran = true
      }
      check(): boolean {
        return this.ran
      }
    }
    expect((await explore(() => new Shop(), few)).failure).toBeUndefined()
  })
})

function throwing(): never {
  throw new Error("on purpose")
}

describe("where it was thrown", () => {
  const broken = server({ init: (starts: boolean) => starts || throwing(), call: { sell: (): boolean => throwing() } })

  it.each<[string, boolean]>([
    ["in a handler, of which the scenario is told", true],
    ["in a start", false],
  ])("is told of what went wrong %s: the program's own lines", async (_where, starts) => {
    const { failure } = await explore(
      () => ({
        tree: { "app:desk": child(broken, { argument: starts }) },
        run: async (runtime) => void (await (await runtime.acquire("app:desk")).call.sell()),
      }),
      few,
    )
    expect(failure?.details).toMatch(/Error: on purpose\n +at throwing \(.*hostile\.test\.ts:\d+:\d+\)/)
    expect(failure?.details).not.toMatch(/node:|<anonymous>\)$/m)
  })

  it("is not told where no line is the program's: the message says all there is", async () => {
    const { failure } = await explore(() => ({ tree: { "app:desk": 5 } as never, run() {} }), few)
    expect(failure).toMatchObject({ kind: "start", message: expect.stringContaining('children["app:desk"] must be a definition') })
    expect(failure?.details).toBeUndefined()
  })
})

describe("what nobody catches", () => {
  it.each<[string, () => unknown]>([
    ["a timer", () => setTimeout(throwing, 1)],
    ["an interval", () => setInterval(throwing, 1)],
    ["setImmediate", () => setImmediate(throwing)],
    ["a microtask", () => queueMicrotask(throwing)],
    ["a tick", () => process.nextTick(throwing)],
  ])("in %s is a failure of the schedule, with its story", async (_where, arm) => {
    const application = only(async () => {
      arm()
      await new Promise((resolve) => setTimeout(resolve, 10))
    })
    const report = await explore(application, few)
    expect(report.failure).toMatchObject({ kind: "rejection", message: "a callback threw, and nobody caught it: Error: on purpose" })
    const again = await replay(application, report.schedule ?? "")
    expect(again.failure).toMatchObject({ kind: "rejection" })
  })

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["a symbol", Symbol("thrown")],
    ["what has no prototype", Object.create(null)],
    ["what throws when it is looked at", new Proxy({}, { get: throwing, getPrototypeOf: throwing, has: throwing })],
  ])("may be %s", async (_what, thrown) => {
    const throws = (): never => {
      throw thrown
    }
    expect((await explore(only(throws), few)).failure).toMatchObject({ kind: "run" })
    expect(
      (
        await explore(
          only(() => {}),
          { ...few, always: { a: throws } },
        )
      ).failure,
    ).toMatchObject({ kind: "always" })
    expect(
      (
        await explore(
          only(() => {}),
          { ...few, finally: { a: throws } },
        )
      ).failure,
    ).toMatchObject({ kind: "finally" })
    const silent = only(() => void Promise.reject(thrown))
    expect((await explore(silent, few)).failure).toMatchObject({ kind: "rejection" })
    expect((await explore(throws, few)).failure).toMatchObject({ kind: "start" })
  })
})

describe("what a look leaves behind", () => {
  /** Hears what the program would, too. */
  async function heardWith(options: ExploreOptions) {
    const heard: unknown[] = []
    const hear = (error: unknown): void => void heard.push(error)
    process.on("unhandledRejection", hear)
    try {
      const { failure } = await explore(
        only(() => {}),
        { ...few, ...options },
      )
      await new Promise((resolve) => setImmediate(resolve))
      return { failure, heard }
    } finally {
      process.off("unhandledRejection", hear)
    }
  }

  it("is the schedule's still where it was the last one", async () => {
    const looks: World[] = []
    const last = { always: { a: (world: World) => looks.push(world) } }
    await heardWith({ ...last, schedules: 1 })
    const most = looks.length
    let left = most
    const rejects = { always: { a: () => void (--left === 0 && Promise.reject(new Error("left behind"))) }, schedules: 1, shrink: false }
    const { failure, heard } = await heardWith(rejects)
    expect(heard).toEqual([])
    expect(failure).toMatchObject({ kind: "determinism", message: expect.stringContaining("left behind") })
  })

  it("is nobody else's where it fails, too", async () => {
    const fails = (): string => {
      Promise.reject(new Error("left behind"))
      return "wrong"
    }
    const { failure, heard } = await heardWith({ always: { a: fails } })
    expect(failure).toMatchObject({ kind: "always", message: "wrong" })
    expect(heard).toEqual([])
  })

  it("may be another exploration, which is refused", async () => {
    const again = { always: { a: () => void explore(only(() => {})) } }
    const { failure, heard } = await heardWith(again)
    expect(failure).toMatchObject({ kind: "rejection", message: expect.stringContaining("another simulation runs") })
    expect(heard).toEqual([])
  })
})

describe("what an invariant says", () => {
  const saying = (said: unknown): ExploreOptions => ({ ...few, always: { sound: () => said as never }, schedules: 1 })

  it("is a violation where it is an error, thrown or given", async () => {
    expect(
      (
        await explore(
          only(() => {}),
          saying(new Error("not sound")),
        )
      ).failure,
    ).toMatchObject({
      kind: "always",
      message: "sound: Error: not sound",
    })
  })

  it("is named where its text is empty", async () => {
    expect(
      (
        await explore(
          only(() => {}),
          saying(""),
        )
      ).failure,
    ).toMatchObject({ kind: "always", message: "sound does not hold" })
  })

  it.each<[string, (runtime: Runtime, world: World) => unknown]>([
    [
      "asks",
      (runtime) =>
        void runtime
          .spawn(server({ init: () => ({}), call: { ask: () => 1 } }))
          .call.ask()
          .catch(() => {}),
    ],
    ["tells", (runtime) => runtime.tell(runtime.spawn(actor(async (self) => void (await self.receive()))), 1)],
    ["arms a timer", () => void setTimeout(() => {}, 1)],
    ["calls the world outside", (_runtime, world) => void world.external("bank", () => "paid")],
    ["spawns", (runtime) => runtime.spawn(actor(() => {}))],
    ["acquires", (runtime) => void (runtime as Runtime<RootService>).acquire("root").catch(() => {})],
  ])("is refused where it %s: it is looked at between two steps", async (_what, meddle) => {
    for (const kind of ["always", "sometimes", "eventually"] as const) {
      let runtime: Runtime | undefined
      const make = () => {
        runtime = undefined
        return only((given) => {
          runtime = given
        })()
      }
      const meddler = (world: World): boolean => {
        if (runtime !== undefined) meddle(runtime, world)
        return kind === "always" || runtime !== undefined
      }
      const { failure } = await explore(make, { ...few, [kind]: { meddler } })
      const message = "meddler has begun something: it is looked at between two steps, and must change nothing"
      expect(failure).toMatchObject({ kind, name: "meddler", message })
    }
  })

  it("may look at all that there is", async () => {
    const looks = (world: World): boolean =>
      world.processes.length + world.now >= 0 && world.stateOf("root") !== 1 && world.entriesOf("root") !== null
    const { failure } = await explore(
      only((runtime) => void runtime.spawn(actor(() => {}))),
      { ...few, always: { looks }, eventually: { looks } },
    )
    expect(failure).toBeUndefined()
  })

  it("of what is to come to be may be why it has not: that is what is told when it never does", async () => {
    const make = only(() => void setInterval(() => {}, 1))
    const { failure } = await explore(make, { ...few, eventually: { served: () => "one of three is left" } })
    expect(failure).toMatchObject({
      kind: "eventually",
      message: expect.stringMatching(/^served has not come to be within 2000 steps .*: one of three is left$/),
    })
    const refused = await explore(make, { ...few, eventually: { served: (() => new Error("nobody is there")) as never } })
    expect(refused.failure).toMatchObject({ kind: "eventually", message: expect.stringMatching(/: Error: nobody is there$/) })
    const still = await explore(
      only(() => {}),
      { ...few, eventually: { served: () => "nobody came" } },
    )
    expect(still.failure).toMatchObject({ message: "served does not come to be: nothing can happen any more: nobody came" })
    let looks = 0
    const late = { ...few, eventually: { served: () => ++looks % 3 === 0 || "not yet" } }
    expect((await explore(make, late)).failure).toBeUndefined()
  })

  it("is named where it fails to be asked, or never answers", async () => {
    const rejects = { ...few, finally: { asked: () => Promise.reject(new Error("no answer")) } }
    expect(
      (
        await explore(
          only(() => {}),
          rejects,
        )
      ).failure,
    ).toMatchObject({ message: "asked failed: Error: no answer" })
    const waits = { ...few, finally: { asked: () => new Promise(() => {}) } }
    expect(
      (
        await explore(
          only(() => {}),
          waits,
        )
      ).failure,
    ).toMatchObject({
      kind: "stuck",
      message: expect.stringContaining("asked has not ended"),
    })
  })
})

describe("who waits for nothing that a world knows", () => {
  it("is told so", async () => {
    const report = await explore(
      only(() => new Promise(() => {})),
      few,
    )
    expect(report.failure).toMatchObject({ kind: "stuck", details: expect.stringContaining("nobody waits for an answer") })
  })
})

describe("onProgress", () => {
  it("ends the exploration where it gives a promise that is rejected, as where it throws", async () => {
    const options = { schedules: 200, onProgress: async () => throwing() }
    await expect(
      explore(
        only((_runtime, world: World) => void world.now),
        options,
      ),
    ).rejects.toThrow("on purpose")
  })
})

describe("who looks at what is not there", () => {
  const desk = server({ init: () => ({ left: 1 }), call: { left: ({ left }) => left } })
  const app = () => ({ tree: { "app:desk": desk }, run: () => {} })
  const left = (id: string) => (world: World) => (world.stateOf(id) as { left: number }).left >= 0
  const absent = (id: string): RegExp =>
    new RegExp(`TypeError: [\\s\\S]*\\nthere was nothing to show of "${id}": it had not begun, or is no such service`)

  it.each<[string, ExploreOptions, string]>([
    ["always, where it has not begun", { always: { left: left("app:desk") } }, "app:desk"],
    ["sometimes", { sometimes: { left: left("app:desk") } }, "app:desk"],
    ["finally, by a wrong id", { finally: { left: left("app:dusk") } }, "app:dusk"],
    ["at its entries", { always: { size: (world) => (world.entriesOf("app:desk") as ReadonlyMap<string, unknown>).size < 9 } }, "app:desk"],
  ])("is told whose it is: %s", async (_how, options, id) => {
    expect((await explore(app, { ...few, ...options })).failure?.details).toMatch(absent(id))
  })

  it("is told nothing of it where something else is wrong", async () => {
    const always = { left: (world: World) => world.stateOf("app:desk") === undefined || throwing() }
    expect((await explore(app, { ...few, always })).failure?.details).not.toContain("nothing to show")
  })

  const wrong = (): never => Reflect.get(undefined as never, "left") as never
  const others: ExploreOptions = { always: { none: (world) => world.stateOf("app:dusk") === undefined } }

  it.each<[string, Partial<Application>, ExploreOptions]>([
    ["the scenario", { run: () => Promise.resolve().then(wrong) }, others],
    ["the check", { check: wrong }, others],
    ["another look", {}, { always: others.always ?? {}, finally: { left: wrong } }],
    ["the check, behind a scenario that has looked", { run: (_runtime, world) => void world.stateOf("app:dusk"), check: wrong }, {}],
  ])("is not told of what others have looked at: %s", async (_who, parts, options) => {
    const { failure } = await explore(() => ({ ...app(), ...parts }), { ...few, ...options })
    expect(failure?.message).toContain("TypeError")
    expect(failure?.details).not.toContain("nothing to show")
  })

  it("is told of what it has looked at itself, whoever looks in between", async () => {
    const check = async (_runtime: Runtime, world: World) => {
      const dusk = world.stateOf("app:dusk") as { left: number }
      await new Promise((resolve) => setTimeout(resolve, 1))
      return dusk.left === 1
    }
    const always = { some: (world: World) => world.entriesOf("app:desk") === undefined }
    expect((await explore(() => ({ ...app(), check }), { ...few, always })).failure?.details).toMatch(absent("app:dusk"))
  })
})
