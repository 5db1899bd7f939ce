import { describe, expect, it } from "vitest"
import { columnRoom } from "../../../actors/store/column-room.ts"
import { EntryColumns } from "../../../actors/store/entry-columns.ts"
import { NEVER, NO_IDLE } from "../../../actors/store/lifetime.ts"

function put(columns: EntryColumns, slot: number, version: number): void {
  columns.prepare(slot, version)
  columns.put(slot, `key ${slot}`, slot, version, NO_IDLE, NEVER, 0)
}

describe("EntryColumns", () => {
  it("keeps what stands in them while they grow", () => {
    const columns = new EntryColumns()
    for (let slot = 0; slot < 20_000; slot += 1) put(columns, slot, slot + 1)
    expect(columns.slots).toBe(20_000)
    for (let slot = 0; slot < 20_000; slot += 1) {
      expect([columns.keyAt(slot), columns.valueAt(slot), columns.versionAt(slot)]).toEqual([`key ${slot}`, slot, slot + 1])
    }
  })

  it("keeps nothing of what was cleared, and knows nothing of slots that are none yet", () => {
    const columns = new EntryColumns()
    for (let slot = 0; slot < 5000; slot += 1) put(columns, slot, slot + 1)
    for (const slot of [0, 2047, 2048, 4095, 4096]) {
      columns.clear(slot)
      expect([columns.keyAt(slot), columns.valueAt(slot)]).toEqual([undefined, undefined])
    }
    expect([columns.keyAt(2046), columns.keyAt(2049), columns.valueAt(4097)]).toEqual(["key 2046", "key 2049", 4097])
    expect([columns.keyAt(100_000), columns.keyAt(-1), columns.valueAt(100_000)]).toEqual([undefined, undefined, undefined])
  })

  it("tells idle times and ends of the entries that have one, and of others that they have none", () => {
    const columns = new EntryColumns()
    put(columns, 0, 1)
    columns.prepare(1, 2)
    columns.put(1, "slides", 1, 2, 10, 99, 0)
    put(columns, 2, 3)
    expect([0, 1, 2].map((slot) => columns.idleAt(slot))).toEqual([NO_IDLE, 10, NO_IDLE])
    expect(columns.limitAt(1)).toBe(99)
    columns.retime(2, 20, 50)
    columns.retime(1, NO_IDLE, NEVER)
    expect([1, 2].map((slot) => columns.idleAt(slot))).toEqual([NO_IDLE, 20])
    expect(columns.limitAt(2)).toBe(50)
    columns.clear(2)
    expect(columns.idleAt(2)).toBe(NO_IDLE)
  })

  it.each([2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 33 + 7, Number.MAX_SAFE_INTEGER])("tells version %i as it was given", (version) => {
    const columns = new EntryColumns()
    put(columns, 0, 1)
    put(columns, 1, version)
    for (let slot = 2; slot < 100; slot += 1) put(columns, slot, version)
    put(columns, 0, version)
    expect([0, 1, 99].map((slot) => columns.versionAt(slot))).toEqual([version, version, version])
  })

  it("tells versions from before the first long one as they were, and after it short ones in its slot", () => {
    const columns = new EntryColumns()
    put(columns, 0, 2 ** 32 - 1)
    put(columns, 1, 2 ** 32 + 1)
    expect(columns.versionAt(0)).toBe(2 ** 32 - 1)
    put(columns, 1, 5)
    expect(columns.versionAt(1)).toBe(5)
  })

  it("counts a slot once it is written, and one that is written again no more", () => {
    const columns = new EntryColumns()
    columns.prepare(0, 1)
    expect(columns.slots).toBe(0)
    put(columns, 0, 1)
    put(columns, 0, 2)
    columns.clear(0)
    expect(columns.slots).toBe(1)
  })

  it("gives slots that were cleared again, the last one first, and then new ones", () => {
    const columns = new EntryColumns()
    for (let slot = 0; slot < 4; slot += 1) put(columns, slot, slot + 1)
    for (const slot of [2, 0]) columns.clear(slot)
    put(columns, 1, 9)
    const given: number[] = []
    for (let count = 0; count < 4; count += 1) {
      given.push(columns.freeSlot)
      put(columns, columns.freeSlot, 10 + count)
    }
    expect(given).toEqual([0, 2, 4, 5])
    expect([0, 1, 2, 3, 4, 5].map((slot) => columns.versionAt(slot))).toEqual([10, 9, 11, 4, 12, 13])
  })
})

describe("columnRoom", () => {
  it("doubles short columns", () => {
    expect([columnRoom(1, 0), columnRoom(17, 16), columnRoom(4097, 4096)]).toEqual([16, 32, 8192])
  })

  it("takes less than a fifth of what is in use in advance, where columns are long", () => {
    for (let room = 8192; room < 2 ** 26; room = columnRoom(room + 1, room)) {
      expect(columnRoom(room + 1, room)).toBeGreaterThan(room)
      expect(columnRoom(room + 1, room)).toBeLessThan(room * 1.2)
    }
  })

  it("has room for what is asked for at least", () => {
    expect(columnRoom(100_000, 16)).toBe(100_000)
  })
})
