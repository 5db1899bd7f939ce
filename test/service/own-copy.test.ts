import fc from "fast-check"
import { describe, expect, it, vi } from "vitest"
import { Invalid, Mailbox, Pid } from "../../src/index.ts"
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

  it("hands on functions and pids as they are: their worth is in being the same", () => {
    const pid = new Pid(7, {} as never)
    const run = (): void => {}
    const copy = ownCopy({ pid, run }) as { pid: unknown; run: unknown }
    expect([copy.pid === pid, copy.run === run]).toEqual([true, true])
  })

  it("gives an abort signal that follows the caller's, and carries nothing beside", () => {
    const controller = new AbortController()
    const signal = Object.assign(controller.signal, { name: "public" })
    const copy = ownCopy(signal) as typeof signal
    expect([copy instanceof AbortSignal, copy.name, copy.aborted]).toEqual([true, undefined, false])
    controller.abort("enough")
    expect([copy.aborted, copy.reason]).toEqual([true, "enough"])
  })

  it.each<[string, () => object]>([
    ["a pid with a part of the caller's", () => Object.assign(new Pid(7, {} as never), { name: "public" })],
    ["a pid that says another number", () => Object.assign(new Pid(7, {} as never), { id: 8 })],
    ["an object made of a pid", () => Object.create(new Pid(7, {} as never))],
    ["a proxy of a pid", () => new Proxy(new Pid(7, {} as never), {})],
    ["an object with the prototype of mailboxes", () => Object.create(Mailbox.prototype)],
    ["a mailbox that nobody was given", () => new (class Own extends Mailbox {})({} as never)],
    ["a view whose prototype only names a class of the host's", () => named(new Uint8Array(1), Uint8Array)],
  ])("refuses what only looks like something that is handed on: %s", (_what, make) => {
    expect(fieldOf(() => ownCopy(make()))).toBe("argument")
    expect(fieldOf(() => ownCopy({ part: make() }))).toBe("argument.part")
  })

  it("keeps a pid that it has handed on as it was looked at", () => {
    const pid = ownCopy(new Pid(7, {} as never)) as object
    expect(() => Object.assign(pid, { id: 8 })).toThrow(TypeError)
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

  it("knows the host's classes and copies by the host, whatever a test puts in their place", () => {
    const { signal } = new AbortController()
    const value = { at: new Date(7), error: new RangeError("far"), signal }
    for (const name of ["Date", "RangeError", "structuredClone", "AbortSignal"]) vi.stubGlobal(name, undefined)
    try {
      const copy = ownCopy(value) as typeof value
      expect([copy.at.getTime(), copy.error.message, copy.signal.aborted]).toEqual([7, "far", false])
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it("takes dates of a test's fake clock, and makes dates of them, after its time too", () => {
    vi.useFakeTimers()
    const at = new Date(7)
    try {
      expect((ownCopy({ at }) as { at: Date }).at.getTime()).toBe(7)
    } finally {
      vi.useRealTimers()
    }
    expect(Object.getPrototypeOf((ownCopy({ at }) as { at: Date }).at)).toBe(Date.prototype)
  })

  it("does not walk the length of an array that holds little", () => {
    const sparse: unknown[] = []
    sparse[2 ** 31] = "last"
    expect(Object.keys(ownCopy(sparse) as object)).toEqual([String(2 ** 31)])
  })
})

function named(value: object, host: { readonly prototype: object }): object {
  return Object.setPrototypeOf(value, Object.create(host.prototype, { constructor: { value: host } }))
}
