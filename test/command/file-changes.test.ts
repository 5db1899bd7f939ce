/** When it is told that what files hold is something else: real files, and a real host that tells of them. */

import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { FileChanges, textsOf } from "../../command/file-changes.ts"
import { foldersOfFile } from "../support/config-folder.ts"

const folderWith = foldersOfFile()

/** Watches files that hold that, as long as `use` takes; gives what was told after each of its parts. */
async function watched(files: readonly string[], ...parts: readonly (() => unknown)[]): Promise<readonly (readonly string[])[]> {
  const over = new AbortController()
  const changes = new FileChanges(files, await textsOf(files), over.signal)
  const told: (readonly string[])[] = []
  for (const part of parts) {
    part()
    told.push(await changes.next())
  }
  over.abort()
  expect(await changes.next()).toEqual([])
  return told
}

function filesIn(...names: readonly string[]): readonly string[] {
  const folder = folderWith(Object.fromEntries(names.map((name) => [name, "old"])))
  return names.map((name) => join(folder, name))
}

describe.concurrent("a change", () => {
  it("is told once, however many writes it is made of", async () => {
    const [one = "", two = ""] = filesIn("one", "two")
    const first = (): void => {
      writeFileSync(one, "")
      writeFileSync(one, "new")
      writeFileSync(one, "newer")
    }
    expect(await watched([one, two], first, () => writeFileSync(two, "new"))).toEqual([[one], [two]])
  })

  it("is told of a file that another takes the name of", async () => {
    const [one = ""] = filesIn("one")
    const rename = (): void => {
      writeFileSync(`${one}.new`, "new")
      renameSync(`${one}.new`, one)
    }
    expect(await watched([one], rename)).toEqual([[one]])
  })

  it("is told of a file that is gone, and of one that has come back", async () => {
    const [one = ""] = filesIn("one")
    expect(
      await watched(
        [one],
        () => rmSync(one),
        () => writeFileSync(one, "old"),
      ),
    ).toEqual([[one], [one]])
  })

  it("is told where the host tells nothing: behind a link to a folder that is put elsewhere", async () => {
    const [inOne = "", inTwo = ""] = filesIn("a/app", "b/app")
    const root = join(inOne, "../..")
    writeFileSync(inTwo, "new")
    mkdirSync(join(root, "c"))
    symlinkSync(join(root, "a"), join(root, "data"))
    symlinkSync(join(root, "data", "app"), join(root, "c", "app"))
    const swap = (): void => {
      symlinkSync(join(root, "b"), join(root, "data.new"))
      renameSync(join(root, "data.new"), join(root, "data"))
    }
    // Not before it was looked at once.
    expect(await watched([join(root, "c", "app")], () => setTimeout(swap, 200))).toEqual([[join(root, "c", "app")]])
  })

  it("is none where a file is touched, or gone for a moment", async () => {
    const [one = "", two = ""] = filesIn("one", "two")
    const nothing = (): void => {
      utimesSync(one, new Date(), new Date())
      rmSync(one)
      setTimeout(() => writeFileSync(one, "old"), 300)
      setTimeout(() => writeFileSync(two, "new"), 600)
    }
    expect(await watched([one, two], nothing)).toEqual([[two]])
  })
})
