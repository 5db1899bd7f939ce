import pino from "pino"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { actor, type LogEntry } from "../../actors/index.ts"
import { loggerLog } from "../../src/telemetry.ts"
import { bootApp } from "../support/app.ts"

function pinoLines(level = "trace") {
  const lines: Record<string, unknown>[] = []
  const logger = pino({ level, base: null, timestamp: false }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  return { logger, lines }
}

describe("loggerLog", () => {
  it("hands pino fields, message, what was thrown as err, and the trace", () => {
    const { logger, lines } = pinoLines()
    const log = loggerLog(logger)
    const trace = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" }
    log({ level: "info", message: "hello", fields: { event: "x", n: 1 } })
    log({ level: "warn", message: "careful", trace } as LogEntry)
    log({ level: "error", message: "broken", error: new TypeError("bad"), fields: { err: "own" } })
    log({ level: "error", message: "thrown", error: "a text" })
    expect(lines).toEqual([
      { level: 30, msg: "hello", event: "x", n: 1 },
      { level: 40, msg: "careful", trace_id: trace.traceId, span_id: trace.spanId },
      { level: 50, msg: "broken", "fields.err": "own", err: { type: "TypeError", message: "bad", stack: expect.stringContaining("bad") } },
      { level: 50, msg: "thrown", err: "a text" },
    ])
  })

  it("heeds its own level and the logger's, also one that is changed later", () => {
    const { logger, lines } = pinoLines("error")
    const log = loggerLog(logger, { level: "warn" })
    const all = (): void => {
      for (const level of ["info", "warn", "error"] as const) log({ level, message: level })
    }
    all()
    logger.level = "trace"
    all()
    expect(lines.map(({ msg }) => msg)).toEqual(["error", "warn", "error"])
  })

  it("loses no line for what a logger would stumble over", () => {
    const { logger, lines } = pinoLines()
    const hostile = Object.defineProperty(new Error("hidden"), "message", {
      get: () => {
        throw new Error("no")
      },
    })
    const trapped = Object.defineProperty(new Error("shown"), "extra", {
      enumerable: true,
      get: () => {
        throw new Error("no")
      },
    })
    const circle: Record<string, unknown> = {}
    circle.self = circle
    for (const error of [hostile, trapped]) loggerLog(logger)({ level: "error", message: "m", error, fields: { big: 1n, circle } as never })
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatchObject({ msg: "m", big: "1", err: expect.any(String) })
    expect(lines[1]).toMatchObject({ err: expect.stringContaining("shown") })
  })

  it("is a log of a runtime; a logger that throws is reported, and the application goes on", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {})
    onTestFinished(() => error.mockRestore())
    const { logger, lines } = pinoLines()
    const broken = () => {
      throw new Error("pipe closed")
    }
    for (const each of [logger, { info: broken, warn: broken, error: broken }]) {
      const app = await bootApp({}, { log: loggerLog(each) })
      const job = actor(() => {
        throw new Error("out")
      })
      app.runtime.spawn(job)
      await app.time.settle()
      await app.runtime.stop()
    }
    expect(lines.find(({ event }) => event === "crash_report")).toMatchObject({ err: { message: "out" } })
    expect(error.mock.calls.flat().join("\n")).toContain("the log function threw: Error: pipe closed")
  })
})
