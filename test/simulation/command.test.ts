/** `npx pigeonhole simulate`: in this process, with a terminal that keeps what it is told, and as a program. */

import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it, vi } from "vitest"
import { bundleJavaScript, PROGRAMS } from "../../build/bundle.ts"
import { runCommand } from "../../command/dispatch.ts"
import { Progress, timeText } from "../../command/progress.ts"
import { run } from "../house/command.ts"
import { PROJECT } from "../house/source.ts"
import { KeptTerminal } from "../support/kept-terminal.ts"

const FILES = "test/simulation/commanded"
const MAIN = join(PROJECT, "command", "main.ts")
const folder = mkdtempSync(join(tmpdir(), "pigeonhole-command-"))
afterAll(() => rmSync(folder, { recursive: true }))

async function command(argv: readonly string[], terminal = new KeptTerminal()) {
  const code = await runCommand(argv, terminal)
  return { code, printed: terminal.printed, told: terminal.told }
}

const simulate = (argv: readonly string[], terminal?: KeptTerminal) => command(["simulate", ...argv], terminal)

describe("pigeonhole", () => {
  it("names its commands where it is asked for help", async () => {
    const { code, printed } = await command(["--help"])
    expect(code).toBe(0)
    expect(printed).toMatch(
      /^Usage: npx pigeonhole COMMAND\n[\s\S]*\n {2}run {8}starts an application [^\n]*\n {2}simulate {3}runs the applications/,
    )
  })

  it.each([
    [[], "pigeonhole: a command must be given; there is: run, simulate\n"],
    [["simulat"], "pigeonhole: there is no command simulat; there is: run, simulate\n"],
  ])("names them where it knows none: %j", async (argv, told) => {
    expect(await command(argv)).toEqual({ code: 2, printed: "", told })
  })

  it("says what a command takes", async () => {
    const { code, printed } = await simulate(["--help"])
    expect(code).toBe(0)
    for (const flag of ["schedules", "seed", "strategy", "only", "replay", "html", "no-shrink"]) expect(printed).toContain(`\n  --${flag} `)
  })
})

describe("simulate", () => {
  it("runs each application of a file, prints what it found, and ends with 1 where one failed", async () => {
    const { code, printed, told } = await simulate([`${FILES}/two.ts`])
    expect(code).toBe(1)
    expect(printed).toMatch(/^buggy FAILED in schedule \d+, in \d+ s\n\nalways soldOnce: does not hold\n/)
    expect(printed).toMatch(/\nfixed passed, in \d+ s\n\n40 schedules, and none failed\n/)
    expect(told).toBe("")
  })

  it("ends with 0 where none failed, and runs those alone that are asked for", async () => {
    const { code, printed } = await simulate([`${FILES}/two.ts`, "--only", "fixed", "--schedules", "7", "--seed", "3"])
    expect(code).toBe(0)
    expect(printed).toContain("7 schedules, and none failed")
    expect(printed).not.toContain("buggy")
  })

  it("runs one that is exported twice once, by the name that says something, and by each of its names where that is asked for", async () => {
    const file = `${FILES}/twice.ts`
    expect((await simulate([file])).printed.match(/^\w+ passed/gm)).toEqual(["again passed"])
    expect((await simulate([file, "--only", "default"])).printed.match(/^\w+ passed/gm)).toEqual(["default passed"])
    const both = await simulate([file, "--only", "fixed", "--only", "default", "--replay", "1.0.c.-.-"])
    expect(both.printed).toBe("fixed passed: that schedule does not fail\n")
  })

  it("says how a failure is seen again from here, and that shows it", async () => {
    const { printed } = await simulate([`${FILES}/two.ts`, "--only", "buggy"])
    const [, line = ""] = /From here: npx pigeonhole (.+)\n/.exec(printed) ?? []
    expect(line).toMatch(/^simulate test\/simulation\/commanded\/two\.ts --only buggy --replay 1\.\S+$/)
    const again = await command(line.split(" "))
    expect(again.code).toBe(1)
    expect(again.printed).toMatch(/^buggy FAILED\n\nalways soldOnce: does not hold\n/)
    const [schedule = ""] = line.split(" ").slice(-1)
    const byEnvironment = new KeptTerminal({ env: { PIGEONHOLE_SCHEDULE: schedule } })
    expect(await simulate([`${FILES}/two.ts`, "--only", "buggy"], byEnvironment)).toEqual(again)
  })

  it("gives up with 1 where a model has judged nothing", async () => {
    const { code, printed } = await simulate([`${FILES}/unasked.ts`])
    expect(code).toBe(1)
    expect(printed).toMatch(/^default FAILED: never asked: app:dekc, in/)
  })

  it("gives up with 1 where something of sometimes was never true", async () => {
    const { code, printed } = await simulate([`${FILES}/never.ts`])
    expect(code).toBe(1)
    expect(printed).toMatch(/^default FAILED: never true: hasMany, in/)
  })

  it("gives its world to an application that is made for one", async () => {
    const { code, printed } = await simulate([`${FILES}/worldly.ts`, "--schedules", "40"])
    expect(code).toBe(1)
    expect(printed).toMatch(/\bpays passed, in/)
    expect(printed).toMatch(/\bquarrels FAILED in schedule \d+, in[^\n]*\n\ncheck: bob was first\n/)
    expect(printed).not.toContain("both")
    const [, schedule = ""] = /--replay (\S+)/.exec(printed) ?? []
    vi.stubEnv("PIGEONHOLE_SCHEDULE", schedule)
    const again = await simulate([`${FILES}/worldly.ts`, "--only", "quarrels", "--replay", schedule]).finally(() => vi.unstubAllEnvs())
    expect(again).toMatchObject({ code: 1, printed: expect.stringContaining("bob was first") })
  })

  it("goes by flags before it goes by the file's options", async () => {
    const flags = ["--strategy", "runOn", "--schedules", "5", "--no-shrink"]
    const { code, printed } = await simulate([`${FILES}/two.ts`, "--only", "buggy", ...flags])
    expect(code).toBe(0)
    expect(printed).toContain("5 schedules, and none failed")
  })

  it("leaves a schedule as it was found, where that is asked for", async () => {
    const strategy = ["--only", "buggy", "--strategy", "random", "--seed", "5"]
    const scheduleOf = (printed: string): string => /PIGEONHOLE_SCHEDULE=\S+?\.c\.(\S+)\./.exec(printed)?.[1] ?? ""
    const short = scheduleOf((await simulate([`${FILES}/two.ts`, ...strategy])).printed)
    const found = scheduleOf((await simulate([`${FILES}/two.ts`, ...strategy, "--no-shrink"])).printed)
    expect(short.split(",")).toHaveLength(1)
    expect(found.split(",").length).toBeGreaterThan(1)
  })

  it("writes the failure as a page", async () => {
    const page = join(folder, "failure.html")
    const { printed } = await simulate([`${FILES}/two.ts`, "--html", page])
    expect(readFileSync(page, "utf8")).toMatch(/^<!doctype html>[\s\S]*soldOnce does not hold/i)
    expect(printed).toContain(`The failure as a page: ${page}\n`)
  })

  it("writes no page where none failed", async () => {
    const page = join(folder, "none.html")
    await simulate([`${FILES}/two.ts`, "--only", "fixed", "--schedules", "2", "--html", page])
    expect(existsSync(page)).toBe(false)
  })
})

describe("simulate, asked wrongly", () => {
  it.each([
    [[], "FILE must be given: the module with the applications (--help says more)"],
    [["a.ts", "b.ts"], 'FILE must be one; got "a.ts" and "b.ts"'],
    [["nowhere.ts"], `FILE must be a file; there is none at ${join(PROJECT, "nowhere.ts")}`],
    [["test"], `FILE must be a file; there is none at ${join(PROJECT, "test")}`],
    [[`${FILES}/two.ts`, "--fast"], "options must be those that --help names: Unknown option '--fast'"],
    [[`${FILES}/two.ts`, "--seed"], "options must be those that --help names: Option '--seed <value>' argument missing"],
    [[`${FILES}/two.ts`, "--schedules", "many"], '--schedules must be a whole number; got "many"'],
    [[`${FILES}/two.ts`, "--schedules", "0"], "schedules must be a whole number from 1; got 0"],
    [[`${FILES}/two.ts`, "--seed", ""], '--seed must be a whole number; got ""'],
    [[`${FILES}/two.ts`, "--only", "bugy"], "--only must be one of buggy, fixed; bugy is not there"],
    [[`${FILES}/two.ts`, "--only", "about"], "--only must be one of buggy, fixed; about is no function"],
    [[`${FILES}/worldly.ts`, "--only", "both"], "--only must be one of pays, quarrels; both takes more than a world"],
    [[`${FILES}/two.ts`, "--replay", "1.x.c.-.00000000"], "--only must say whose schedule it is: one of buggy, fixed"],
    [[`${FILES}/two.ts`, "--html", "nowhere/a.html"], `--html must be in a folder; there is none at ${join(PROJECT, "nowhere")}`],
    [[`${FILES}/two.ts`, "--html", ""], '--html must be a file; got ""'],
    [[`${FILES}/two.ts`, "--html", "test"], "--html must be a file; test is a folder"],
  ])("%j", async (argv, sentence) => {
    expect(await simulate(argv)).toEqual({ code: 2, printed: "", told: `pigeonhole simulate: ${sentence}\n` })
  })

  it("names strategies there are", async () => {
    const { code, told } = await simulate([`${FILES}/two.ts`, "--strategy", "luck"])
    expect([code, told]).toEqual([2, expect.stringMatching(/^pigeonhole simulate: strategy must be one of .*mix; got "luck"\n$/)])
  })

  it("says of a schedule that it is none, or of another application", async () => {
    const replay = (schedule: string) => simulate([`${FILES}/two.ts`, "--only", "fixed", "--replay", schedule])
    expect(await replay("")).toMatchObject({ code: 2, told: expect.stringContaining("schedule must be the replay line of a report") })
    expect(await replay("fast")).toMatchObject({ code: 2, told: expect.stringContaining("schedule must be the replay line of a report") })
    expect(await replay("1.1.c.-.00000000")).toMatchObject({ code: 2, told: expect.stringContaining("schedule is of another application") })
  })

  it("says what is in a file that has no application, and what is wrong with each", async () => {
    const { code, told } = await simulate([`${FILES}/none.ts`])
    expect(code).toBe(2)
    expect(told).toContain(`FILE must export an application; ${FILES}/none.ts exports none: `)
    for (const why of ["takes takes more than a world", "throws throws: not ready", "tree is no function"]) expect(told).toContain(why)
    expect(told).toMatch(/rejects gives .*, not \{ tree, run \}/)
  })

  it("says why a file does not load, and where", async () => {
    const { code, told } = await simulate([`${FILES}/wrong.ts`])
    expect(code).toBe(2)
    expect(told).toMatch(/FILE must load; \S+ does not: Error: out of paper\n\s+at .*wrong\.ts/)
  })
})

describe("progress", () => {
  it("is a line every five seconds, where what is told is kept", async () => {
    const terminal = new KeptTerminal({ stepMs: 1000 })
    await simulate([`${FILES}/two.ts`, "--only", "fixed", "--schedules", "12"], terminal)
    expect(terminal.told).toBe("fixed 5/12, 1/s, 7 s left\nfixed 10/12, 1/s, 2 s left\n")
  })

  it("is one line that is drawn again, and taken away, in a window", async () => {
    const terminal = new KeptTerminal({ stepMs: 50, columns: 60 })
    await simulate([`${FILES}/two.ts`, "--only", "fixed", "--schedules", "4"], terminal)
    const bar = (full: number): string => `[${"#".repeat(full)}${".".repeat(24 - full)}]`
    const lines = [`${bar(12)} fixed 2/4, 20/s, 1 s left`, `${bar(24)} fixed 4/4, 20/s, 0 s left`]
    expect(terminal.told.split("\r\u001b[2K")).toEqual(["", ...lines, ""])
  })

  it("is cut where the window ends, and says how many were found before", () => {
    const terminal = new KeptTerminal({ stepMs: 100, columns: 40 })
    new Progress(terminal, "an application with a long name", 10, 2).done(1)
    expect(terminal.told.replace("\r\u001b[2K", "")).toHaveLength(39)
    const wide = new KeptTerminal({ stepMs: 6000 })
    new Progress(wide, "it", 10, 2).done(1)
    expect(wide.told).toBe("it 1/10, 0/s, 54 s left, 2 found\n")
  })

  it("says how many operations of the scenario are left, where it has declared them", () => {
    const terminal = new KeptTerminal({ stepMs: 6000 })
    const progress = new Progress(terminal, "it", 10, 0)
    for (const operations of [2, 1, undefined])
      progress.shrinking({ phase: "shrinking", schedules: 3, tries: 7, deviations: 1, operations })
    const short = (size: string): string => `it failed in schedule 3, which is made short: ${size} after 7 tries\n`
    expect(terminal.told).toBe(["1 deviation and 2 operations", "1 deviation and 1 operation", "1 deviation"].map(short).join(""))
  })

  it("says where it stands to who does not wait for its end, and how the shortest that was found is seen again", async () => {
    const terminal = new KeptTerminal({ stepMs: 1000 })
    const told = new Set<string>()
    const tell = terminal.tell.bind(terminal)
    vi.spyOn(terminal, "tell").mockImplementation((text) => {
      if (text.includes("made short")) told.add(terminal.interrupted?.() ?? "")
      tell(text)
    })
    const { printed } = await simulate([`${FILES}/two.ts`, "--only", "buggy", "--strategy", "random", "--seed", "5"], terminal)
    const last = [...told].at(-1) ?? ""
    expect(last).toMatch(
      /^buggy FAILED in schedule \d+, in .* s; interrupted while it was made short: 1 deviation after \d+ tries\n\nFrom here: /,
    )
    // It is the line that is printed in the end.
    expect(printed).toContain(last.split("\n\n")[1])
    expect(terminal.interrupted).toBeUndefined()
  })

  it("goes on while a schedule that fails is made short", async () => {
    const terminal = new KeptTerminal({ stepMs: 6000 })
    const flags = ["--only", "buggy", "--strategy", "random", "--seed", "5"]
    await simulate([`${FILES}/two.ts`, ...flags], terminal)
    const lines = terminal.told.split("\n")
    const first = lines.find((line) => line.includes("made short")) ?? ""
    expect(first).toMatch(/^buggy failed in schedule \d+, which is made short: \d+ deviations after 0 tries$/)
    expect(lines.at(-2)).toMatch(/^buggy failed in schedule \d+, which is made short: 1 deviation after \d+ tries$/)
  })

  it.each([
    [0, "0 s"],
    [59_001, "1 min 0 s"],
    [200_000, "3 min 20 s"],
    [7_500_000, "2 h 5 min"],
  ])("tells %i ms as %s", (ms, text) => {
    expect(timeText(ms)).toBe(text)
  })
})

describe("the program", () => {
  it("ends as it should, though the file has left a timer running", async () => {
    const { code, stdout, stderr } = await run("node", [MAIN, "simulate", `${FILES}/slow.ts`, "--schedules", "2"])
    expect(stdout, stderr).toContain("2 schedules, and none failed")
    expect([code, stderr]).toEqual([0, ""])
  })

  const END = "export const found = () => ({ tree: {}, run() {} })"
  it.each([
    ["ends the program as if all were well", `process.exit(0)\n${END}`, 2],
    ["ends it with a code of its own", `process.exit(7)\n${END}`, 7],
    ["waits for what never comes", `await new Promise(() => {})\n${END}`, 13],
  ])("says of a file that %s that nothing was run", async (_what, text, expected) => {
    const file = join(folder, "ending.mjs")
    writeFileSync(file, text)
    const { code, stdout, stderr } = await run("node", [MAIN, "simulate", file])
    expect([code, stdout]).toEqual([expected, ""])
    expect(stderr).toContain(
      "pigeonhole simulate: FILE must let the command come to its end; it has ended the program, or waits for what never comes\n",
    )
  })

  it.each([
    ["module.exports = () => ({ tree: {}, run() {} })", "default passed"],
    ["module.exports = { of: 5, found: () => ({ tree: {}, run() {} }), options: { schedules: 3 } }", "found passed"],
    ["exports.found = () => ({ tree: {}, run() {} }); exports.options = { schedules: 3 }", "found passed"],
  ])("explores each application of a CommonJS file once: %s", async (text, expected) => {
    const file = join(folder, "common.cjs")
    writeFileSync(file, text)
    const { code, stdout, stderr } = await run("node", [MAIN, "simulate", file, ...(text.includes("options") ? [] : ["--schedules", "3"])])
    expect(stdout.match(/^.* passed/gm), stderr).toEqual([expected])
    expect([code, stdout.includes("3 schedules, and none failed")]).toEqual([0, true])
  })

  it("ends with 1 where an application ends the program, and says so", async () => {
    const file = join(folder, "exiting.mjs")
    writeFileSync(file, "export const exiting = () => ({ tree: {}, run() { process.exit(0) } })")
    const { code, stdout } = await run("node", [MAIN, "simulate", file])
    expect(code).toBe(1)
    expect(stdout).toContain("process.exit: was called, which would end the program")
  })

  it("says what a Node needs that runs no TypeScript", async () => {
    const built = join(folder, "built")
    await bundleJavaScript({ root: PROJECT, to: built, entries: {}, programs: PROGRAMS, sources: [] })
    const argv = ["--no-strip-types", join(built, "pigeonhole.js"), "simulate", `${FILES}/two.ts`]
    const { code, stderr } = await run("node", argv)
    const version = "TypeScript is run from 22.19 on, where it is not turned off"
    expect(stderr).toMatch(new RegExp(`^pigeonhole simulate: FILE must be JavaScript for this Node, v[\\d.]+: ${version}\n$`))
    expect(code).toBe(2)
  })

  it("ends with 130 when it is interrupted, prints how far it was, and leaves nothing", async () => {
    const child = spawn("node", [MAIN, "simulate", `${FILES}/slow.ts`, "--schedules", "1000000"], {
      cwd: PROJECT,
      stdio: "pipe",
      timeout: 15_000,
      killSignal: "SIGKILL",
    })
    const [told, printed]: [string[], string[]] = [[], []]
    child.stdout.on("data", (text) => printed.push(String(text)))
    const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal })))
    // As soon as it tells how far it is, which is between two schedules.
    child.stderr.on("data", (text) => {
      told.push(String(text))
      child.kill("SIGINT")
    })
    expect(await ended).toEqual({ code: 130, signal: null })
    expect(told.join("")).toMatch(/^default \d+\/1000000, /)
    expect(printed.join("")).toMatch(/^default interrupted after \d+ of 1000000 schedules, in \d+ s: none of them failed\n\n$/)
  })
})
