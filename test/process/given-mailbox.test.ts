/** Which mailboxes `acquire` has given: each is marked by what nobody else can put there. */

import { describe, expect, it } from "vitest"
import { give, isGiven } from "../../src/process/given-mailbox.ts"

class Box {
  readonly name = "box"
}

describe("a mailbox", () => {
  it("is given once it was, and is the same", () => {
    const box = new Box()
    expect(isGiven(box)).toBe(false)
    expect(give(box)).toBe(box)
    expect(isGiven(box)).toBe(true)
    expect(isGiven(new Box())).toBe(false)
    expect(Reflect.ownKeys(box)).toEqual(["name"])
  })

  it("may be given again, as by a class that makes one alone", () => {
    const box = give(new Box())
    expect(give(box)).toBe(box)
    expect(isGiven(box)).toBe(true)
  })

  it("may be of a class that lets nothing be added to it", () => {
    for (const close of [Object.freeze, Object.seal, Object.preventExtensions]) {
      const box = close(new Box())
      expect(isGiven(box)).toBe(false)
      expect(isGiven(give(give(box)))).toBe(true)
    }
  })

  it("is no copy of a given one, and nothing that has it for its prototype", () => {
    const box = give(new Box())
    for (const other of [{ ...box }, Object.create(box), structuredClone({ ...box })]) expect(isGiven(other)).toBe(false)
  })

  it("is asked nothing by whoever gives it, or wants to know", () => {
    const refuses = (): never => {
      throw new Error("asked")
    }
    const traps = Object.fromEntries(Reflect.ownKeys(Reflect).map((name) => [name, refuses]))
    const asks = new Proxy(give(new Box()), traps)
    expect(isGiven(asks)).toBe(false)
    expect(give(asks)).toBe(asks)
    expect(isGiven(asks)).toBe(true)
  })
})
