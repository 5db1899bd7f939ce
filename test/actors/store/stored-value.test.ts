import { describe, expect, it } from "vitest"
import { copyIn, shareOut } from "../../../actors/store/stored-value.ts"
import { Invalid } from "../../../src/index.ts"
import { refusalBy, refusalOf } from "../../support/refusal.ts"
import { openStore } from "../../support/store-stage.ts"

class Session {
  user = "Alice"
}

function nested(levels: number): unknown {
  let value: unknown = "bottom"
  for (let level = 0; level < levels; level += 1) value = { next: value }
  return value
}

function depthOf(value: unknown): number {
  let levels = 0
  for (let part = value; typeof part === "object" && part !== null; part = (part as { next?: unknown }).next) levels += 1
  return levels
}

/** `2 ** levels` paths through `levels` objects. */
function folded(levels: number): unknown {
  let value: unknown = { leaf: true }
  for (let level = 0; level < levels; level += 1) value = { left: value, right: value }
  return value
}

describe("a value", () => {
  it("is copied before set returns: the caller may change it at once", async () => {
    const { cache } = await openStore()
    const value = { tags: ["a"], name: "Alice" }
    const written = cache.set("k", value)
    value.tags.push("b")
    value.name = "Eve"
    await written
    value.tags.push("c")
    expect(await cache.get("k")).toEqual({ tags: ["a"], name: "Alice" })
  })

  it("is frozen to the bottom", async () => {
    const { cache } = await openStore()
    await cache.set("k", { list: [{ deep: [1] }], none: null })
    const value = (await cache.get("k")) as { list: { deep: number[] }[]; none: unknown }
    expect(() => Object.assign(value, { none: 1 })).toThrow(TypeError)
    expect(() => value.list.push({ deep: [] })).toThrow(TypeError)
    expect(() => value.list[0]?.deep.push(2)).toThrow(TypeError)
    expect(await cache.get("k")).toEqual({ list: [{ deep: [1] }], none: null })
  })

  it("of plain data is shared out as it is: readers get one and the same", async () => {
    const { runtime, cache } = await openStore()
    const other = await runtime.acquire("app:cache")
    await cache.set("k", { a: [1] })
    const value = await cache.get("k")
    expect(await cache.get("k")).toBe(value)
    expect(await other.get("k")).toBe(value)
  })

  it("leaves the caller's own object as it was", async () => {
    const { cache } = await openStore()
    const value = { list: [1] }
    await cache.set("k", value)
    expect(Object.isFrozen(value)).toBe(false)
    expect(Object.isFrozen(value.list)).toBe(false)
  })

  const unfreezable: readonly (readonly [name: string, value: object, spoil: (read: never) => void])[] = [
    ["Map", new Map([["a", { b: 1 }]]), (read: Map<string, unknown>) => read.set("a", "spoiled")],
    ["Set", new Set([1, 2]), (read: Set<number>) => read.clear()],
    ["Date", new Date(1_000_000), (read: Date) => read.setTime(0)],
    ["Uint8Array", new Uint8Array([1, 2, 3]), (read: Uint8Array) => read.fill(0)],
    ["Float64Array", new Float64Array([1.5, Number.NaN]), (read: Float64Array) => read.fill(0)],
    ["ArrayBuffer", new Uint8Array([1, 2, 3]).buffer, (read: ArrayBuffer) => new Uint8Array(read).fill(0)],
    ["DataView", new DataView(new ArrayBuffer(4)), (read: DataView) => read.setInt8(0, 1)],
    ["RegExp", /a+/g, (read: RegExp) => Object.assign(read, { lastIndex: 5 })],
    ["Error", new TypeError("no"), (read: Error) => Object.assign(read, { message: "spoiled" })],
  ]
  it.each(unfreezable)("of a %s is copied out: what a reader does to it changes nothing", async (_, value, spoil) => {
    const { cache } = await openStore()
    for (const written of [value, { inside: [value] }]) {
      await cache.set("k", written)
      const first = await cache.get("k")
      const read = first as { readonly inside: readonly unknown[] }
      expect(first).toStrictEqual(written)
      expect(first).not.toBe(await cache.get("k"))
      spoil((written === value ? first : read.inside[0]) as never)
      expect(await cache.get("k")).toStrictEqual(written)
    }
  })

  it("of a Map is copied in: what the caller does to it afterwards changes nothing", async () => {
    const { cache } = await openStore()
    const value = new Map([["a", 1]])
    const written = cache.set("k", value)
    value.set("a", 2)
    await written
    expect(await cache.get("k")).toEqual(new Map([["a", 1]]))
  })
})

describe("copyIn", () => {
  const refused: readonly (readonly [field: string, value: unknown])[] = [
    ["value", undefined],
    ["value", () => {}],
    ["value", Symbol("s")],
    ["value", new Session()],
    ["value.onClick", { onClick: () => {} }],
    ["value.user.tags[1]", { user: { tags: ["a", Symbol("b")] } }],
    ["value[0].session", [{ session: new Session() }]],
    ["value.values()", new Map([["a", () => {}]])],
    ["value.keys()", new Map([[new Session(), 1]])],
    ["value.values()", new Set([new Session()])],
    ["value.cause", new Error("no", { cause: new Session() })],
    ["value.shared", { shared: new SharedArrayBuffer(8) }],
    ["value.view", { view: new Uint8Array(new SharedArrayBuffer(8)) }],
    ["value.promise", { promise: Promise.resolve() }],
    ["value.weak", { weak: new WeakMap() }],
    ["value.url", { url: new URL("https://example.org") }],
  ]
  it.each(refused)("refuses what cannot be stored as Invalid that names the place: %s", (field, value) => {
    const error = refusalBy(() => copyIn(value))
    expect(error).toMatchObject({ kind: "INVALID", retryable: false, details: { field } })
    expect(error.message.startsWith(`${field} `)).toBe(true)
  })

  it("refuses before anything is posted: the old value stays", async () => {
    const { runtime, cache } = await openStore()
    await cache.set("k", "old")
    const { accepted } = runtime.statistics()
    for (const [field, value] of refused) expect((await refusalOf(cache.set("k", value))).details.field).toBe(field)
    expect(runtime.statistics().accepted).toBe(accepted)
    expect(await cache.get("k")).toBe("old")
  })

  it("keeps an undefined within a value, as structured clone does", () => {
    expect(copyIn({ a: undefined, b: [undefined] })).toStrictEqual({ a: undefined, b: [undefined] })
  })

  it("keeps primitives as they are", () => {
    for (const value of ["", "text", 0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 10n ** 30n, true, false, null]) {
      expect(copyIn(value)).toBe(value)
    }
  })

  it("copies the own properties of an object without a prototype", () => {
    const copy = copyIn(Object.assign(Object.create(null), { a: 1 }))
    expect(copy).toEqual({ a: 1 })
    expect(Object.getPrototypeOf(copy)).toBe(null)
  })

  it("keeps the holes of a sparse array, and does not walk its length", () => {
    const sparse: unknown[] = []
    sparse[4_000_000_000] = "far"
    const copy = copyIn(sparse) as unknown[]
    expect(copy.length).toBe(4_000_000_001)
    expect(Object.keys(copy)).toEqual(["4000000000"])
    const holed: unknown[] = [1]
    holed[2] = 3
    expect(Object.keys(copyIn(holed) as unknown[])).toEqual(["0", "2"])
  })

  it("keeps cycles", () => {
    const value: { self?: unknown; list: unknown[] } = { list: [] }
    value.self = value
    value.list.push(value.list)
    const copy = copyIn(value) as typeof value
    expect(copy.self).toBe(copy)
    expect(copy.list[0]).toBe(copy.list)
    expect(copy).not.toBe(value)
    expect(Object.isFrozen(copy.list)).toBe(true)
  })

  it("keeps what the parts of a cyclic value share", () => {
    const part = { a: 1 }
    const value: Record<string, unknown> = { one: part, other: part }
    value.self = value
    const copy = copyIn(value) as typeof value
    expect(copy.one).toBe(copy.other)
    expect(copy.one).not.toBe(part)
  })

  it("takes a value with 2 ** 60 paths through it in the room of its parts", () => {
    let copy = copyIn(folded(60)) as { left: unknown; right: unknown }
    for (let level = 0; level < 59; level += 1) {
      expect(copy.left).toBe(copy.right)
      copy = copy.left as typeof copy
    }
    expect(copy.left).toEqual({ leaf: true })
  })

  it("takes a value with 2 ** 30 paths through it, none of them long, in the room of its parts", () => {
    const copy = copyIn(folded(30)) as { left: unknown; right: unknown }
    expect(copy.left).toBe(copy.right)
  })

  it("takes a value of a thousand levels, frozen to the bottom", () => {
    let copy = copyIn(nested(1000)) as { next: unknown }
    for (let level = 0; level < 999; level += 1) {
      expect(Object.isFrozen(copy)).toBe(true)
      copy = copy.next as typeof copy
    }
    expect(copy).toEqual({ next: "bottom" })
  })

  it("takes a value of any depth, beside what is copied out too, and shares it out", async () => {
    const { cache } = await openStore()
    for (const levels of [10_000, 200_000]) {
      await cache.set("k", nested(levels))
      expect(depthOf(await cache.get("k"))).toBe(levels)
      await cache.set("k", { next: nested(levels), at: new Date(0) })
      expect(depthOf(await cache.get("k"))).toBe(levels + 1)
    }
  })

  it("takes a wide value: two hundred thousand parts", () => {
    const rows = Array.from({ length: 200_000 }, (_, id) => ({ id }))
    const copy = copyIn(rows) as typeof rows
    expect(copy.length).toBe(200_000)
    expect(copy[199_999]).toEqual({ id: 199_999 })
    expect(Object.isFrozen(copy[199_999])).toBe(true)
  })

  it("cannot be made to set a prototype by an own __proto__", () => {
    for (const text of [
      '{"__proto__":{"isAdmin":true}}',
      '{"a":{"__proto__":{"isAdmin":true},"b":1}}',
      '{"constructor":{"prototype":{"isAdmin":true}}}',
    ]) {
      const value: unknown = JSON.parse(text)
      const copy = copyIn(value)
      expect(JSON.stringify(copy)).toBe(text)
      expect((copy as { isAdmin?: boolean }).isAdmin).toBeUndefined()
      expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
    }
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  })

  it("turns whatever an accessor or a proxy throws into Invalid with that as cause", () => {
    const cause = new RangeError("mine")
    const throwing = (): never => {
      throw cause
    }
    const values: readonly unknown[] = [
      Object.defineProperty({}, "a", { enumerable: true, get: throwing }),
      [Object.defineProperty({}, "a", { enumerable: true, get: throwing })],
      new Proxy({}, { ownKeys: throwing }),
      new Proxy({}, { getPrototypeOf: throwing }),
      new Proxy([1], { get: throwing }),
      new Map([["a", new Proxy({}, { getPrototypeOf: throwing })]]),
    ]
    for (const value of values) {
      const error = refusalBy(() => copyIn(value))
      expect(error).toMatchObject({ kind: "INVALID", details: { field: "value" } })
      expect(error.cause).toBe(cause)
    }
  })

  it("says of no value that it cannot be read where it is the caller's stack that is full", () => {
    const depth = (levels: number): number => (levels === 0 ? 0 : 1 + depth(levels - 1))
    const value = {
      get deep(): number {
        return depth(100)
      },
    }
    const outcomes = Array.from({ length: 40 }, (_, tens) => nearTheEnd(tens * 30 + 1, () => copyIn(value)))
    expect(outcomes.filter((outcome) => outcome instanceof Invalid)).toEqual([])
    expect(outcomes.some((outcome) => outcome instanceof RangeError)).toBe(true)
    expect(outcomes.at(-1)).toEqual({ deep: 100 })
  })

  it("says of a value that recurses for ever that it cannot be read", () => {
    const endless = {
      get again(): unknown {
        return { ...endless }
      },
    }
    const error = refusalBy(() => copyIn(endless))
    expect(error).toMatchObject({ kind: "INVALID", cause: expect.any(RangeError) })
  })

  it("refuses a proxy that was revoked as Invalid", () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(refusalBy(() => copyIn(proxy)).kind).toBe("INVALID")
  })

  it("reads an accessor's value into the copy, once for all", () => {
    let reads = 0
    const value = {
      get count(): number {
        reads += 1
        return reads
      },
    }
    const copy = copyIn(value) as { readonly count: number }
    expect([copy.count, copy.count]).toEqual([1, 1])
  })

  it("judges what is kept, not what an accessor shows on another reading", () => {
    for (let spoiling = 1; spoiling <= 40; spoiling += 1) {
      let reads = 0
      const value: Record<string, unknown> = {
        get part(): unknown {
          reads += 1
          return reads === spoiling ? new Map([["a", 1]]) : 1
        },
      }
      value.self = value
      const stored = copyIn(value)
      const before = structuredClone(shareOut(stored))
      const { part } = shareOut(stored) as { readonly part: unknown }
      if (part instanceof Map) part.clear()
      expect(shareOut(stored)).toEqual(before)
    }
  })

  it("finds what hangs on an array beside its items", () => {
    const list: unknown[] & { extra?: unknown } = []
    list.push(list)
    list.extra = new Map([["a", 1]])
    const stored = copyIn(list)
    const spoiled = shareOut(stored) as { readonly extra: Map<string, number> }
    spoiled.extra.clear()
    expect((shareOut(stored) as { readonly extra: Map<string, number> }).extra.size).toBe(1)
    list.extra = () => {}
    expect(refusalBy(() => copyIn(list)).details.field).toBe("value.extra")
  })
})

/** What `work` gives or throws some frames above the end of the stack. */
function nearTheEnd(frames: number, work: () => unknown): unknown {
  let left = frames
  const dive = (): unknown => {
    try {
      return dive()
    } catch (error) {
      left -= 1
      if (left > 0) throw error
    }
    try {
      return work()
    } catch (error) {
      return error
    }
  }
  return dive()
}
