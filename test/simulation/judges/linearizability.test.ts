/** What is linearizable and what is not: the classic cases, each as a history that a reader can check by hand. */

import { describe, expect, it } from "vitest"
import {
  AlreadyExists,
  Conflict,
  failure,
  Internal,
  Invalid,
  NotFound,
  PermissionDenied,
  Timeout,
  Unavailable,
} from "../../../src/index.ts"
import { linearizability, type Operation, oneOf, type ServiceModel } from "../../../src/simulation.ts"

/** One operation of `a`, `b`, …: asked and answered at these places, which are the clock's ms too. `undefined`: never answered. */
type Row = readonly [
  caller: string,
  name: string,
  argument: unknown,
  asked: number,
  answered: number | undefined,
  outcome?: Operation["outcome"],
]

const history = (...rows: readonly Row[]): Operation[] =>
  rows.map(([caller, name, argument, asked, answered, outcome]) => {
    return { service: "app:it", caller, name, argument, asked, answered, askedAt: asked, answeredAt: answered, outcome }
  })

const gave = (value: unknown): Operation["outcome"] => ({ value })
const failed = (error: unknown): Operation["outcome"] => ({ error })

type Pair = readonly [key: string, value: unknown]

const register: ServiceModel<unknown> = {
  init: () => undefined,
  key: (argument: string | Pair) => (typeof argument === "string" ? argument : argument[0]),
  call: {
    get: (value) => [value, value],
    set: (_value, [, written]: Pair) => [written, true],
    add: (value, [, by]: Pair) => [Number(value ?? 0) + Number(by), Number(value ?? 0) + Number(by)],
    claim: (value, [, wanted]: Pair) => (value === undefined ? [wanted, true] : [value, failure(new AlreadyExists("it is taken"))]),
  },
}

const verdictOf = (...rows: readonly Row[]) => linearizability(history(...rows), register)

describe("linearizability", () => {
  it("is there where nothing was done", () => {
    expect(verdictOf()).toEqual({ verdict: "linearizable" })
  })

  it("is there where all came one after the other", () => {
    expect(verdictOf(["a", "set", ["k", 1], 1, 2, gave(true)], ["b", "get", "k", 3, 4, gave(1)]).verdict).toBe("linearizable")
  })

  it("leaves it open in which order those came that overlap", () => {
    for (const seen of [undefined, 1]) {
      expect(verdictOf(["a", "set", ["k", 1], 1, 4, gave(true)], ["b", "get", "k", 2, 3, gave(seen)]).verdict).toBe("linearizable")
    }
  })

  it("is missed by a lost update, and says which answer, what it gave and what it could have given", () => {
    expect(
      verdictOf(
        ["a", "add", ["k", 1], 1, 3, gave(1)],
        ["b", "add", ["k", 1], 2, 4, gave(2)],
        ["a", "add", ["k", 1], 5, 7, gave(3)],
        ["b", "add", ["k", 1], 6, 8, gave(3)],
      ),
    ).toEqual({
      verdict: "violated",
      key: "k",
      why: `b's add(["k", 1]) gave 3, and no order of what was asked explains that. It could have given 4 (after a's add(["k", 1])).`,
    })
  })

  it("is missed by a stale read", () => {
    const { why } = verdictOf(
      ["a", "set", ["k", 1], 1, 2, gave(true)],
      ["a", "set", ["k", 2], 3, 4, gave(true)],
      ["b", "get", "k", 5, 6, gave(1)],
      ["c", "set", ["k", 9], 7, 8, gave(true)],
    )
    expect(why).toBe(`b's get("k") gave 1, and no order of what was asked explains that. It could have given 2 (after a's set(["k", 2])).`)
  })

  it("is missed by two who win the same", () => {
    const rows: readonly Row[] = [
      ["a", "claim", ["k", "a"], 1, 3, gave(true)],
      ["b", "claim", ["k", "b"], 2, 4, gave(true)],
    ]
    expect(verdictOf(...rows).why).toContain("It could have given the error ALREADY_EXISTS")
    expect(verdictOf(rows[0] as Row, ["b", "claim", ["k", "b"], 2, 4, failed(new AlreadyExists("there"))]).verdict).toBe("linearizable")
  })

  it("is missed where a new value is seen, and then the old one", () => {
    const write: Row = ["a", "set", ["k", 1], 1, 9, gave(true)]
    expect(verdictOf(write, ["b", "get", "k", 2, 3, gave(undefined)], ["c", "get", "k", 4, 5, gave(1)]).verdict).toBe("linearizable")
    expect(verdictOf(write, ["b", "get", "k", 2, 3, gave(1)], ["c", "get", "k", 4, 5, gave(undefined)])).toMatchObject({
      verdict: "violated",
      why: `c's get("k") gave undefined, and no order of what was asked explains that. It could have given 1 (after a's set(["k", 1])).`,
    })
  })

  it("is missed by what was never written, whatever else could have been given", () => {
    const { why } = verdictOf(
      ["a", "set", ["k", 1], 1, 8, gave(true)],
      ["b", "set", ["k", 2], 2, 7, gave(true)],
      ["c", "get", "k", 3, 4, gave(5)],
    )
    expect(why).toMatch(/^c's get\("k"\) gave 5, and no order of what was asked explains that\. It could have given .*, .* or .*\.$/)
    for (const other of ["undefined", `2 (after b's set(["k", 2]))`, `1 (after a's set(["k", 1]))`]) expect(why).toContain(other)
  })

  it("is judged key by key", () => {
    const rows: readonly Row[] = [
      ["a", "set", ["k", 1], 1, 2, gave(true)],
      ["a", "set", ["l", 2], 3, 4, gave(true)],
      ["b", "get", "l", 5, 6, gave(2)],
    ]
    expect(verdictOf(...rows).verdict).toBe("linearizable")
    expect(verdictOf(...rows, ["b", "get", "k", 7, 8, gave(2)])).toMatchObject({ verdict: "violated", key: "k" })
  })

  it("compares replies by what they say", () => {
    const model: ServiceModel = { init: () => 0, call: { ask: () => [0, { a: [1, new Map([["x", new Set([1, 2])]])], b: undefined }] } }
    const alike = { a: [1, new Map([["x", new Set([2, 1])]])] }
    expect(linearizability(history(["a", "ask", 0, 1, 2, gave(alike)]), model).verdict).toBe("linearizable")
    expect(linearizability(history(["a", "ask", 0, 1, 2, gave({ a: [1, new Map()] })]), model).verdict).toBe("violated")
  })

  it("takes what cannot be read for an answer that says nothing", () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(verdictOf(["a", "get", "k", 1, 2, gave(proxy)]).verdict).toBe("linearizable")
  })
})

describe("an operation that failed", () => {
  const claim = (answered: number | undefined, outcome?: Operation["outcome"]): Row => ["a", "claim", ["k", "a"], 1, answered, outcome]
  const sees = (value: unknown): Row => ["b", "get", "k", 5, 6, gave(value)]

  it.each([new Timeout("late"), new Unavailable("gone"), new Internal("crashed"), new Error("of somebody's"), undefined])(
    "with %s may have taken effect, or not",
    (error) => {
      const row = error === undefined ? claim(undefined) : claim(2, failed(error))
      expect(verdictOf(row, sees("a")).verdict).toBe("linearizable")
      expect(verdictOf(row, sees(undefined)).verdict).toBe("linearizable")
      expect(verdictOf(row, sees("c")).verdict).toBe("violated")
    },
  )

  it("with a Timeout may take effect after its answer, but once", () => {
    const late = claim(2, failed(new Timeout("late")))
    expect(verdictOf(late, ["b", "get", "k", 3, 4, gave(undefined)], sees("a")).verdict).toBe("linearizable")
    expect(verdictOf(late, ["b", "get", "k", 3, 4, gave("a")], sees(undefined)).verdict).toBe("violated")
    const add: Row = ["a", "add", ["k", 1], 1, 2, failed(new Timeout("late"))]
    expect(verdictOf(add, sees(1)).verdict).toBe("linearizable")
    expect(verdictOf(add, sees(2)).verdict).toBe("violated")
  })

  it.each([new Invalid("bad"), new PermissionDenied("no")])("with %s has not taken effect", (error) => {
    expect(verdictOf(claim(2, failed(error)), sees(undefined)).verdict).toBe("linearizable")
    expect(verdictOf(claim(2, failed(error)), sees("a")).verdict).toBe("violated")
  })

  it("with what a service answers is compared by the kind of its error", () => {
    const taken: Row = ["a", "set", ["k", 1], 1, 2, gave(true)]
    const next = (error: unknown): Row => ["b", "claim", ["k", 2], 3, 4, failed(error)]
    expect(verdictOf(taken, next(new AlreadyExists("said otherwise"))).verdict).toBe("linearizable")
    for (const error of [new NotFound("none"), new Conflict("other")]) expect(verdictOf(taken, next(error)).verdict).toBe("violated")
    expect(verdictOf(next(new AlreadyExists("nobody has it"))).why).toContain("gave the error ALREADY_EXISTS")
  })
})

describe("a service that forgets", () => {
  const rows = [
    ["a", "set", ["k", 1], 1, 2, gave(true)],
    ["b", "get", "k", 5, 6, gave(undefined)],
  ] as const
  const judged = (leaves: "nothing" | "some" | "unknown", seen: unknown, keys: readonly string[] | "all" = "all") =>
    linearizability(history(rows[0], ["b", "get", "k", 5, 6, gave(seen)]), register, { lost: [{ at: 3, keys, leaves }] }).verdict

  it("begins anew then", () => {
    expect(verdictOf(...rows).verdict).toBe("violated")
    expect([undefined, 1].map((seen) => judged("nothing", seen))).toEqual(["linearizable", "violated"])
    expect([undefined, 1].map((seen) => judged("nothing", seen, ["k", "l"]))).toEqual(["linearizable", "violated"])
    expect(judged("nothing", 1, ["l"])).toBe("linearizable")
  })

  it("may have forgotten some, or is in a state that nobody knows", () => {
    expect([undefined, 1, 2].map((seen) => judged("some", seen))).toEqual(["linearizable", "linearizable", "violated"])
    expect([undefined, 1, 2].map((seen) => judged("unknown", seen))).toEqual(["linearizable", "linearizable", "linearizable"])
  })

  it("has not forgotten what was done while it was asked and answered around that", () => {
    const row: Row = ["a", "set", ["k", 1], 1, 4, gave(true)]
    for (const seen of [1, undefined]) {
      const verdict = linearizability(history(row, ["b", "get", "k", 5, 6, gave(seen)]), register, {
        lost: [{ at: 3, keys: "all", leaves: "nothing" }],
      })
      expect(verdict.verdict).toBe("linearizable")
    }
  })
})

describe("a model", () => {
  it("may change the state that it is given: it is a copy", () => {
    const model: ServiceModel<Map<string, number>> = {
      init: () => new Map(),
      call: {
        put: (state, [name, value]: readonly [string, number]) => [state.set(name, value), true],
        size: (state) => [state, state.size],
      },
    }
    const overlapping = history(
      ["a", "put", ["x", 1], 1, 9, undefined],
      ["b", "put", ["y", 1], 2, 5, gave(true)],
      ["c", "size", 0, 3, 4, gave(0)],
      ["c", "size", 0, 6, 7, gave(1)],
      ["c", "size", 0, 10, 11, gave(2)],
    )
    expect(linearizability(overlapping, model).verdict).toBe("linearizable")
  })

  it("may say that an operation comes to one of several things", () => {
    const model: ServiceModel = { init: () => 0, call: { toss: () => oneOf([0, "heads"], oneOf([0, "tails"])) } }
    const judged = (value: unknown) => linearizability(history(["a", "toss", undefined, 1, 2, gave(value)]), model)
    expect(["heads", "tails", "edge"].map((value) => judged(value).verdict)).toEqual(["linearizable", "linearizable", "violated"])
    expect(judged("edge").why).toBe(
      `a's toss() gave "edge", and no order of what was asked explains that. It could have given "heads" or "tails".`,
    )
  })

  it("is told when an operation takes effect, as far as that is known", () => {
    interface Ends {
      readonly from: number
      readonly to: number
    }
    const model: ServiceModel<Ends | undefined> = {
      init: () => undefined,
      call: {
        lend: (_ends, ms: number, { from, to }) => [{ from: from + ms, to: to + ms }, true],
        isLent: (ends, _argument: undefined, { from, to }) => {
          if (ends === undefined) return [ends, false]
          const over = [undefined, false] as const
          const lent = [{ from: Math.max(ends.from, from), to: ends.to }, true] as const
          return oneOf<Ends | undefined>(...(from < ends.to ? [lent] : []), ...(to >= ends.from ? [over] : []))
        },
      },
    }
    const at = (askedAt: number, answeredAt: number, seen: boolean) => {
      const [lend, look] = history(["a", "lend", 10, 1, 2, gave(true)], ["b", "isLent", undefined, 3, 4, gave(seen)])
      const all = [
        { ...lend, askedAt: 0, answeredAt: 5 },
        { ...look, askedAt, answeredAt },
      ] as Operation[]
      return linearizability(all, model).verdict
    }
    expect([at(9, 9, true), at(9, 9, false)]).toEqual(["linearizable", "violated"])
    expect([at(12, 12, true), at(12, 12, false)]).toEqual(["linearizable", "linearizable"])
    expect([at(15, 20, true), at(15, 20, false)]).toEqual(["violated", "linearizable"])
  })

  it("is told that what comes later in an order is no earlier by the clock", () => {
    const model: ServiceModel<string[]> = {
      init: () => [],
      call: {
        mark: (marks, name: string) => [[...marks, name], true],
        look: (marks, before: number, { from }) => [marks, from < before ? marks : "late"],
      },
    }
    const [mark, look] = history(["a", "mark", "x", 2, 3, gave(true)], ["b", "look", 20, 1, 4, gave(["x"])])
    const at = (markedAt: number) => [
      { ...mark, askedAt: markedAt, answeredAt: markedAt },
      { ...look, askedAt: 0, answeredAt: 100 },
    ]
    const verdicts = [10, 30].map((markedAt) => linearizability(at(markedAt) as Operation[], model).verdict)
    expect(verdicts).toEqual(["linearizable", "violated"])
  })

  it("passes over an operation of which it says any", () => {
    const model: ServiceModel = { init: () => 0, call: { statistics: "any" } }
    expect(linearizability(history(["a", "statistics", 0, 1, 2, gave(77)]), model).verdict).toBe("linearizable")
  })
})

describe("what is too much to be judged", () => {
  const wide = (): Operation[] => {
    const rows: Row[] = [["z", "get", ["k"], 200, 201, gave("nobody's")]]
    for (let place = 0; place < 14; place += 1) rows.push([`c${place}`, "set", ["k", place], place, 100 + place, gave(true)])
    return history(...rows)
  }

  it("is undecided, and says so", () => {
    const { verdict, key, why } = linearizability(wide(), register, { limit: 50 })
    expect([verdict, key]).toEqual(["undecided", "k"])
    expect(why).toBe("Whether there is an order that explains it was not found out: 50 configurations were looked at, which is the limit.")
  })

  it("does not hide that another key is violated", () => {
    const bad = history(["z", "get", "other", 1, 2, gave(1)])
    expect(linearizability([...wide(), ...bad], register, { limit: 50 })).toMatchObject({ verdict: "violated", key: "other" })
  })

  it("is not long alone: what hardly overlaps is found out at once", () => {
    const rows: Row[] = []
    for (let place = 0; place < 2000; place += 1) rows.push(["a", "add", ["k", 1], place * 2, place * 2 + 3, gave(place + 1)])
    expect(linearizability(history(...rows), register, { limit: 10_000 }).verdict).toBe("linearizable")
  })
})

describe("what a model or a history cannot be", () => {
  const one = history(["a", "go", 1, 1, 2, gave(1)])
  const go = (step: unknown) => ({ init: () => 0, call: { go: step } }) as ServiceModel

  it.each<[string, ServiceModel, RegExp]>([
    ["model.call.go", { init: () => 0, call: { come: () => [0] } }, /is missing: it was asked for, and the model has come/],
    ["model.call.go", go("all"), /must be a function, or "any"; got "all"/],
    ["model.call.go", go(() => Promise.resolve([0, 1])), /must give the state afterwards and the reply/],
    ["model.call.go", go(() => []), /must give the state afterwards and the reply/],
    [
      "model.call.go",
      go(() => {
        throw new Conflict("sold out")
      }),
      /has thrown; what an operation is refused with is given/,
    ],
    ["model.call.go", go(() => [new (class Till {})(), 1]), /must give a state of plain data/],
    ["model.key", { init: () => 0, key: () => 7 as unknown as string, call: { go: () => [0] } }, /must give text; for go it gave 7/],
    ["model.init", { call: { go: () => [0] } } as unknown as ServiceModel, /must be a function/],
    ["model.cal", { init: () => 0, cal: {} } as unknown as ServiceModel, /did you mean call/],
  ])("is refused at %s", (field, model, message) => {
    const run = (): unknown => linearizability(one, model)
    expect(run).toThrow(expect.objectContaining({ kind: "INVALID", message: expect.stringMatching(message) }))
    expect(run).toThrow(expect.objectContaining({ details: { field } }))
  })

  it("is refused in the history and the options", () => {
    const bad = (given: unknown, options?: unknown) => () => linearizability(given as Operation[], register, options as { limit: number })
    const about = (field: string) => expect.objectContaining({ kind: "INVALID", details: { field } })
    expect(bad("no list")).toThrow(about("history"))
    expect(bad([...one, { name: "go" }])).toThrow(about("history[1]"))
    expect(bad([], { limit: 0 })).toThrow(about("limit"))
    expect(bad([], { lost: {} })).toThrow(about("lost"))
    expect(bad([], { lost: [{ at: 1, keys: "all", leaves: "much" }] })).toThrow(about("lost[0]"))
    expect(bad([], { most: 1 })).toThrow(about("most"))
  })
})
