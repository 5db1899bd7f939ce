import { describe, expect, it } from "vitest"
import * as errors from "../../src/kernel/errors.ts"
import { type ErrorKind, invalid, PigeonholeError } from "../../src/kernel/errors.ts"

const {
  AlreadyExists,
  Canceled,
  Conflict,
  Internal,
  Invalid,
  NotFound,
  PermissionDenied,
  RateLimited,
  shown,
  Timeout,
  Unavailable,
  Unknown,
} = errors

const closedList = {
  NOT_FOUND: { Class: NotFound, tag: "NotFound", retryable: false },
  ALREADY_EXISTS: { Class: AlreadyExists, tag: "AlreadyExists", retryable: false },
  INVALID: { Class: Invalid, tag: "Invalid", retryable: false },
  PERMISSION_DENIED: { Class: PermissionDenied, tag: "PermissionDenied", retryable: false },
  UNAVAILABLE: { Class: Unavailable, tag: "Unavailable", retryable: true },
  INTERNAL: { Class: Internal, tag: "Internal", retryable: false },
  CANCELED: { Class: Canceled, tag: "Canceled", retryable: false },
  CONFLICT: { Class: Conflict, tag: "Conflict", retryable: false },
  TIMEOUT: { Class: Timeout, tag: "Timeout", retryable: true },
  RATE_LIMITED: { Class: RateLimited, tag: "RateLimited", retryable: true },
  UNKNOWN: { Class: Unknown, tag: "Unknown", retryable: false },
} satisfies Record<ErrorKind, unknown>

describe("error classes", () => {
  it("are eleven, one for each kind of the closed list", () => {
    const classes = Object.values(errors).filter((value) => typeof value === "function" && value.prototype instanceof PigeonholeError)
    expect(new Set(classes)).toEqual(new Set(Object.values(closedList).map(({ Class }) => Class)))
    expect(classes).toHaveLength(11)
  })

  it.each(Object.entries(closedList))("%s has its tag, its name and its answer to a retry", (kind, { Class, tag, retryable }) => {
    const error = new Class("why")
    expect(error).toBeInstanceOf(PigeonholeError)
    expect(error).toBeInstanceOf(Error)
    expect({ kind: error.kind, _tag: error._tag, name: error.name, retryable: error.retryable, message: error.message }).toEqual({
      kind,
      _tag: tag,
      name: tag,
      retryable,
      message: "why",
    })
    expect(String(error)).toBe(`${tag}: why`)
  })

  it.each(Object.values(closedList))("$tag carries details and cause, and lets retryable be overruled", ({ Class, retryable }) => {
    const cause = new Error("below")
    const error = new Class("why", { details: { field: "ttl", got: -1 }, cause, retryable: !retryable })
    expect(error.details).toEqual({ field: "ttl", got: -1 })
    expect(error.cause).toBe(cause)
    expect(error.retryable).toBe(!retryable)
  })

  it("have no cause where none was given, and empty details", () => {
    const error = new NotFound("why")
    expect("cause" in error).toBe(false)
    expect(error.details).toEqual({})
  })

  it("keep a cause of undefined that was given as such", () => {
    expect("cause" in new Internal("why", { cause: undefined })).toBe(true)
  })
})

describe("invalid", () => {
  it("names its field: in the message what there is room for, in its details all of it", () => {
    const field = "x".repeat(1_000_000)
    const error = invalid(field, "is unknown")
    expect(error.message).toBe(`${"x".repeat(1000)}… is unknown`)
    expect(error.details.field).toBe(field)
  })

  it("names the field in message and details", () => {
    const error = invalid("options.ttl", "must be a number")
    expect(error).toBeInstanceOf(Invalid)
    expect(error.message).toBe("options.ttl must be a number")
    expect(error.details.field).toBe("options.ttl")
    expect("cause" in error).toBe(false)
  })

  it("passes a cause on", () => {
    const cause = new Error("below")
    expect(invalid("value", "cannot be copied", cause).cause).toBe(cause)
  })
})

describe("shown", () => {
  it.each([
    ["text", '"a"', "a"],
    ["a symbol", "Symbol(a)", Symbol("a")],
    ["a number", "1", 1],
    ["a whole number without end, which is another thing", "1n", 1n],
    ["a list", "an array", ["a"]],
  ])("shows %s as what it is", (_what, text, value) => {
    expect(shown(value)).toBe(text)
  })

  it.each([
    ["text", "x".repeat(1_000_000)],
    ["half a pair at the cut", `x${"\u{1f600}".repeat(500_000)}`],
    ["a symbol", Symbol("x".repeat(1_000_000))],
    ["a number", BigInt(`1${"0".repeat(10_000)}`)],
  ])("a message is bounded, whatever it shows: %s", (_what, value) => {
    expect(shown(value).length).toBeLessThan(1_100)
    expect(shown(value)).toMatch(/…"?$/)
    expect(shown(value).isWellFormed()).toBe(true)
  })
})
