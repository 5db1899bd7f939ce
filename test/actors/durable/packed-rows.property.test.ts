/** Rows on their way between threads come out as they went in. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { keyOf } from "../../../actors/durable/key-bytes.ts"
import { entriesOf, factsOfAll, packChanges, packKeys, ROW, RowPacker, rowsOf } from "../../../actors/durable/packed-rows.ts"
import type { Change } from "../../../actors/durable.ts"

const number = fc.oneof(fc.maxSafeInteger(), fc.constant(8.64e15))
const said = fc.option(number, { nil: undefined })
const key = fc.string({ unit: "binary", maxLength: 5 })
const facts = { key, version: fc.maxSafeNat(), expiresAt: said, idleMs: said, limitAt: said }
const value = fc.uint8Array({ maxLength: 40 })
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ type: fc.constant("put" as const), ...facts, value }),
  fc.record({ type: fc.constant("touch" as const), ...facts }),
  fc.record({ type: fc.constant("remove" as const), key, version: fc.maxSafeNat() }),
)

const known = (one: number): number | undefined => (Number.isNaN(one) ? undefined : one)

describe("changes", () => {
  it("arrive as they were sent, and are copies", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
        const packed = packChanges(changes)
        const arrived = Array.from(rowsOf(packed), ({ sort, key, value, version, expiresAt, idleMs, limitAt }): Change => {
          if (sort === ROW.remove) return { type: "remove", key: keyOf(key), version }
          const rest = { key: keyOf(key), version, expiresAt: known(expiresAt), idleMs: known(idleMs), limitAt: known(limitAt) }
          return sort === ROW.touch ? { type: "touch", ...rest } : { type: "put", ...rest, value }
        })
        expect(arrived).toEqual(changes)
        expect(changes.some((one) => one.type === "put" && one.value.length > 0 && one.value.buffer === packed.bytes.buffer)).toBe(false)
      }),
    )
  })
})

describe("keys", () => {
  it("arrive in their order", () => {
    fc.assert(fc.property(fc.array(key), (keys) => void expect(Array.from(rowsOf(packKeys(keys)), (row) => keyOf(row.key))).toEqual(keys)))
  })
})

describe("rows that are found or not", () => {
  it("arrive in their order, whatever room was made for them", () => {
    const row = fc.option(fc.record({ ...facts, value }), { nil: undefined })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 20 }), fc.nat(200), (rows, room) => {
        const packer = new RowPacker(rows.length, room)
        for (const one of rows) {
          if (one === undefined) packer.addNone()
          else {
            const { version, expiresAt = Number.NaN, idleMs = Number.NaN, limitAt = Number.NaN } = one
            packer.add(ROW.facts, one.key, one.value, { version, expiresAt, idleMs, limitAt })
          }
        }
        expect(entriesOf(packer.done())).toEqual(rows)
        expect(factsOfAll(packer.done())).toEqual(rows.map((one) => one && (({ value: _, ...rest }) => rest)(one)))
      }),
    )
  })
})
