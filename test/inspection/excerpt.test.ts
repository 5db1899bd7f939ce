import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { excerpt, sortOf } from "../../src/inspection/excerpt.ts"

class Session {
  readonly user = "alice"
  get token(): string {
    throw new Error("asked")
  }
}

describe("excerpt", () => {
  it.each<[unknown, string]>([
    ["text", '"text"'],
    [1.5, "1.5"],
    [10n, "10n"],
    [true, "true"],
    [null, "null"],
    [undefined, "undefined"],
    [Symbol("s"), "Symbol(s)"],
    [() => 1, "[function]"],
    [{}, "{}"],
    [{ a: 1, b: "two" }, '{ a: 1, b: "two" }'],
    [Object.assign(Object.create(null), { a: 1 }), "{ a: 1 }"],
    [[1, [2]], "[1, [2]]"],
    [new Map([["a", 1]]), 'Map(1) { "a" => 1 }'],
    [new Set([1, 2]), "Set(2) { 1, 2 }"],
    [new Uint16Array(3), "Uint16Array(6 bytes)"],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [new Date(Number.NaN), "an invalid date"],
    [new TypeError("bad"), 'TypeError("bad")'],
    [new Session(), 'Session { user: "alice" }'],
  ])("shows %o as a reader knows it", (value, text) => {
    expect(excerpt(value)).toBe(text)
  })

  it("leaves out what is too deep, too many and too long", () => {
    expect(excerpt({ a: { b: { c: { d: 1 } } } })).toBe("{ a: { b: { c: [Object] } } }")
    expect(excerpt(Array.from({ length: 10 }, (_, at) => at))).toBe("[0, 1, 2, 3, 4, 5, 6, 7, … 2 more]")
    expect(excerpt("x".repeat(100))).toBe(`"${"x".repeat(80)}…"`)
    expect(excerpt(new Map(Array.from({ length: 9 }, (_, at) => [at, at])))).toContain("Map(9) {")
  })

  it("comes to an end on what contains itself", () => {
    const self: { self?: unknown } = {}
    self.self = self
    expect(excerpt(self)).toBe("{ self: { self: { self: [Object] } } }")
  })

  it("asks no getter, no toJSON and no toString", () => {
    const asked = (): never => {
      throw new Error("asked")
    }
    const shy = { toJSON: asked, toString: asked, [Symbol.toPrimitive]: asked }
    Object.defineProperty(shy, "secret", { get: asked, enumerable: true })
    expect(excerpt(shy)).toBe("{ toJSON: [function], toString: [function], secret: [getter] }")
  })

  it("runs no code of a class of the program's: size, iterator, tag, message, toISOString", () => {
    const asked: string[] = []
    const ask = (name: string) => () => asked.push(name)
    class OwnMap extends Map<string, number> {
      override get size(): number {
        return asked.push("size")
      }
      override entries = ask("entries") as never
      override [Symbol.iterator] = ask("iterator") as never
    }
    class OwnSet extends Set<number> {
      override get size(): number {
        return asked.push("size")
      }
      override [Symbol.iterator] = ask("iterator") as never
    }
    class OwnDate extends Date {
      override getTime = ask("getTime") as never
      override toISOString = ask("toISOString") as never
    }
    class OwnList extends Array<number> {
      override [Symbol.iterator] = ask("iterator") as never
    }
    class OwnBytes extends Uint8Array {
      override get byteLength(): number {
        return asked.push("byteLength")
      }
    }
    class OwnError extends Error {
      override get message(): string {
        return String(asked.push("message"))
      }
      get [Symbol.toStringTag](): string {
        return String(asked.push("tag"))
      }
    }
    const map = new OwnMap()
    Map.prototype.set.call(map, "a", 1)
    const set = new OwnSet()
    Set.prototype.add.call(set, 1)
    const values = [map, set, new OwnDate(0), OwnList.of(1, 2), new OwnBytes(3), new OwnError()]
    asked.length = 0
    expect(values.map(excerpt)).toEqual([
      'Map(1) { "a" => 1 }',
      "Set(1) { 1 }",
      "1970-01-01T00:00:00.000Z",
      "[1, 2]",
      "OwnBytes(3 bytes)",
      'OwnError("")',
    ])
    expect(asked).toEqual([])
  })

  it("is ? for what resists", () => {
    const resist = (): never => {
      throw new Error("no")
    }
    expect(excerpt(new Proxy({}, { ownKeys: resist }))).toBe("?")
    expect(excerpt(new Proxy({}, { getPrototypeOf: resist }))).toBe("?")
  })

  it("never throws and is never long, whatever the value (property)", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }), (value) => {
        expect(excerpt(value).length).toBeLessThanOrEqual(401)
        expect(sortOf(value).length).toBeLessThanOrEqual(200)
      }),
    )
  })
})

describe("sortOf", () => {
  it.each<[unknown, string]>([
    ["secret", "a string"],
    [1, "a number"],
    [undefined, "undefined"],
    [null, "null"],
    [() => 1, "a function"],
    [{ password: "secret" }, "an Object"],
    [{ type: "tick", password: "secret" }, 'an Object of type "tick"'],
    [{ type: 1 }, "an Object"],
    [new Session(), "a Session"],
    [[1], "an Array"],
    [Object.create(null), "an object"],
  ])("tells of %o what it is and not what it holds", (value, text) => {
    expect(sortOf(value)).toBe(text)
  })

  it("is short for a type that is long, and total", () => {
    expect(sortOf({ type: "x".repeat(100) })).toBe(`an Object of type "${"x".repeat(80)}…"`)
    const resist = (): never => {
      throw new Error("no")
    }
    expect(sortOf(new Proxy({}, { getOwnPropertyDescriptor: resist }))).toBe("an object")
  })
})
