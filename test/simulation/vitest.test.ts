/** `pigeonhole/simulation/vitest`, as Vitest runs it for a user: over `simulated/desk.simulated.ts`, and here. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { explore } from "pigeonhole/simulation"
import { type SimulateOptions, it as simulating, test } from "pigeonhole/simulation/vitest"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { run } from "../house/command.ts"
import { buggy, fixed, soldOnce, soldOut } from "./simulated/desk.ts"

interface Tried {
  readonly fullName: string
  readonly status: string
  readonly failureMessages: readonly string[]
}

const CONFIG = join(import.meta.dirname, "simulated", "vitest.config.ts")
const folder = mkdtempSync(join(tmpdir(), "pigeonhole-vitest-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** What became of each test, by its full name, and what was printed. */
async function tried(argv: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const outputFile = join(folder, "results.json")
  const options = ["--reporter=verbose", "--reporter=json", `--outputFile.json=${outputFile}`]
  const { stdout, stderr } = await run("vitest", ["run", "--config", CONFIG, ...options, ...argv], { env })
  const { testResults } = JSON.parse(readFileSync(outputFile, "utf8")) as { testResults: readonly { assertionResults: readonly Tried[] }[] }
  const tests = new Map(testResults.flatMap(({ assertionResults }) => assertionResults).map((each) => [each.fullName, each]))
  const statusOf = (name: string): string | undefined => tests.get(name)?.status
  const messageOf = (name: string): string => tests.get(name)?.failureMessages.join("\n") ?? ""
  return { statusOf, messageOf, printed: stdout + stderr }
}

const TWICE = "the desk (of one ticket) sells it's ticket twice"
const ONCE = "the desk (of one ticket) sells it once"

describe("it.simulate", () => {
  let all: Awaited<ReturnType<typeof tried>>
  beforeAll(async () => {
    all = await tried()
  }, 60_000)

  it("passes where no schedule fails, and everything of sometimes was seen, whatever testTimeout is", () => {
    expect(all.statusOf(ONCE), all.messageOf(ONCE)).toBe("passed")
  })

  it("fails by what the report says, and by the line that repeats it in that test alone", async () => {
    const { text, schedule } = await explore(buggy, { always: { soldOnce } })
    const line = `PIGEONHOLE_SCHEDULE=${schedule} npx vitest run desk.simulated.ts -t 'the desk \\(of one ticket\\) .*sells it'\\''s ticket twice'`
    expect(all.statusOf(TWICE)).toBe("failed")
    expect(all.messageOf(TWICE)).toContain(`Error: ${text}\n\nTo see it again in this test\n  ${line}\n`)
  })

  it("fails where the test is defined", () => {
    expect(
      all
        .messageOf(TWICE)
        .split("\n")
        .find((line) => /^\s+at /.test(line)),
    ).toMatch(/desk\.simulated\.ts:\d+:\d+\)?$/)
  })

  it("fails where something of sometimes was true in no schedule, and says of what", () => {
    const message = all.messageOf("never has many")
    expect(all.statusOf("never has many")).toBe("failed")
    expect(message).toContain("Error: sometimes hasMany: true in none of 50 schedules\n")
  })

  it("fails where a model has judged nothing, and says of whom", () => {
    expect(all.messageOf("has a model of nobody")).toContain(
      "Error: models app:dekc: nobody was asked anything by that id in 50 schedules\n",
    )
  })

  it("has the forms of Vitest's it", () => {
    const names = ["is skipped", "is not written", "is known to fail", "is skipped here", "runs here"]
    expect(names.map((name) => all.statusOf(name))).toEqual(["skipped", "todo", "passed", "skipped", "passed"])
  })

  it("is defined for each of several cases, each with a line of its own", () => {
    const names = ["each: buggy", "each: fixed", "each of one", "for: fixed"]
    expect(names.map((name) => all.statusOf(name))).toEqual(["failed", "passed", "passed", "passed"])
    expect(all.messageOf("each: buggy")).toMatch(/PIGEONHOLE_SCHEDULE=\S+ npx vitest run desk\.simulated\.ts -t 'each: buggy'/)
    expect(all.messageOf("each: buggy")).toMatch(/\n\s+at .*desk\.simulated\.ts:\d+:\d+\)?/)
  })

  it("fails by what is wrong with its options", () => {
    expect(all.messageOf("does not know its options")).toContain("Invalid: schedules must be a whole number from 1; got 0")
    expect(all.messageOf("misspells its options")).toContain("Invalid: timeOutMs is unknown; did you mean timeoutMs?")
    expect(all.messageOf("makes up its options")).toMatch(/Invalid: patience is unknown; there are schedules, .*, signal, timeoutMs/)
  })

  it("ends when its time is over, and leaves the globals to the next", () => {
    expect(all.messageOf("is over before it is done")).toMatch(/timed out in 300ms/)
    expect(all.statusOf("has the globals after that")).toBe("passed")
  })

  it("waits for another exploration, and leaves alone the tests that run beside it", () => {
    const names = ["at once one", "at once another", "at once beside them"]
    for (const name of names) expect(all.statusOf(name), all.messageOf(name)).toBe("passed")
  })

  it("takes what is printed in a schedule for no work outside", () => {
    expect(all.statusOf("may say something"), all.messageOf("may say something")).toBe("passed")
    expect(all.printed.match(/^a line$/gm)).toHaveLength(3)
  })

  it("has the timers of the application, and none of Vitest's nor of somebody's fake ones", () => {
    for (const name of ["has timers of its own", "with fake timers is not held up"])
      expect(all.statusOf(name), all.messageOf(name)).toBe("passed")
  })
})

describe("PIGEONHOLE_SCHEDULE", () => {
  it("is carried out in the test whose application it is of, and the others are skipped and say why", async () => {
    const { schedule = "" } = await explore(buggy, { always: { soldOnce } })
    const { statusOf, messageOf, printed } = await tried([], { PIGEONHOLE_SCHEDULE: schedule })
    expect(statusOf(TWICE)).toBe("failed")
    expect(messageOf(TWICE)).toContain(`PIGEONHOLE_SCHEDULE=${schedule} npx vitest run`)
    expect([statusOf(ONCE), statusOf("never has many")]).toEqual(["skipped", "skipped"])
    expect(printed).toMatch(/sells it once.*PIGEONHOLE_SCHEDULE is of another application, of other options, or of another version/)
  })

  it("is carried out by the line that a failure gives", async () => {
    const { schedule = "" } = await explore(buggy, { always: { soldOnce } })
    const picked = ["desk.simulated.ts", "-t", "the desk \\(of one ticket\\) .*sells it's ticket twice"]
    const { statusOf, messageOf } = await tried(picked, { PIGEONHOLE_SCHEDULE: schedule })
    expect([statusOf(TWICE), statusOf(ONCE)]).toEqual(["failed", "skipped"])
    expect(messageOf(TWICE)).toContain("Error: always soldOnce: does not hold")
  })

  it("fails the test that is picked alone where it is of another", async () => {
    const { schedule = "" } = await explore(buggy, { always: { soldOnce } })
    const { statusOf, messageOf } = await tried(["-t", "sells it once"], { PIGEONHOLE_SCHEDULE: schedule })
    expect(statusOf(ONCE)).toBe("failed")
    expect(messageOf(ONCE)).toContain("Invalid: schedule is of another application, of other options, or of another version")
  })

  it("fails every test where it is none", async () => {
    const { statusOf, messageOf } = await tried(["-t", "desk"], { PIGEONHOLE_SCHEDULE: "1.what" })
    expect([statusOf(TWICE), statusOf(ONCE)]).toEqual(["failed", "failed"])
    expect(messageOf(ONCE)).toContain('Invalid: schedule must be the replay line of a report, as 1.3k.c.4:2,17:1.9f3a01bc; got "1.what"')
  })
})

describe("its options", () => {
  const define = (options: unknown) => () => simulating.simulate.skip("never runs", fixed, options as SimulateOptions)

  it.each([0, -1, Number.NaN, 2 ** 31, "5s", null])("name timeoutMs, where it is %s", (timeoutMs) => {
    expect(define({ timeoutMs })).toThrow(/^timeoutMs must be a number of ms from 1 to 2147483647, or Infinity; got /)
  })

  it("must be an object", () => {
    expect(define("fast")).toThrow(/must be/)
  })
})

describe("here", () => {
  simulating.simulate("a test of this file explores", fixed, { schedules: 50, always: { soldOnce }, sometimes: { soldOut } })

  it("test is it, and Vitest's own is as it was", () => {
    expect(test).toBe(simulating)
    expect(it).not.toHaveProperty("simulate")
    expect(vi.isFakeTimers()).toBe(false)
  })
})
