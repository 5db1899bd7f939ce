import { describe, expect, it } from "vitest"
import { Internal, Unavailable } from "../../src/kernel/errors.ts"
import { crashError, type ExitReason, exitError, formatExitReason, isExpectedExit, isShutdown } from "../../src/kernel/exit-reason.ts"

const boom = new RangeError("boom")

const rows: readonly { reason: ExitReason; expected: boolean; shutdown: boolean; line: string }[] = [
  { reason: "normal", expected: true, shutdown: false, line: "normal" },
  { reason: "shutdown", expected: true, shutdown: true, line: "shutdown" },
  { reason: { shutdown: "maintenance" }, expected: true, shutdown: true, line: "shutdown (maintenance)" },
  { reason: "kill", expected: false, shutdown: false, line: "kill" },
  { reason: "killed", expected: false, shutdown: false, line: "killed" },
  { reason: "noproc", expected: false, shutdown: false, line: "noproc" },
  { reason: { error: boom }, expected: false, shutdown: false, line: "RangeError: boom" },
  { reason: { error: "not an error" }, expected: false, shutdown: false, line: "error: not an error" },
]

describe("isExpectedExit", () => {
  it.each(rows)("of $line is $expected", ({ reason, expected }) => expect(isExpectedExit(reason)).toBe(expected))
})

describe("isShutdown", () => {
  it.each(rows)("of $line is $shutdown", ({ reason, shutdown }) => expect(isShutdown(reason)).toBe(shutdown))
})

describe("formatExitReason", () => {
  it.each(rows)("writes $line on one line", ({ reason, line }) => expect(formatExitReason(reason)).toBe(line))
})

describe("exitError", () => {
  it("is Unavailable, retryable, and says who ended and why", () => {
    const error = exitError("app:cache", "shutdown")
    expect(error).toBeInstanceOf(Unavailable)
    expect(error.retryable).toBe(true)
    expect(error.message).toBe("app:cache ended before it answered: shutdown")
    expect(error.details).toEqual({ target: "app:cache", reason: "shutdown" })
    expect("cause" in error).toBe(false)
  })

  it("has what was thrown as its cause", () => {
    expect(exitError("app:cache", { error: boom }).cause).toBe(boom)
  })
})

describe("crashError", () => {
  it("is Internal, not retryable, with what was thrown as its cause", () => {
    const error = crashError("app:cache", boom)
    expect(error).toBeInstanceOf(Internal)
    expect(error.retryable).toBe(false)
    expect(error.cause).toBe(boom)
    expect(error.details).toEqual({ target: "app:cache", reason: { error: boom } })
  })
})
