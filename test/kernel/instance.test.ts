import { describe, expect, it } from "vitest"
import { isA, isList, isReadable, passes } from "../../src/kernel/instance.ts"
import { hostileProxies } from "../support/two-faced.ts"

describe("looks at what is somebody else's", () => {
  it("say what instanceof and Array.isArray say", () => {
    expect([isA(new Map(), Map), isA({}, Map), isA(null, Map), isList([]), isList(new Proxy([], {})), isList({})]).toEqual([
      ...[true, false, false],
      ...[true, true, false],
    ])
  })

  it("say no where the value throws at them, whatever it is", () => {
    for (const [, value] of hostileProxies())
      expect([isA(value, Map), isList(value), passes(value, () => raise())]).toEqual([false, false, false])
  })

  it("tell what cannot be looked at", () => {
    const unreadable = hostileProxies().filter(([, value]) => !isReadable(value))
    expect(unreadable.map(([trap]) => trap)).toEqual(["getPrototypeOf", "all", "revoked"])
    for (const value of [{}, null, undefined, 5, () => {}]) expect(isReadable(value)).toBe(true)
  })
})

function raise(): never {
  throw new Error("boom")
}
