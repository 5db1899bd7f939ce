import { describe, expect, it } from "vitest"
import { contain, isThenable, promiseOf, thenableOf } from "../../src/kernel/thenable.ts"
import { thenable, thenableBy } from "../support/thenable.ts"

const boom = new Error("boom")

const unreadable = thenableBy(() => {
  throw boom
})

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
