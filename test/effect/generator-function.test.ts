import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { Invalid } from "../../actors/index.ts"
import { process, server, task } from "../../src/effect.ts"

function* generator() {}

const refused = (field: string) =>
  `${field} must not be a generator's function itself: Effect.fnUntraced(function* …) makes one that gives an Effect`

describe("a generator's function, which nobody would run", () => {
  it.each<[string, () => unknown]>([
    ["call.add", () => server({ init: () => 0, call: { add: generator } })],
    ["call.add", () => server({ init: () => 0, call: { add: async function* () {} } })],
    ["cast.add.handle", () => server({ init: () => 0, cast: { add: { handle: generator } } })],
    ["init", () => server({ init: generator })],
    ["terminate", () => server({ init: () => 0, terminate: generator as never })],
    ["body", () => process(generator as never)],
    ["work", () => task(generator as never)],
  ])("is refused where it is given, with what makes an Effect of it: %s", (field, define) => {
    expect(define).toThrow(Invalid)
    expect(define).toThrow(refused(field))
  })

  it("is none where Effect has made a function of it", () => {
    const made = Effect.fnUntraced(function* () {
      return yield* Effect.succeed(1)
    })
    expect(server({ init: made, call: { add: made } })).toBeDefined()
    expect([process(made), task(made)]).toHaveLength(2)
  })
})
