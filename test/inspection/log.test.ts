import { afterEach, describe, expect, it, vi } from "vitest"
import { actor, consoleLog, type LogEntry, type Pid, server, store } from "../../actors/index.ts"
import { bootApp } from "../support/app.ts"

const policies = [{ effect: "allow" as const, actions: "*", resources: "*" }]

async function bootQuiet(options: Parameters<typeof bootApp>[1] = {}) {
  return bootApp({ "app:s": store() }, { policies, ...options })
}

describe("dead letters in the log", () => {
  it("say what sort of message it was, for whom, and why nobody has it; not what was in it", async () => {
    const { runtime, time, log } = await bootQuiet()
    const deaf = runtime.spawn(server({ init: () => ({}) }), undefined, { name: "deaf" })
    const full = runtime.spawn(
      actor(() => new Promise<void>(() => {})),
      undefined,
      { name: "full", inbox: { capacity: 1 } },
    )
    const dead = runtime.spawn(actor(() => {}))
    await time.settle()
    runtime.tell(deaf, { type: "tick", secret: 1 })
    runtime.tell(full, "a secret")
    runtime.tell(full, "a secret")
    runtime.tell(dead, ["secret"])
    runtime.tell(runtime.whereis("app:s") as Pid, new Map([["secret", 1]]))
    await time.settle()
    expect(log).toEqual([
      {
        level: "warn",
        message: "dead letter: a string for full: its inbox was full",
        fields: { event: "dead_letter", target: "full", cause: "overflow", message: "a string" },
      },
      {
        level: "warn",
        message: `dead letter: an Array for ${dead}: it has ended`,
        fields: { event: "dead_letter", target: String(dead), cause: "ended", message: "an Array" },
      },
      {
        level: "warn",
        message: "dead letter: a Map for app:s: it answers only through a mailbox",
        fields: { event: "dead_letter", target: "app:s", cause: "denied", message: "a Map" },
      },
      {
        level: "warn",
        message: 'dead letter: an Object of type "tick" for deaf: it has no handler for it',
        fields: { event: "dead_letter", target: "deaf", cause: "unhandled", message: 'an Object of type "tick"' },
      },
    ])
    expect(JSON.stringify(log)).not.toContain("secret")
    await runtime.stop({ timeoutMs: 0 })
  })

  it("are logged though nobody inspects, and cost no event then", async () => {
    const { runtime, time, log, events } = await bootApp({}, { policies, inspect: undefined as never })
    const dead = runtime.spawn(actor(() => {}))
    await time.settle()
    runtime.tell(dead, 1)
    expect(log).toHaveLength(1)
    expect(events).toEqual([])
    await runtime.stop()
  })

  it("are ten in ten seconds; then one line tells how many there were beside, and each is an event", async () => {
    const { runtime, time, log, events } = await bootQuiet()
    const dead = runtime.spawn(actor(() => {}))
    await time.settle()
    for (let left = 1000; left > 0; left -= 1) runtime.tell(dead, left)
    expect(log).toHaveLength(10)
    expect(events.filter(({ type }) => type === "dead_letter")).toHaveLength(1000)
    expect(time.heldTimers).toBe(0)
    await time.advance(10_000)
    expect(log).toHaveLength(11)
    expect(log[10]).toEqual({
      level: "warn",
      message: "990 more dead letters within 10000 ms",
      fields: { event: "dead_letter", suppressed: 990, periodMs: 10_000 },
    })
    expect(time.armedTimers).toBe(0)
    await runtime.stop()
  })

  it("that were left out are told of when the application stops", async () => {
    const { runtime, time, log } = await bootQuiet()
    const dead = runtime.spawn(actor(() => {}))
    await time.settle()
    for (let left = 11; left > 0; left -= 1) runtime.tell(dead, left)
    await runtime.stop()
    expect(log.at(-1)?.message).toBe("1 more dead letter within 10000 ms")
    expect(time.armedTimers).toBe(0)
  })

  it("of a log that tells a dead process of each line do not go on for ever", async () => {
    const { runtime, time, log } = await bootQuiet({ log: (entry) => void note(entry) })
    const entries: LogEntry[] = []
    const dead = runtime.spawn(actor(() => {}))
    const note = (entry: LogEntry): void => {
      entries.push(entry)
      runtime.tell(dead, entry)
    }
    await time.settle()
    runtime.tell(dead, "first")
    expect(entries).toHaveLength(10)
    expect(log).toEqual([])
    await runtime.stop()
  })
})

describe("what supervisors log", () => {
  const failing = server({
    init: () => ({}),
    cast: {
      fail: () => {
        throw new Error("boom")
      },
    },
  })

  it("is each restart with its count and delay, and giving up", async () => {
    const { runtime, time, log, events } = await bootApp({ "app:f": failing }, { policies })
    const box = await runtime.acquire("app:f")
    for (let left = 4; left > 0; left -= 1) {
      box.cast.fail()
      await time.advance(100)
    }
    const warnings = log.filter(({ level }) => level === "warn").map(({ message }) => message)
    expect(warnings).toEqual([
      "root restarts app:f at once (restart 1 of at most 3 in 5000 ms): Error: boom",
      expect.stringMatching(/^root restarts app:f in \d+ ms \(restart 2 of at most 3 in 5000 ms\): Error: boom$/),
      expect.stringMatching(/^root restarts app:f in \d+ ms \(restart 3 of at most 3 in 5000 ms\): Error: boom$/),
    ])
    const [restarting] = events.filter(({ type }) => type === "restarting")
    expect(restarting).toEqual({
      type: "restarting",
      supervisor: "root",
      child: "app:f",
      reason: { error: new Error("boom") },
      restarts: 1,
      intensity: 3,
      periodMs: 5000,
      delayMs: 0,
    })
    expect(log.at(-2)).toEqual({
      level: "error",
      message: "root gives up on app:f, more than 3 restarts in 5000 ms: Error: boom",
      error: new Error("boom"),
      fields: { event: "gave_up", supervisor: "root", child: "app:f", reason: "Error: boom", intensity: 3, periodMs: 5000 },
    })
    expect(log.at(-1)?.message).toMatch(/^the application has ended: it gave up on app:f; /)
    await runtime.stop()
  })
})

describe("a log that fails", () => {
  afterEach(() => void vi.restoreAllMocks())

  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("bug in the log")
      },
    ],
    ["rejects", () => Promise.reject(new Error("bug in the log"))],
    [
      "throws what cannot be printed",
      () => {
        throw new Proxy(new Error("hidden"), {
          get: () => {
            throw new Error("not even this")
          },
        })
      },
    ],
  ])("that %s is reported on standard error, and changes nothing", async (_how, log) => {
    const printed = vi.spyOn(console, "error").mockImplementation((...parts) => void parts.map(String))
    const { runtime, time } = await bootApp({ "app:s": store() }, { log })
    runtime.exit(runtime.whereis("app:s") as Pid, { error: new Error("boom") })
    await time.settle()
    expect(await (await runtime.acquire("app:s")).set("k", 1)).toBe(true)
    await runtime.stop()
    expect(printed.mock.calls.map(([line]) => line)).toContainEqual(expect.stringContaining("[pigeonhole] error: the log function threw"))
  })
})

describe("consoleLog", () => {
  afterEach(() => void vi.restoreAllMocks())

  const printedBy = (entry: LogEntry): unknown[][] => {
    const printed = vi.spyOn(console, "error").mockImplementation(() => {})
    consoleLog(entry)
    return printed.mock.calls
  }

  it("prints one line, with the level", () => {
    expect(printedBy({ level: "info", message: "hello" })).toEqual([["[pigeonhole] info: hello"]])
  })

  it("says what was thrown once, on the same line, and prints no stack", () => {
    const error = new Error("boom")
    expect(printedBy({ level: "error", message: "it failed", error })).toEqual([["[pigeonhole] error: it failed: Error: boom"]])
    expect(printedBy({ level: "error", message: "a crashed: Error: boom\n    handling info", error }).at(-1)).toEqual([
      "[pigeonhole] error: a crashed: Error: boom\n    handling info",
    ])
  })

  it("lets nobody's words write a line of their own, nor move the cursor: not what was thrown, nor a name", () => {
    const forged = "a\n[pigeonhole] info: b\r\u001b[2K\u009b1Ac\n\n"
    const printed = [
      ...printedBy({ level: "error", message: "it failed", error: new Error(forged) }),
      ...printedBy({ level: "warn", message: `${forged} may not get` }),
    ]
    const lines = printed.flatMap(([text]) => String(text).split(/\p{Cc}/u))
    expect(lines).toHaveLength(printed.length)
    for (const line of lines) expect(line).toMatch(/^\[pigeonhole\] (error: it failed: Error: a|warn: a) \[pigeonhole\] info: b/)
  })

  it("prints the line though what was thrown cannot be printed", () => {
    expect(printedBy({ level: "error", message: "crashed", error: Object.create(null) })).toEqual([
      ["[pigeonhole] error: crashed: error: a value that cannot be printed"],
    ])
  })
})
