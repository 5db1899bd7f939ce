import { describe, expect, it } from "vitest"
import { carried, contain, follow, handedOver, isThenable, promiseOf, settled, thenableOf } from "../../src/kernel/thenable.ts"
import { thenable, thenableBy } from "../support/thenable.ts"
import { twoFaced, twoFacedProxy } from "../support/two-faced.ts"

const boom = new Error("boom")

const unreadable = thenableBy(() => {
  throw boom
})

function raise(): never {
  throw boom
}

describe("thenableOf", () => {
  it("gives nothing for plain values, functions and objects without a then", () => {
    for (const value of [undefined, null, 1, "then", {}, thenableBy(() => 1), () => {}]) expect(thenableOf(value)).toBeUndefined()
  })

  it("gives a native promise as it is", () => {
    const promise = Promise.resolve(1)
    expect(thenableOf(promise)).toBe(promise)
  })

  it("reads the then of an object, or of a function, once", async () => {
    let readings = 0
    const read = (): ((settle: (value: string) => void) => void) => {
      readings += 1
      return (settle) => settle("came")
    }
    const objects = [thenableBy(read), thenableBy(read, () => {})]
    for (const object of objects) expect(await thenableOf(object)).toBe("came")
    expect(readings).toBe(2)
  })

  it("takes what a then does for a promise's: it throws, or calls back twice", async () => {
    const throwing = (): void => {
      throw boom
    }
    await expect(thenableOf(thenable(throwing))).rejects.toBe(boom)
    const twice = thenable((settle) => {
      settle(1)
      settle(2)
    })
    expect(await thenableOf<unknown>(twice)).toBe(1)
  })

  it("throws where the then cannot be read, and promiseOf gives a promise that fails", async () => {
    expect(() => thenableOf(unreadable)).toThrow(boom)
    await expect(promiseOf(unreadable)).rejects.toBe(boom)
    expect(isThenable(unreadable)).toBe(true)
  })
})

describe("carried", () => {
  it("gives what a promise hands over as it was looked at: plain values as they are, others without the second face", async () => {
    for (const value of [undefined, 1, "text", boom]) expect(carried(value)).toBe(value)
    for (const value of [twoFaced(0), twoFacedProxy(0)]) expect(await Promise.resolve(carried(value)).then(() => "came")).toBe("came")
  })
})

describe("follow", () => {
  const outcomeOf = (work: Promise<unknown>): Promise<unknown> => new Promise((resolve) => follow(work, resolve, resolve))

  it("gives what a promise holds though another look would find a thenable", async () => {
    for (const value of [twoFaced(), twoFacedProxy()]) expect(typeof (await outcomeOf((async () => value)()))).toBe("object")
  })

  it("goes on where the value has been made a thenable since", async () => {
    const value = {}
    const work = Promise.resolve(value)
    await undefined
    thenable((settle) => settle("came"), value)
    expect(await outcomeOf(work)).toBe("came")
  })

  it("gives up on what comes to itself, at once or later", async () => {
    const circle: object = thenable((settle) => settle(circle))
    const slow: object = thenable((settle) => void Promise.resolve().then(() => settle(slow)))
    for (const value of [circle, slow]) expect(await outcomeOf(thenableOf(value) as Promise<unknown>)).toBeInstanceOf(TypeError)
  })
})

describe("settled", () => {
  it("calls back with what a value comes to, the moment that it has, and fails with what that or the callback throws", async () => {
    const seen: unknown[] = []
    void settled(1, (value) => seen.push(value))
    expect(seen).toEqual([1])
    await settled(Promise.resolve(2), (value) => seen.push(value))
    expect(seen).toEqual([1, 2])
    await expect(settled(Promise.reject(boom), () => {})).rejects.toBe(boom)
    await expect(settled(unreadable, () => {})).rejects.toBe(boom)
    await expect(settled(3, raise)).rejects.toBe(boom)
  })
})

describe("handedOver", () => {
  it("throws for a thenable, and for what cannot be looked at; gives all else as carried does", () => {
    for (const value of [thenable(() => {}), unreadable]) expect(() => handedOver(value, () => boom)).toThrow(boom)
    const plain = {}
    expect(handedOver(plain, () => boom)).toBe(plain)
  })
})

describe("contain", () => {
  it("tells of what a callback's promise failed with, and of nothing else", async () => {
    const failures: unknown[] = []
    const tell = (error: unknown): void => void failures.push(error)
    for (const result of [1, undefined, Promise.resolve(2), Promise.reject(boom), unreadable, thenable(() => {})]) contain(result, tell)
    contain(Promise.reject(boom))
    await new Promise((resolve) => setImmediate(resolve))
    expect(failures).toEqual([boom, boom])
  })
})
