import { describe, expect, it } from "vitest"
import { asSeen, isSteady } from "../../src/kernel/facade.ts"
import { thenableBy } from "../support/thenable.ts"
import { hostileProxies, twoFaced, twoFacedProxy } from "../support/two-faced.ts"

class Event {
  get type(): string {
    return "PRESS"
  }
}

describe("isSteady", () => {
  it("is true of what holds a plain value under the name, or has none, wherever it stands in the chain", () => {
    const plain = [{}, { type: 1 }, [], new Map(), Object.create(null), Object.create({ type: "x" }), () => {}, Object.freeze({ a: 1 })]
    for (const value of plain) expect(isSteady(value, "type")).toBe(true)
  })

  it("is false of a getter, of a proxy, and of what has one above it; and runs no code of theirs", () => {
    const asked = [new Event(), twoFacedProxy(), Object.create(twoFacedProxy()), ...hostileProxies().map(([, value]) => value)]
    for (const value of asked) expect(isSteady(value, "type")).toBe(false)
    expect(isSteady(twoFaced(), "then")).toBe(false)
  })
})

describe("asSeen", () => {
  it("gives what is steady as it is", () => {
    const value = { type: "PRESS" }
    expect(asSeen(value, "type", "PRESS")).toBe(value)
  })

  it("gives all else a face that answers as it did the first time, however often it is asked, and is the value in all other ways", () => {
    let looks = 0
    const value = thenableBy(() => (looks += 1), Object.assign(new Map([["a", 1]]), { size2: 2 }))
    const face = asSeen(value, "then", undefined) as Record<string, unknown>
    for (let times = 0; times < 3; times += 1) expect(Reflect.get(face, "then")).toBeUndefined()
    face.more = 3
    expect([looks, face.size2, Object.keys(face), face instanceof Map, Reflect.get(value, "more")]).toEqual([
      0,
      2,
      ["size2", "more"],
      true,
      3,
    ])
  })

  it("is a list where the value is one, and can be called where it can", () => {
    const list = asSeen(new Proxy([1, 2], {}), "then", undefined)
    expect([Array.isArray(list), list.length, JSON.stringify(list), [...list]]).toEqual([true, 2, "[1,2]", [1, 2]])
    const double = asSeen(new Proxy((one: number) => one * 2, {}), "then", undefined)
    expect(double(4)).toBe(8)
  })

  it("is carried by a promise, whatever its value does when it is asked", async () => {
    for (const [, value] of hostileProxies()) {
      const boxed = await Promise.resolve(asSeen(value, "then", undefined)).then((face) => [face])
      expect(boxed).toHaveLength(1)
    }
  })
})
