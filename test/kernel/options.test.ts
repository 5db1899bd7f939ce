import { runInNewContext } from "node:vm"
import { describe, expect, it } from "vitest"
import { checkOptions, Invalid } from "../../src/index.ts"
import { inboxOptions } from "../../src/kernel/inbox-options.ts"
import {
  anything,
  boolean,
  listOf,
  memberOf,
  milliseconds,
  oneOf,
  optional,
  otherwise,
  text,
  wholeNumber,
} from "../../src/kernel/option-fields.ts"
import { entriesOf, readOption, readOptions } from "../../src/kernel/options.ts"
import { fieldOf } from "../support/errors.ts"
import { withEverywhere } from "../support/everywhere.ts"

const FIELDS = { timeoutMs: otherwise(milliseconds, 5000), bound: optional(boolean) }

/** What each of the three ways to read options makes of them. */
const WAYS: Readonly<Record<string, (options: unknown) => unknown>> = {
  readOptions: (options) => readOptions(options, FIELDS),
  readOption: (options) => readOption(options, "timeoutMs", FIELDS.timeoutMs),
  checkOptions: (options) => checkOptions(options, ["timeoutMs", "bound"]),
}

class Settings {
  timeoutMs = 5
}

describe.each(Object.entries(WAYS))("%s", (_name, read) => {
  it.each([
    null,
    [],
    [5],
    () => {},
    5,
    "timeoutMs",
    true,
    Symbol("x"),
    5n,
    new Date(),
    new Map(),
    new Settings(),
    new Error("x"),
    Object(5),
    Promise.resolve({}),
    Object.create({ timeoutMs: 5 }),
    Object.create(Object.create(null)),
  ])("refuses %o, which is no plain object", (options) => {
    expect(fieldOf(() => read(options))).toBe("options")
  })

  it("says what is wrong with an object that is none", () => {
    expect(() => read(new Date(0))).toThrow("options must be a plain object of options; got an instance of a class")
  })

  it("takes plain objects, however they were made", () => {
    const bare = Object.assign(Object.create(null), { timeoutMs: 5 })
    const foreign: unknown = runInNewContext("({ timeoutMs: 5 })")
    for (const options of [undefined, {}, { timeoutMs: 5 }, { timeoutMs: undefined }, bare, foreign, Object.freeze({ timeoutMs: 5 })])
      expect(() => read(options)).not.toThrow()
  })

  it.each(["timeout", "TIMEOUTMS", "nonsense", "__proto__", "toString", ""])("refuses the name %o", (name) => {
    expect(fieldOf(() => read({ [name]: 5 }))).toBe(name)
  })

  it("refuses a symbol for a name, unless it is hidden", () => {
    expect(fieldOf(() => read({ [Symbol("x")]: 5 }))).toBe("Symbol(x)")
    expect(() => read(Object.defineProperty({}, Symbol("x"), { value: 5 }))).not.toThrow()
  })

  it("tells the name that was meant, and all of them where none is near", () => {
    expect(() => read({ timeuotMs: 5 })).toThrow("timeuotMs is unknown; did you mean timeoutMs?")
    expect(() => read({ TIMEOUTMS: 5 })).toThrow("did you mean timeoutMs?")
    expect(() => read({ nonsenseOfAKind: 5 })).toThrow("nonsenseOfAKind is unknown; there are timeoutMs")
  })

  it("takes no name for a slip that has no letter of the other", () => {
    for (const name of ["xx", "EX", "x", "exp"]) {
      expect(() => checkOptions({ [name]: 5 }, ["ttl"])).toThrow(`${name} is unknown; there are ttl`)
    }
    for (const name of ["tt", "ttlMs", "tlt"]) expect(() => checkOptions({ [name]: 5 }, ["ttl"])).toThrow("did you mean ttl?")
  })

  it("tells of what is said of a request where that stands", () => {
    expect(() => read({ signal: 5 })).toThrow(/signal is unknown; there are timeoutMs.*; a request takes it in its last argument$/)
    expect(() => read({ nonsenseOfAKind: 5 })).toThrow(/^[^;]*; there are [^;]*$/)
  })

  it("does not compare a name that is as long as a book", () => {
    const long = "t".repeat(1_000_000)
    expect(() => read({ [long]: 5 })).toThrow(Invalid)
  })

  it("looks at a field once", () => {
    let reads = 0
    const options = {
      get timeoutMs() {
        reads += 1
        return reads
      },
    }
    read(options)
    expect(reads).toBe(1)
  })

  it("contains what a getter or a proxy throws, and tells of it as cause", () => {
    const boom = new Error("boom")
    const fail = (): never => {
      throw boom
    }
    const getter = Object.defineProperty({}, "timeoutMs", { enumerable: true, get: fail })
    expect(fieldOf(() => read(getter))).toBe("timeoutMs")
    expect(() => read(getter)).toThrow(expect.objectContaining({ cause: boom }))
    expect(fieldOf(() => read(new Proxy({}, { ownKeys: fail })))).toBe("options")
    expect(fieldOf(() => read(new Proxy({}, { getPrototypeOf: fail })))).toBe("options")
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(fieldOf(() => read(proxy))).toBe("options")
  })

  it("reads nothing that stands in a prototype, not even in that of all objects", () => {
    Object.defineProperty(Object.prototype, "timeoutMs", { value: -1, configurable: true, writable: true })
    try {
      expect(() => read({})).not.toThrow()
    } finally {
      Reflect.deleteProperty(Object.prototype, "timeoutMs")
    }
  })
})

describe("readOptions", () => {
  it("gives an object of its own that stays as it was judged, with the defaults", () => {
    const given: { timeoutMs?: number; bound?: boolean } = { bound: true }
    const read = readOptions(given, FIELDS)
    given.bound = false
    expect(read).toEqual({ timeoutMs: 5000, bound: true })
    expect(Object.isFrozen(read)).toBe(true)
    expect(Object.keys(readOptions({}, FIELDS))).toEqual(["timeoutMs"])
  })

  it("names the field under its path", () => {
    expect(fieldOf(() => readOptions({ bound: 1 }, FIELDS, 'children["a"].inbox'))).toBe('children["a"].inbox.bound')
    expect(fieldOf(() => readOptions({ bond: 1 }, FIELDS, "child"))).toBe("child.bond")
    expect(fieldOf(() => readOptions(5, FIELDS, "child"))).toBe("child")
  })
})

describe("checkOptions", () => {
  it("gives what was said in an object of our own", () => {
    const given = { maxEntries: 5 }
    const read = checkOptions(given, ["maxEntries"])
    given.maxEntries = 6
    expect(read).toEqual({ maxEntries: 5 })
    expect(Object.isFrozen(read)).toBe(true)
    expect(checkOptions(undefined, ["maxEntries"])).toEqual({})
  })

  it("names the field behind what stands before it", () => {
    expect(fieldOf(() => checkOptions({ max: 5 }, ["maxEntries"], "cache."))).toBe("cache.max")
    expect(fieldOf(() => checkOptions(null, ["maxEntries"], "cache."))).toBe("cache")
  })
})

describe("entriesOf", () => {
  it("gives the parts of a plain object, and refuses every other", () => {
    const handler = (): void => {}
    expect(entriesOf({ get: handler, set: 5 }, "call")).toEqual([
      ["get", handler],
      ["set", 5],
    ])
    for (const value of [undefined, null, 5, "text", [], () => {}, new Map()]) expect(fieldOf(() => entriesOf(value, "call"))).toBe("call")
    expect(fieldOf(() => entriesOf({ [Symbol("x")]: handler }, "call"))).toBe("call.Symbol(x)")
  })
})

describe("fields", () => {
  it.each([
    ["milliseconds", milliseconds, [0, 0.5, 5, Number.POSITIVE_INFINITY], [-1, Number.NaN, "5", 5n, null, undefined, {}]],
    ["wholeNumber(1, 8)", wholeNumber(1, 8), [1, 8], [0, 9, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "1", 1n, null]],
    ["text", text, ["a", " "], ["", 5, null, Object("a"), Symbol("a")]],
    ["boolean", boolean, [true, false], [0, "true", null, Object(true)]],
    ["oneOf", oneOf("exit", "kill_task"), ["exit", "kill_task"], ["", "EXIT", null, ["exit"], { toString: () => "exit" }]],
    ["anything", anything, [null, Number.NaN, () => {}], []],
  ] as const)("%s takes what it says, and nothing else", (_name, field, right, wrong) => {
    for (const value of right) expect(field(value, "f")).toBe(value)
    for (const value of wrong) expect(fieldOf(() => field(value, "f"))).toBe("f")
  })

  it("a list is copied, each item looked at once, and has no holes and no end beyond reason", () => {
    const given = ["a", "b"]
    const read = listOf(text, "a list of names")(given, "scopes")
    given[0] = "c"
    expect(read).toEqual(["a", "b"])
    expect(Object.isFrozen(read)).toBe(true)
    expect(fieldOf(() => listOf(text, "a list of names")(["a", ""], "scopes"))).toBe("scopes[1]")
    expect(fieldOf(() => listOf(text, "a list of names")(new Array(2), "scopes"))).toBe("scopes[0]")
    expect(fieldOf(() => listOf(text, "a list of names")(new Array(2 ** 32 - 1), "scopes"))).toBe("scopes")
    expect(fieldOf(() => listOf(text, "a list of names")({ length: 1, 0: "a" }, "scopes"))).toBe("scopes")
  })

  it("what somebody else's object has is looked at without harm", () => {
    const fail = (): never => {
      throw new Error("boom")
    }
    const trap = new Proxy({}, { get: fail })
    expect([memberOf({ now: fail }, "now"), memberOf(trap, "now"), memberOf(null, "now"), memberOf("text", "length")]).toEqual([
      fail,
      ...[undefined, undefined, undefined],
    ])
  })

  it("what stands in the prototype of all objects is not said by any of them", async () => {
    const fields = { limitMs: optional(milliseconds) }
    const read = await withEverywhere({ x: 1, limitMs: "wrong", timeoutMs: -1 }, () => [
      readOptions({}, fields).limitMs,
      readOptions(undefined, fields).limitMs,
      checkOptions<{ limitMs?: number }>({}, ["limitMs"]).limitMs,
      readOption({}, "timeoutMs", otherwise(milliseconds, 5)),
    ])
    expect(read).toEqual([undefined, undefined, undefined, 5])
  })

  it("an inbox has room for one message at least, and for as many as its ring can hold", () => {
    for (const capacity of [1, 2 ** 30]) expect(inboxOptions({ capacity }, "inbox")).toEqual({ capacity })
    for (const capacity of [0, 1.5, 2 ** 30 + 1, Number.NaN, Number.POSITIVE_INFINITY, "5", null])
      expect(fieldOf(() => inboxOptions({ capacity }, "inbox"))).toBe("inbox.capacity")
    expect(fieldOf(() => inboxOptions({ overflow: "drop_newest" }, "inbox"))).toBe("inbox.overflow")
  })
})
