import { describe, expect, it, vi } from "vitest"
import { child, type LogEntry, type Pid, server, start, supervisor } from "../../actors/index.ts"
import { type ExitPort, exitCodeOf, GiveUpExit } from "../../src/app/give-up-exit.ts"
import { virtualTime } from "../../src/testing.ts"
import { run } from "../house/command.ts"
import { bootApp, bootTree } from "../support/app.ts"
import { fieldOf, refusal } from "../support/errors.ts"

const program = async (mode: string) => {
  const { code, stdout } = await run("node", ["test/support/ended.ts", mode], { timeoutMs: 20_000 })
  return { code, lines: stdout.trim().split("\n") }
}
const OPTIONS = `what may crash more often wants a higher intensity, what may end a restart of "transient" or "temporary"`
const GOES_ON = "the program goes on without it, unless it awaits runtime.ended or is started with exitOnGiveUp"

const crashing = server({
  init: () => ({}),
  call: {
    crash: (): string => {
      throw new Error("boom")
    },
  },
})

const entriesOf = (log: readonly LogEntry[]): readonly LogEntry[] => log.filter(({ fields }) => fields?.event === "ended")

describe("an application whose root gives up", () => {
  it("ends its program with the code that was asked for, after the log has said so", async () => {
    const { code, lines } = await program("givingUp")
    expect(code).toBe(7)
    expect(lines.at(-1)).toBe(`the application has ended: it gave up on app:t; ${OPTIONS}; the program ends with code 7`)
  })

  it("ends a program too that would not end by itself", async () => {
    expect((await program("givingUpBusy")).code).toBe(1)
  })

  it("says what can be done about it", async () => {
    const { runtime, time, log } = await bootTree(supervisor({ intensity: 0, children: { "app:c": crashing } }))
    const mailbox = await runtime.acquire("app:c")
    await refusal(mailbox.call.crash())
    await time.settle()
    expect(entriesOf(log)).toEqual([
      {
        level: "error",
        message: `the application has ended: it gave up on app:c; ${OPTIONS}; ${GOES_ON}`,
        fields: { event: "ended", reason: "shutdown (it gave up on app:c)" },
      },
    ])
    expect(time.armedTimers).toBe(0)
  })

  it("says so of a root that was killed, and not of one that was stopped or whose significant child has ended", async () => {
    const killed = await bootApp({})
    killed.runtime.exit(killed.runtime.tree().pid as Pid, "kill")
    await killed.time.settle()
    expect(entriesOf(killed.log).map(({ message }) => message)).toEqual([`the application has ended: killed; ${OPTIONS}; ${GOES_ON}`])

    const stopped = await bootApp({ "app:c": crashing })
    await stopped.runtime.stop({ timeoutMs: 0 })
    const leaving = server({
      init: (_none: undefined, self) => ({ timer: self.after(10, "leave") }),
      info: (_state, _message, self) => self.stop(),
    })
    const significant = child(leaving, { restart: "transient", significant: true })
    const wanted = await bootTree(supervisor({ autoShutdown: "any_significant", children: { "app:l": significant } }))
    await wanted.time.advance(10)
    expect(await wanted.runtime.ended).toEqual({ shutdown: "its significant child app:l has ended" })
    expect([...entriesOf(stopped.log), ...entriesOf(wanted.log)]).toEqual([])
  })
})

describe("the exit", () => {
  it("has its code set at once, and follows a second after everything has stopped", async () => {
    const time = virtualTime()
    const story: unknown[] = []
    const port: ExitPort = { exit: (code) => story.push(`exit ${code}`) }
    const exit = new GiveUpExit(3, time, port)
    exit.stopped()
    await time.advance(2000)
    exit.gaveUp()
    exit.ended({ shutdown: "it gave up on app:c" })
    expect(port.exitCode).toBe(3)
    exit.stopped()
    expect(time.heldTimers).toBe(0)
    await time.advance(999)
    expect(story).toEqual([])
    await time.advance(1)
    expect(story).toEqual(["exit 3"])
  })
})

describe("exitOnGiveUp", () => {
  it("is a code from 1 to 255, true for 1, or nothing", () => {
    expect([true, 1, 255, false, undefined].map(exitCodeOf)).toEqual([1, 1, 255, undefined, undefined])
  })

  it("is refused where the host has no program to end, as a web page has none", () => {
    vi.stubGlobal("process", undefined)
    const field = fieldOf(() => exitCodeOf(true))
    const nobody = new GiveUpExit(exitCodeOf(false), virtualTime())
    vi.unstubAllGlobals()
    expect(field).toBe("exitOnGiveUp")
    nobody.gaveUp()
    expect(nobody.ended("shutdown")).toMatchObject({ level: "error" })
    expect(() => nobody.stopped()).not.toThrow()
  })

  it.each([[0], [256], [1.5], [Number.NaN], ["1"], [null]])("that is none (%o) is refused before anything is started", async (code) => {
    expect(fieldOf(() => exitCodeOf(code as never))).toBe("exitOnGiveUp")
    const time = virtualTime()
    expect(await refusal(start({}, { host: time, exitOnGiveUp: code as never }))).toMatchObject({ details: { field: "exitOnGiveUp" } })
  })
})
