/** What every place for a snapshot has to do, whatever it is. */

import { describe, expect, it } from "vitest"
import type { SnapshotPlace } from "../../actors/store/snapshot.ts"

export async function textIn(place: SnapshotPlace): Promise<string | undefined> {
  const pieces = await place.read()
  if (pieces === undefined) return undefined
  const read: Uint8Array[] = []
  for await (const piece of pieces) read.push(new Uint8Array(piece))
  return Buffer.concat(read).toString()
}

export async function writeText(place: SnapshotPlace, ...texts: readonly string[]): Promise<void> {
  const writer = await place.write()
  for (const text of texts) {
    const piece = Buffer.from(text)
    await writer.append(piece)
    // It belongs to who gave it again.
    piece.fill(0)
  }
  await writer.commit()
}

/** `make`: a place where nothing is kept yet. */
export function describeSnapshotPlace(name: string, make: () => SnapshotPlace): void {
  describe(`${name}, as a place for a snapshot`, () => {
    it("has nothing at first, and then what was committed last, whole", async () => {
      const place = make()
      expect(await textIn(place)).toBeUndefined()
      await writeText(place, "one ", "two")
      expect(await textIn(place)).toBe("one two")
      expect(await textIn(place)).toBe("one two")
      await writeText(place, "three")
      expect(await textIn(place)).toBe("three")
      await writeText(place, "x".repeat(300_000), "y".repeat(300_000))
      expect(await textIn(place)).toBe("x".repeat(300_000) + "y".repeat(300_000))
    })

    it("keeps the old one until the new one is committed, and for good where that is given up, once or twice", async () => {
      const place = make()
      await writeText(place, "old")
      const writer = await place.write()
      await writer.append(Buffer.from("new"))
      expect(await textIn(place)).toBe("old")
      await writer.discard()
      await writer.discard()
      expect(await textIn(place)).toBe("old")
      await writeText(place, "newer")
      expect(await textIn(place)).toBe("newer")
    })

    it("gives what is being read to its end, whatever is committed meanwhile", async () => {
      const place = make()
      await writeText(place, "o".repeat(600_000))
      let read = ""
      for await (const piece of (await place.read()) ?? []) {
        if (read === "") await writeText(place, "new")
        read += Buffer.from(piece).toString()
      }
      expect(read).toBe("o".repeat(600_000))
      expect(await textIn(place)).toBe("new")
    })

    it("has nothing once what it had was set aside, each under a name of its own, and can be written again", async () => {
      const place = make()
      const names: string[] = []
      for (const problem of ["torn", "torn", "foreign"]) {
        await writeText(place, problem)
        names.push(await place.setAside(problem))
        expect(await textIn(place)).toBeUndefined()
      }
      expect(new Set(names).size).toBe(3)
      await writeText(place, "sound")
      expect(await textIn(place)).toBe("sound")
    })
  })
}
