import { describe, expect, expectTypeOf, it, vi } from "vitest"
import {
  AlreadyExists,
  Canceled,
  Conflict,
  type ErrorKind,
  type ErrorOptions,
  Internal,
  Invalid,
  isKind,
  NotFound,
  PermissionDenied,
  PigeonholeError,
  RateLimited,
  Timeout,
  Unavailable,
  Unknown,
  wrap,
} from "../../src/index.ts"

vi.resetModules()
const theirs = await import("../../src/index.ts")

const CLASSES = {
  AlreadyExists,
  Canceled,
  Conflict,
  Internal,
  Invalid,
  NotFound,
  PermissionDenied,
  RateLimited,
  Timeout,
  Unavailable,
  Unknown,
}
const made = Object.entries(CLASSES).map(([tag, Class]) => [tag, Class] as const)

describe("wrap", () => {
  it.each(made)("says what was being done before a %s, and keeps class, retryable and details", (tag, Class) => {
    const details = { field: "id", more: { deep: 1 } }
    for (const retryable of [true, false]) {
      const original = new Class("it went wrong", { details, retryable, cause: "below" })
      const wrapped = wrap(original, "loading 7")
      expect(wrapped).toBeInstanceOf(Class)
      expect(wrapped).toMatchObject({ _tag: tag, kind: original.kind, retryable, details, message: "loading 7: it went wrong" })
      expect(wrapped.cause).toBe(original)
    }
    expect(wrap(new Class("x"), "y").retryable).toBe(new Class("x").retryable)
  })

  it("may be done on each way up", () => {
    const original = new Timeout("no answer")
    const outer = wrap(wrap(original, "asking"), "serving")
    expect([outer.message, (outer.cause as Error).cause]).toEqual(["serving: asking: no answer", original])
  })

  it("takes an error of another copy of the package for ours of its kind", () => {
    const foreign = new theirs.RateLimited("full", { details: { target: "t" } })
    const wrapped = wrap(foreign, "posting")
    expect(foreign).not.toBeInstanceOf(PigeonholeError)
    expect(wrapped).toBeInstanceOf(RateLimited)
    expect(wrapped).toMatchObject({ message: "posting: full", retryable: true, details: { target: "t" }, cause: foreign })
  })

  it("makes of somebody's own class one of the class of its kind", () => {
    class NoUser extends NotFound {}
    class Own extends PigeonholeError {
      readonly _tag = "Own"
      constructor() {
        super("CONFLICT", true, "own")
      }
    }
    expect(wrap(new NoUser("7"), "x").constructor).toBe(NotFound)
    expect(wrap(new Own(), "x")).toMatchObject({ _tag: "Conflict", retryable: true, message: "x: own" })
    expect(wrap(new Own(), "x")).toBeInstanceOf(Conflict)
  })

  it("makes an Unknown of what is no error of the runtime's", () => {
    const error = new TypeError("boom")
    expect(wrap(error, "x")).toMatchObject({ _tag: "Unknown", retryable: false, message: "x: boom", details: {}, cause: error })
    for (const thrown of ["boom", undefined, null, 7, Symbol("s"), { message: "m" }]) {
      expect(wrap(thrown, "x")).toMatchObject({ _tag: "Unknown", message: `x: ${String(thrown)}`, cause: thrown })
    }
  })

  it("throws at nothing that was thrown, whatever is asked of it", () => {
    const { proxy, revoke } = Proxy.revocable(new NotFound("x"), {})
    revoke()
    const hostile = [
      proxy,
      Object.create(null),
      Object.defineProperty(new Error("x"), "message", { get: () => Promise.reject.call(0) }),
      Object.defineProperty(new NotFound("x"), "message", { get: boom }),
      Object.defineProperty(new NotFound("x"), "details", { get: boom }),
      Object.defineProperty(new theirs.NotFound("x"), "kind", { get: boom }),
    ]
    for (const error of hostile) {
      const wrapped = wrap(error, "context")
      expect(wrapped.message).toMatch(/^context: /)
      expect(Object.is(wrapped.cause, error)).toBe(true)
      expect([isKind(error, "TIMEOUT"), isKind(error, "UNKNOWN")]).toEqual([false, false])
    }
  })

  it("refuses a message that says nothing", () => {
    for (const message of ["", undefined, 7])
      expect(() => wrap(new NotFound("x"), message as string)).toThrow("message must be a non-empty string")
  })
})

describe("isKind", () => {
  it("is true of each kind's class, of ours and of another copy, and of no other kind", () => {
    const kinds = made.map(([, Class]) => new Class("x").kind)
    expect(new Set(kinds).size).toBe(11)
    for (const [index, [tag, Class]] of made.entries()) {
      for (const copy of [Class, theirs[tag as keyof typeof CLASSES]]) {
        const found = kinds.map((kind) => isKind(new copy("x"), kind))
        expect(found).toEqual(kinds.map((_, at) => at === index))
      }
    }
  })

  it("is false of all else, even of what looks like an error of ours", () => {
    const likeness = { _tag: "NotFound", kind: "NOT_FOUND", message: "x", retryable: false, details: {} }
    const others = [undefined, null, 0, "NOT_FOUND", new Error("x"), likeness, Object.assign(new Error("x"), likeness), () => {}]
    expect(others.filter((error) => isKind(error, "NOT_FOUND"))).toEqual([])
  })

  it("is true of what was wrapped", () => {
    expect(isKind(wrap(new NotFound("x"), "y"), "NOT_FOUND")).toBe(true)
    expect(isKind(wrap(new Error("x"), "y"), "UNKNOWN")).toBe(true)
  })

  it("refuses a word that is no kind", () => {
    for (const kind of ["NotFound", "NOTFOUND", "", "__proto__", undefined])
      expect(() => isKind(new NotFound("x"), kind as ErrorKind)).toThrow("kind must be one of NOT_FOUND, ALREADY_EXISTS, ")
  })

  it("tells the compiler", () => {
    const error: unknown = new NotFound("x", {} satisfies ErrorOptions)
    if (!isKind(error, "NOT_FOUND")) throw error
    expectTypeOf(error.kind).toEqualTypeOf<"NOT_FOUND">()
    expectTypeOf(error.retryable).toEqualTypeOf<boolean>()
    // @ts-expect-error: no kind
    expect(() => isKind(error, "GONE")).toThrow("kind")
  })
})

function boom(): never {
  throw new Error("boom")
}
