import { describe, expect, it } from "vitest"
import { Internal, Unavailable } from "../../src/kernel/errors.ts"
import {
  checkReason,
  checkStopReason,
  crashError,
  type ExitReason,
  exitError,
  formatExitReason,
  isExpectedExit,
  isShutdown,
} from "../../src/kernel/exit-reason.ts"

const boom = new RangeError("boom")

const rows: readonly { reason: ExitReason; expected: boolean; shutdown: boolean; line: string }[] = [
  { reason: "normal", expected: true, shutdown: false, line: "normal" },
  { reason: "shutdown", expected: true, shutdown: true, line: "shutdown" },
  { reason: { shutdown: "maintenance" }, expected: true, shutdown: true, line: "shutdown (maintenance)" },
  { reason: "kill", expected: false, shutdown: false, line: "kill" },
  { reason: "killed", expected: false, shutdown: false, line: "killed" },
  { reason: "noproc", expected: false, shutdown: false, line: "noproc" },
  { reason: { error: boom }, expected: false, shutdown: false, line: "RangeError: boom" },
  {
    reason: { error: "one\n[pigeonhole] other" },
    expected: false,
    shutdown: false,
    line: "error: one [pigeonhole] other",
  },
  { reason: { shutdown: "for\r\ngood" }, expected: true, shutdown: true, line: "shutdown (for good)" },
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

  it("does not throw over what is no reason", () => {
    for (const none of [null, undefined, 5, Proxy.revocable({}, {}).proxy]) expect(typeof formatExitReason(none as never)).toBe("string")
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(typeof formatExitReason(proxy as never)).toBe("string")
  })
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

describe("checkReason", () => {
  it("reads what others hand in once, into an object of our own", () => {
    let readings = 0
    const reason = {
      get error(): unknown {
        readings += 1
        return readings
      },
    }
    const own = checkReason(reason)
    expect([own, own, readings]).toEqual([{ error: 1 }, { error: 1 }, 1])
    expect(checkReason({ shutdown: "moved" })).toEqual({ shutdown: "moved" })
  })

  it("refuses what is no reason, or cannot be read", () => {
    const revoked = Proxy.revocable([], {})
    revoked.revoke()
    const unreadable = {
      get error(): unknown {
        throw boom
      },
    }
    for (const reason of [unreadable, revoked.proxy, {}, "gone", null, Symbol("why")]) {
      expect(() => checkReason(reason as ExitReason)).toThrow(expect.objectContaining({ kind: "INVALID", details: { field: "reason" } }))
    }
  })
})

describe("checkStopReason", () => {
  it("refuses kill: a stop lets the process clear up", () => {
    expect(() => checkStopReason("kill")).toThrow(expect.objectContaining({ kind: "INVALID", details: { field: "reason" } }))
    expect(checkStopReason("shutdown")).toBe("shutdown")
  })
})

describe("what is made of a reason", () => {
  it("is cut where it is very long; what was thrown has it all", () => {
    const long = "x".repeat(1_000_000)
    const error = new Error(long)
    for (const text of [
      formatExitReason({ error }),
      formatExitReason({ error: long }),
      formatExitReason({ shutdown: long }),
      exitError("p", { error }).message,
      crashError("p", error).message,
    ]) {
      expect(text).toContain("x".repeat(9_900))
      expect(text.length).toBeLessThan(10_100)
    }
    expect(crashError("p", error).cause).toBe(error)
    expect(formatExitReason({ error: new Error(long.slice(0, 9_000)) })).toBe(`Error: ${long.slice(0, 9_000)}`)
  })

  it("is never thrown, whatever the value is", () => {
    const throwing = (): never => {
      throw boom
    }
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    const hostile = [
      { toString: throwing },
      { [Symbol.toPrimitive]: throwing },
      new Proxy({}, { getPrototypeOf: throwing }),
      revoked.proxy,
      Object.defineProperty(new Error("x"), "message", { get: throwing }),
      Object.create(null),
    ]
    for (const error of hostile) {
      expect(formatExitReason({ error })).toBe("error: a value that cannot be printed")
      expect(formatExitReason({ shutdown: error })).toMatch(/^shutdown \(/)
      expect(exitError("p", { error }).message).toContain("cannot be printed")
      expect(crashError("p", error).message).toContain("cannot be printed")
    }
  })
})
