/** What was decided of some keys, until what has become of it is told. */

import { describe, expect, it } from "vitest"
import { OneRow, Write } from "../../../actors/durable/key-line.ts"

const nobody = { committed: () => {}, failed: () => {} }
const write = (): Write =>
  new Write({ rows: new OneRow("a", undefined), changes: [{ type: "remove", key: "a", version: 1 }], cause: "delete" }, 1, nobody)

describe("a write that is settled", () => {
  it("holds nothing of what was decided, whoever still knows of it", () => {
    const one = write()
    expect([one.rows.size, one.decided.changes.length]).toEqual([1, 1])
    one.settle()
    expect([one.rows.size, one.decided.changes]).toEqual([0, []])
  })

  it("has told all who wanted to know, in their order, each once; who asks afterwards is told at once", () => {
    const told: string[] = []
    const one = write()
    for (const who of ["a", "b", "c"]) one.whenSettled(() => void told.push(who))
    expect(told).toEqual([])
    one.settle()
    one.settle()
    one.whenSettled(() => void told.push("d"))
    expect(told).toEqual(["a", "b", "c", "d"])
  })

  it("tells however many there are, whatever room there is on the stack", () => {
    const one = write()
    const told: number[] = []
    for (let n = 0; n < 100_000; n += 1) one.whenSettled(() => void told.push(n))
    one.settle()
    expect(told).toHaveLength(100_000)
  })
})
