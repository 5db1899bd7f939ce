import { describe, expect, it } from "vitest"
import type { CutEntry } from "../../../actors/store/snapshot-cut.ts"
import type { SnapshotEntry } from "../../../actors/store/snapshot-format.ts"
import { readSnapshot, type SnapshotOutcome } from "../../../actors/store/snapshot-reading.ts"
import { SnapshotTaking } from "../../../actors/store/snapshot-taking.ts"
import { copyIn } from "../../../actors/store/stored-value.ts"
import { describeSnapshotPlace } from "../../contracts/snapshot-place.ts"
import { MemorySnapshot } from "../../support/memory-snapshot.ts"

describeSnapshotPlace("memory", () => new MemorySnapshot())

const NEVER = Number.POSITIVE_INFINITY
const HEAD = { epoch: "e1", lastVersion: 7, cutAt: 1000 }

const tableOf = (
  values: readonly unknown[],
): { slots: number; entries: (CutEntry | undefined)[]; entryAt(slot: number): CutEntry | undefined } => {
  const entries = values.map((value, n) => ({
    key: `key ${n}`,
    value: copyIn(value),
    version: n,
    deadline: NEVER,
    idleMs: 0,
    limit: NEVER,
  }))
  return { slots: entries.length, entries, entryAt: (slot) => entries[slot] }
}

async function kept(place: MemorySnapshot): Promise<{ outcome: SnapshotOutcome; entries: SnapshotEntry[] }> {
  const entries: SnapshotEntry[] = []
  const outcome = await readSnapshot(place, (some) => entries.push(...some))
  return { outcome, entries }
}

async function taken(place: MemorySnapshot, values: readonly unknown[]): Promise<void> {
  const taking = new SnapshotTaking(place, tableOf(values), HEAD, 0)
  while (taking.step(100)) await taking.write()
  await taking.commit()
}

describe("a snapshot that is taken", () => {
  it("is the table at the moment of the cut, whatever is changed between its slices", async () => {
    const place = new MemorySnapshot()
    const table = tableOf(Array.from({ length: 3000 }, (_, n) => ({ n, text: "v".repeat(100) })))
    const taking = new SnapshotTaking(place, table, HEAD, 0)
    for (let round = 0; taking.step(50); round += 1) {
      for (const slot of [(round * 37) % 3000, 2999 - round, round * 50]) {
        taking.cut.beforeChange(slot)
        table.entries[slot] = undefined
      }
      await taking.write()
      expect(place.kept).toBeUndefined()
    }
    const report = await taking.commit()
    expect(report).toEqual({ entries: 3000, bytes: place.kept?.length, leftOut: 0, firstLeftOut: undefined })
    const { outcome, entries } = await kept(place)
    expect(outcome).toEqual({ status: "read", head: HEAD, entries: 3000, leftOut: 0 })
    expect(entries.map(({ version }) => version).toSorted((one, other) => one - other)).toEqual(Array.from({ length: 3000 }, (_, n) => n))
    expect(entries.find(({ version }) => version === 37)?.value).toEqual({ n: 37, text: "v".repeat(100) })
  })

  it("has nothing waiting once it was written, so a place that is slow holds no more than a slice", async () => {
    const place = new MemorySnapshot()
    const taking = new SnapshotTaking(place, tableOf(Array.from({ length: 2000 }, () => "v".repeat(1000))), HEAD, 0)
    while (taking.step(100)) {
      expect(taking.waitingBytes).toBeLessThan(300_000)
      await taking.write()
      expect(taking.waitingBytes).toBe(0)
    }
    await taking.commit()
    expect(place.open).toBe(0)
  })

  it("of an empty table is a snapshot of nothing", async () => {
    const place = new MemorySnapshot()
    await taken(place, [])
    expect(await kept(place)).toMatchObject({ outcome: { status: "read", entries: 0 }, entries: [] })
  })

  it("says what was left out", async () => {
    const place = new MemorySnapshot()
    const taking = new SnapshotTaking(place, tableOf([1, new Blob(["x"]), 2]), HEAD, 0)
    while (taking.step(100));
    expect(await taking.commit()).toMatchObject({ entries: 2, leftOut: 1, firstLeftOut: { key: "key 1" } })
    expect((await kept(place)).outcome).toMatchObject({ status: "read", leftOut: 1 })
  })

  it("may be given up at any time, before it was begun to be written too, and changes nothing", async () => {
    const place = new MemorySnapshot()
    await taken(place, ["old"])
    const before = place.kept
    const never = new SnapshotTaking(place, tableOf(["new"]), HEAD, 0)
    await never.discard()
    const begun = new SnapshotTaking(place, tableOf(["new"]), HEAD, 0)
    begun.step(1)
    await begun.write()
    await begun.discard()
    expect([place.kept, place.open]).toEqual([before, 0])
  })

  it.each(["write", "append", "commit"] as const)("that fails at %s leaves the old one, and nothing open", async (failsAt) => {
    const place = new MemorySnapshot()
    await taken(place, ["old"])
    const before = place.kept
    place.failsAt = failsAt
    const taking = new SnapshotTaking(place, tableOf(["new"]), HEAD, 0)
    taking.step(10)
    await expect(taking.commit()).rejects.toThrow(`${failsAt} failed`)
    expect([place.kept, place.open]).toEqual([before, 0])
  })
})

describe("a snapshot that is read", () => {
  it("may be none", async () => {
    expect(await kept(new MemorySnapshot())).toEqual({ outcome: { status: "none" }, entries: [] })
  })

  it("is set aside where it cannot be read, and why is said", async () => {
    const spoilt: readonly (readonly [problem: string, spoil: (bytes: Uint8Array) => Uint8Array])[] = [
      ["torn", (bytes) => bytes.subarray(0, -1)],
      ["torn", () => new Uint8Array()],
      ["foreign", () => Buffer.from("a letter to Alice")],
      ["damaged", (bytes) => bytes.with(bytes.length - 20, (bytes.at(-20) as number) ^ 1)],
    ]
    for (const [problem, spoil] of spoilt) {
      const place = new MemorySnapshot()
      await taken(place, ["a", "b"])
      place.kept = spoil(place.kept as Uint8Array)
      const bytes = place.kept
      const { outcome } = await kept(place)
      expect(outcome).toMatchObject({ status: "refused", aside: `${problem}-1`, error: { kind: "INVALID", details: { problem } } })
      expect([place.kept, place.aside.get(`${problem}-1`)]).toEqual([undefined, bytes])
    }
  })

  it("is left where it is when the place fails, for it may be sound", async () => {
    const place = new MemorySnapshot()
    await taken(place, ["a"])
    const before = place.kept
    place.failsAt = "read"
    await expect(kept(place)).rejects.toThrow("read failed")
    expect(place.kept).toBe(before)
  })

  it("is left where it is when whoever takes its entries fails", async () => {
    const place = new MemorySnapshot()
    await taken(place, ["a"])
    await expect(
      readSnapshot(place, () => {
        throw new RangeError("no room")
      }),
    ).rejects.toThrow("no room")
    expect([place.kept === undefined, place.aside.size]).toEqual([false, 0])
  })
})
