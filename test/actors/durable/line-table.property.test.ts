/** The lines of keys that somebody is at: a map that never makes itself smaller, judged by one that does. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { LineTable } from "../../../actors/durable/line-table.ts"

describe("a table of lines", () => {
  it("has what a map has", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 200 }), (keys) => {
        const table = new LineTable<object>()
        const model = new Map<string, object>()
        for (const each of keys) {
          const key = `k${each}`
          expect(table.get(key)).toBe(model.get(key))
          if (model.delete(key)) table.remove(key)
          else {
            const line = {}
            model.set(key, line)
            table.add(key, line)
          }
          expect(table.size).toBe(model.size)
        }
        expect(new Set(table.all())).toEqual(new Set(model.values()))
        for (const [key, line] of model) expect(table.get(key)).toBe(line)
      }),
    )
  })

  it("keeps what stays while a hundred thousand others come and go", () => {
    const table = new LineTable<{ readonly key: string }>()
    const staying = Array.from({ length: 100 }, (_, at) => ({ key: `stays${at}` }))
    for (const line of staying) table.add(line.key, line)
    for (let at = 0; at < 100_000; at += 1) {
      table.add(`goes${at}`, { key: `goes${at}` })
      table.remove(`goes${at}`)
    }
    expect([table.size, table.all(), table.get("goes5")]).toEqual([100, staying, undefined])
  })
})
