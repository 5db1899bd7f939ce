import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Invalid, Pid } from "../../src/index.ts"
import { ownCopy } from "../../src/service/own-copy.ts"
import { fieldOf } from "../support/errors.ts"

describe("ownCopy", () => {
  it("makes values of our own of plain data, whatever it holds (property)", () => {
    const data = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withNullPrototype: true,
    })
    fc.assert(
      fc.property(data, (value) => {
        expect(ownCopy(value)).toEqual(value)
      }),
    )
  })

  it("reads each part once, and carries nothing that would answer anew", () => {
    let reads = 0
    const twice = {
      get name(): string {
        reads += 1
        return reads === 1 ? "public" : "secret"
      },
    }
    const copy = ownCopy({ list: [twice] }) as { list: { name: string }[] }
    expect([copy.list[0]?.name, copy.list[0]?.name, reads]).toEqual(["public", "public", 1])
    const proxied = ownCopy(new Proxy({ name: "" }, { get: () => `read ${++reads}` })) as { name: string }
    expect([proxied.name, proxied.name]).toEqual(["read 2", "read 2"])
  })

  it("keeps parts that are shared shared, and ends where a value holds itself, at any depth", () => {
    const part = { n: 1 }
    const value: { parts: object[]; self?: object } = { parts: [part, part] }
    value.self = value
    const copy = ownCopy(value) as typeof value
    expect(copy.self).toBe(copy)
    expect(copy.parts[0]).toBe(copy.parts[1])
    expect(copy.parts[0]).not.toBe(part)
    let deep: object = {}
    for (let level = 0; level < 20_000; level += 1) deep = { deep }
    expect(ownCopy(deep) === deep).toBe(false)
  })

  it("gives a view its own bytes and no neighbour's, of the class that it was of", () => {
    const all = Uint8Array.from([1, 2, 3, 4])
    const copy = ownCopy(all.subarray(1, 3)) as Uint8Array
    expect([copy, copy.buffer.byteLength]).toEqual([Uint8Array.from([2, 3]), 2])
    expect((ownCopy(Buffer.from("hi")) as Buffer).toString("hex")).toBe("6869")
  })

  it("hands on functions, pids and abort signals as they are: their worth is in being the same", () => {
    const pid = Object.create(Pid.prototype)
    const { signal } = new AbortController()
    const run = (): void => {}
    expect(Object.values(ownCopy({ pid, signal, run }) as object)).toEqual([pid, signal, run])
    expect((ownCopy({ pid }) as { pid: unknown }).pid).toBe(pid)
  })

  it.each<[unknown, string]>([
    [{ files: [new (class File {})()] }, "argument.files.0"],
    [new (class Own extends Map {})(), "argument"],
    [{ at: new (class Own extends Uint8Array {})(1) }, "argument.at"],
    [Promise.resolve(), "argument"],
  ])("refuses an instance of a class, whose code is the caller's, and names it: %o", (value, field) => {
    expect(fieldOf(() => ownCopy(value))).toBe(field)
  })

  it("is Invalid for what throws when it is read, and sets no prototype", () => {
    const hostile = {
      get name(): never {
        throw new Error("no")
      },
    }
    expect(() => ownCopy(hostile)).toThrow(Invalid)
    const copy = ownCopy(JSON.parse('{"__proto__": {"isAdmin": true}}')) as { isAdmin?: boolean }
    expect([Object.getPrototypeOf(copy), copy.isAdmin]).toEqual([Object.prototype, undefined])
  })

  it("does not walk the length of an array that holds little", () => {
    const sparse: unknown[] = []
    sparse[2 ** 31] = "last"
    expect(Object.keys(ownCopy(sparse) as object)).toEqual([String(2 ** 31)])
  })
})
