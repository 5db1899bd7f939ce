import { describe, expect, it, onTestFinished, vi } from "vitest"
import { actor, type LogEntry, NotFound } from "../../actors/index.ts"
import { type JsonLogOptions, jsonLog } from "../../src/telemetry.ts"
import { bootApp } from "../support/app.ts"

const AT = 86_400_000

function written(entry: LogEntry, options?: JsonLogOptions): Record<string, unknown> | undefined {
  const lines: string[] = []
  jsonLog({ write: (line) => void lines.push(line), systemTime: () => AT, ...options })(entry)
  expect(lines.length).toBeLessThanOrEqual(1)
  expect(lines[0] ?? "").not.toContain("\n")
  return lines[0] === undefined ? undefined : JSON.parse(lines[0])
}

const time = "1970-01-02T00:00:00.000Z"

describe("jsonLog", () => {
  it("writes time, level, message, fields and what was thrown, flat and on one line", () => {
    const error = new NotFound("nobody\nis here")
    const record = written({
      level: "error",
      message: "two\nlines",
      error,
      fields: { event: "crash_report", waiting: 3, links: ["a", "b"] },
    })
    expect(record).toEqual({
      ...{ time, level: "error", message: "two\nlines", event: "crash_report", waiting: 3, links: ["a", "b"] },
      ...{ error: expect.stringContaining("NotFound: nobody"), stack: error.stack },
    })
    expect(written({ level: "info", message: "m", error: "a text" })).toEqual({ time, level: "info", message: "m", error: "a text" })
  })

  it("cuts what was thrown where its text is very long, and shows the frames of its stack all the same", () => {
    const error = new NotFound("x".repeat(1_000_000))
    const { stack = "" } = error
    const record = written({ level: "error", message: "m", error })
    expect(String(record?.error).length).toBeLessThan(10_100)
    expect(String(record?.stack).length).toBeLessThan(20_100)
    expect(record?.stack).toContain(stack.slice(stack.indexOf("\n")))
    const text = written({ level: "error", message: "m", error: "x".repeat(1_000_000) })
    expect(String(text?.error).length).toBeLessThan(10_100)
  })

  it("drops what is below its level", () => {
    const levels = ["info", "warn", "error"] as const
    const kept = (level?: JsonLogOptions["level"]) =>
      levels.filter((each) => written({ level: each, message: "m" }, level === undefined ? {} : { level }) !== undefined)
    expect([kept(), kept("debug"), kept("info"), kept("warn"), kept("error")]).toEqual([
      levels,
      levels,
      levels,
      ["warn", "error"],
      ["error"],
    ])
  })

  it("carries the trace", () => {
    const trace = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" }
    const record = written({ level: "info", message: "m", trace, fields: { trace_id: "forged" } } as LogEntry)
    expect(record).toEqual({
      time,
      level: "info",
      message: "m",
      trace_id: trace.traceId,
      span_id: trace.spanId,
      "fields.trace_id": "forged",
    })
  })

  it("loses no line for what cannot be written", () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    const fields = {
      ...{ big: 5n, circle, infinite: Number.POSITIVE_INFINITY, none: undefined, call: () => 1, symbol: Symbol("s"), mixed: ["a", 1n] },
      ...{ level: "forged", time: 0, message: "forged", error: "forged", stack: "forged", nothing: null },
      toJSON: () => "hidden",
      get bad(): string {
        throw new Error("no")
      },
    }
    Object.defineProperty(fields, "__proto__", { value: "own", enumerable: true })
    const record = written({ level: "warn", message: "m", fields: fields as never })
    expect(record).toMatchObject({ time, level: "warn", message: "m", big: "5", infinite: "Infinity", bad: "?", nothing: null })
    expect(record).toMatchObject({ "fields.level": "forged", "fields.time": 0, "fields.message": "forged", "fields.error": "forged" })
    expect([record?.circle, record?.mixed, record?.call, record?.symbol].every((value) => typeof value === "string")).toBe(true)
    expect(Object.hasOwn(record ?? {}, "__proto__")).toBe(true)
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(written({ level: "info", message: "m", fields: proxy, error: proxy })).toMatchObject({ message: "m", error: expect.any(String) })
    expect(written({ level: "info", message: "m" }, { systemTime: () => Number.NaN })).toEqual({ time: "NaN", level: "info", message: "m" })
  })

  it("goes to standard error, with the host's time, where nothing else is said", () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {})
    onTestFinished(() => error.mockRestore())
    jsonLog()({ level: "info", message: "m" })
    const record = JSON.parse(String(error.mock.calls[0]?.[0]))
    expect(Math.abs(Date.parse(record.time) - Date.now())).toBeLessThan(60_000)
  })

  it("is a log of a runtime; a write that throws or rejects is reported, and the application goes on", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {})
    onTestFinished(() => error.mockRestore())
    const lines: string[] = []
    const fails = [
      () => {
        throw new Error("disk full")
      },
      () => Promise.reject(new Error("disk full")),
    ]
    for (const write of [(line: string) => void lines.push(line), ...fails]) {
      const app = await bootApp({}, { log: jsonLog({ write }) })
      app.runtime.spawn(
        actor(() => {
          throw new Error("out")
        }),
      )
      await app.time.settle()
      await app.runtime.stop()
    }
    expect(lines.map((line) => JSON.parse(line).event)).toContain("crash_report")
    expect(error.mock.calls.flat().join("\n")).toContain("the log function threw: Error: disk full")
  })
})
