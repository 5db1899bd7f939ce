/** What a schedule does not decide: begun in one, it fails it, by name and with the place. */

import { createReadStream, createWriteStream, readFile as readCallback } from "node:fs"
import { readFile } from "node:fs/promises"
import { get } from "node:http"
import { devNull } from "node:os"
import process, { exit, nextTick } from "node:process"
import { actor, type Runtime, server, start } from "pigeonhole"
import { explore, type World } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"

const SCHEDULES = 3
const page = import.meta.filename

const { setTimeout: taken } = globalThis

const scenario = (run: (runtime: Runtime, world: World) => unknown) => () => ({ tree: {}, run })

describe("work outside", () => {
  it.each([
    ["that the scenario waits for", scenario(() => readFile(page))],
    ["that nobody waits for", scenario(() => void readFile(page))],
    [
      "of a process",
      scenario((runtime) => {
        const reader = actor(async () => void (await readFile(page)))
        return runtime.whenEnded(runtime.spawn(reader))
      }),
    ],
  ])("%s fails the first schedule, by its kind and with the place where it was begun", async (_what, application) => {
    const { failure, schedules } = await explore(application, { schedules: SCHEDULES })
    expect(failure).toMatchObject({ kind: "outside", name: expect.stringMatching(/^FSREQ/), details: expect.stringContaining(page) })
    expect(schedules).toBe(1)
  })

  it.each([
    ["a stream, of which the file is opened in a tick", () => createReadStream(page).resume()],
    ["a stream that is written", () => createWriteStream(devNull).end("a")],
    ["what is begun in a tick of a tick", () => nextTick(nextTick, nextTick, readCallback, page, () => {})],
  ])("by %s, is told with the place of whoever asked for that", async (_what, run) => {
    const { failure } = await explore(scenario(run), { schedules: SCHEDULES })
    expect(failure).toMatchObject({ kind: "outside", name: expect.stringMatching(/^FSREQ/), details: expect.stringContaining(page) })
    expect(failure?.details).not.toContain("foreign-work")
  })

  it.each([
    ["itself", () => readCallback(page, () => {})],
    ["by a stream", () => createReadStream(page).resume()],
  ])("in a tick of the program's, %s, is told with that, and not with whoever asked for the tick", async (_how, work) => {
    const { failure } = await explore(
      scenario(() =>
        nextTick(function reading() {
          work()
        }),
      ),
      { schedules: SCHEDULES },
    )
    expect(failure?.details).toContain("at reading ")
  })

  it("by a request over a connection is told as that, and not by the timer that the host arms for it", async () => {
    const { failure } = await explore(
      scenario(() => get("http://127.0.0.1:1/").on("error", () => {})),
      { schedules: SCHEDULES },
    )
    expect(failure).toMatchObject({ kind: "outside", name: "TCPWRAP", details: expect.stringContaining(page) })
    expect(failure?.message).toContain("simulate it by world.external, or allow it")
  })

  it.each([
    ["of a runtime that the scenario starts", () => start({}, { log: () => {} }).then((other) => other.stop())],
    ["of a library that has taken hold of setTimeout before", () => taken(() => {}, 5)],
  ])("by the host's own timers, as those %s, is told with what may be done", async (_what, run) => {
    const { failure } = await explore(scenario(run), { schedules: SCHEDULES })
    expect(failure).toMatchObject({ kind: "outside", message: expect.stringContaining("`start(tree, { host: world.host })`") })
  })

  it("by a runtime that the scenario starts with the world's host is the schedule's", async () => {
    const run = async (_runtime: Runtime, world: World) => {
      const ends = actor(async (self) => void (await self.receive(() => false, { timeoutMs: 1000 }).catch(() => {})))
      await using other = await start({}, { host: world.host, log: () => {} })
      await other.whenEnded(other.spawn(ends))
      if (world.now < 1000) throw new Error(`ended at ${world.now}`)
    }
    expect((await explore(scenario(run), { schedules: SCHEDULES })).failure).toBeUndefined()
  })

  it.each([
    ["by the scenario", () => process.exit(0)],
    ["by one that has imported it by its name", () => exit()],
    [
      "by a process, which goes on whatever it throws",
      async (runtime: Runtime) => {
        const ending = actor(async () => {
          try {
            process.exit(3)
          } catch {}
        })
        await runtime.whenEnded(runtime.spawn(ending))
      },
    ],
  ])("that would end the program, %s, is refused, and fails the first schedule", async (_by, run) => {
    const { exit: before } = process
    const { failure, schedules } = await explore(scenario(run), { schedules: SCHEDULES })
    expect(failure).toMatchObject({ kind: "outside", name: "process.exit", details: expect.stringContaining(page) })
    expect(failure?.message).toBe("process.exit was called, which would end the program, whatever was found until then")
    expect([schedules, process.exit === before]).toEqual([1, true])
  })

  it.each(["NOSUCH", "PROMISE", "", 5])("of a kind that there is not cannot be allowed: %j", async (kind) => {
    const allow = ["FSREQPROMISE", kind as string]
    const must = `must be a kind of work outside, as a failure by "outside" names it: "FSREQCALLBACK", "Timeout"`
    await expect(
      explore(
        scenario(() => {}),
        { allow },
      ),
    ).rejects.toThrow(`allow[1] ${must}; got ${JSON.stringify(kind)}`)
  })

  it("that is allowed passes", async () => {
    const application = scenario(() => void readFile(page))
    const { failure, schedules } = await explore(application, {
      schedules: SCHEDULES,
      allow: ["FSREQPROMISE", "FILEHANDLE", "FILEHANDLECLOSEREQ"],
    })
    expect(failure).toBeUndefined()
    expect(schedules).toBe(SCHEDULES)
  })

  it("that is allowed leaves the host's turn to others, whose timers are none of the schedule's", async () => {
    let timer: unknown
    const again = (): void => {
      timer = taken(again, 0)
    }
    again()
    try {
      const run = async () => {
        for (let read = 0; read < 50; read += 1) await readFile(page)
      }
      const allow = ["FSREQPROMISE", "FILEHANDLE", "FILEHANDLECLOSEREQ"]
      expect((await explore(scenario(run), { schedules: SCHEDULES, allow })).failure?.details).toBeUndefined()
      const late = await explore(
        scenario(async () => taken(() => {}, (await readFile(page)).length)),
        { schedules: SCHEDULES, allow },
      )
      expect(late.failure).toMatchObject({ kind: "outside", name: "Timeout" })
    } finally {
      clearTimeout(timer as NodeJS.Timeout)
    }
  })

  it.each([
    ["by the scenario", async () => void (await readFile(page))],
    [
      "by a handler, whose asker waits no longer than usual",
      async (runtime: Runtime) => {
        const reader = server({ init: () => ({}), call: { size: async () => (await readFile(page)).length } })
        if ((await runtime.spawn(reader).call.size()) === 0) throw new Error("nothing was read")
      },
    ],
    [
      "before time passes, in the world's own time",
      async () => {
        const [before, first] = [Date.now(), new Promise((resolve) => setTimeout(resolve, 1000, "time"))]
        const read = readFile(page).then(() => (Date.now() === before ? "read" : "read late"))
        const winner = await Promise.race([read, first])
        if (winner !== "read") throw new Error(`${winner}`)
        await first
      },
    ],
  ])("that is allowed is waited for, where nothing else can happen: %s", async (_by, run) => {
    const allow = ["FSREQPROMISE", "FILEHANDLE", "FILEHANDLECLOSEREQ"]
    const { failure, schedules } = await explore(scenario(run), { schedules: SCHEDULES, allow, strategy: "production" })
    expect(failure?.message).toBeUndefined()
    expect(schedules).toBe(SCHEDULES)
    expect(Date.now()).toBeGreaterThan(1_750_000_000_000)
  })
})
