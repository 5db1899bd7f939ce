/** What a durable store keeps in memory of what is on disk: no more goes for one than is short, however heavy that is. */

import { expect, it } from "vitest"
import { type Row, UNHELD } from "../../../actors/durable/entry-row.ts"
import { RowMemory } from "../../../actors/durable/row-memory.ts"

const MOST = 2000

function row(bytes: number): Row {
  return { value: bytes, bytes, owner: UNHELD } as unknown as Row
}

it("is let go for a heavy one some at a time: it comes in once it has been asked for often enough, and nothing older stands in its place", () => {
  const memory = new RowMemory({ maxHotEntries: 10 * MOST, maxHotBytes: MOST }, () => 0)
  memory.keep("heavy", row(1))
  for (let n = 1; n < MOST; n += 1) memory.keep(`light ${n}`, row(1))
  for (let asked = 1; ; asked += 1) {
    expect(asked).toBeLessThan(10)
    const { evicted } = memory
    memory.keep("heavy", row(MOST))
    expect(memory.evicted - evicted).toBeLessThanOrEqual(513)
    if (memory.row("heavy") !== undefined) break
  }
  expect(memory.row("heavy")?.bytes).toBe(MOST)
})
