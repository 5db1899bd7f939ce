/** Plain data of every sort that a store carries, large enough to be measured: what the `copy` suite copies. */

const list = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))

/** By name; each makes about `size` parts. */
export const COPIED: Readonly<Record<string, (size: number) => unknown>> = {
  records: (size) => list(size, (n) => ({ id: n, name: `name ${n}`, isDone: true })),
  "records without a prototype": (size) =>
    list(size, (n) => Object.assign(Object.create(null), { id: n, name: `name ${n}`, isDone: true })),
  "nested records": (size) => list(size, (n) => ({ id: n, user: { name: "x", place: { at: [n, n + 1] } }, tags: ["a", "b"] })),
  "rows with Dates": (size) => list(size, (n) => ({ id: n, at: new Date(n), until: new Date(n + 1) })),
  Dates: (size) => list(size, (n) => new Date(n)),
  "a Map": (size) => new Map(list(size, (n) => [`key ${n}`, n])),
  "a Map of records": (size) => new Map(list(size, (n) => [`key ${n}`, { id: n }])),
  "small Maps": (size) => list(size, (n) => new Map([[n, n]])),
  "a Set": (size) => new Set(list(size, (n) => `key ${n}`)),
  "small Sets": (size) => list(size, (n) => new Set([n, -n])),
  patterns: (size) => list(size, (n) => new RegExp(`a${n % 100}`, "gi")),
  Buffers: (size) => list(size, (n) => Buffer.from(`body ${n}`)),
  "small typed arrays": (size) => list(size, (n) => new Uint8Array([n, 1, 2, 3])),
  "typed arrays of 64": (size) => list(size, (n) => new Float64Array(64).fill(n)),
  "a large typed array": (size) => new Float64Array(100 * size).fill(1.5),
  ArrayBuffers: (size) => list(size, (n) => new Uint8Array([n]).buffer),
  BigInts: (size) => list(size, BigInt),
  pairs: (size) => list(size, (n) => [n, n / 2]),
  "a long list": (size) => list(10 * size, (n) => n),
  "a dictionary": (size) => Object.fromEntries(list(10 * size, (n) => [`key ${n}`, n])),
  "a dictionary of records": (size) => Object.fromEntries(list(size, (n) => [`key ${n}`, { id: n }])),
  Errors: (size) => list(size / 10, (n) => new Error(`error ${n}`)),
  "Errors with causes": (size) => list(size / 10, (n) => new Error(`error ${n}`, { cause: new TypeError("cause") })),
}
