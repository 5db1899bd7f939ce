import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { open, rename, stat, unlink } from "node:fs/promises"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { FileSnapshot, fileSnapshot } from "../../../actors/durable/file-snapshot.ts"
import type { Files } from "../../../actors/durable/files.ts"
import { HOST_FILES } from "../../../actors/durable/host-files.ts"
import type { SnapshotPlace } from "../../../actors/store/snapshot.ts"
import { describeSnapshotPlace, textIn, writeText } from "../../contracts/snapshot-place.ts"
import { refusalBy, refusalOf } from "../../support/refusal.ts"

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pigeonhole-snapshot-"))
  path = join(folder, "app.snapshot")
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describeSnapshotPlace("a file", () => fileSnapshot(path))

const failure = (code: string): Error => Object.assign(new Error(`${code}: of the test`), { code })
const failing = (code: string) => async (): Promise<never> => {
  throw failure(code)
}

type FileHandle = Awaited<ReturnType<typeof open>>

/** The host's files, which write down what is done with them and may fail at one step. */
function watchedFiles(failsAt?: string, code = "EIO"): { readonly files: Files; readonly steps: string[] } {
  const steps: string[] = []
  const step = (name: string): void => {
    steps.push(name)
    if (name === failsAt) throw failure(code)
  }
  const kind = (file: string): string => (file === folder ? "folder" : file.endsWith(".tmp") ? "temporary" : "file")
  const watched = (handle: FileHandle, of: string): FileHandle =>
    new Proxy(handle, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member !== "function") return member
        return async (...values: unknown[]): Promise<unknown> => {
          // It is closed in any case: what is open is nobody's then.
          const closed: unknown = name === "close" ? await Reflect.apply(member, target, values) : undefined
          step(`${String(name)} ${of}`)
          return name === "close" ? closed : Reflect.apply(member, target, values)
        }
      },
    })
  const files: Files = {
    open: async (file, flags, mode) => {
      const of = kind(String(file))
      step(`open ${of}`)
      return watched(await open(file, flags, mode), of)
    },
    rename: async (from, to) => {
      step(`rename ${kind(String(from))}`)
      await rename(from, to)
    },
    stat,
    writer: HOST_FILES.writer,
    unlink: async (file) => {
      const isThere = existsSync(file)
      if (isThere) steps.push(`unlink ${kind(String(file))}`)
      await unlink(file)
    },
  }
  return { files, steps }
}

describeSnapshotPlace("a file of a partition", () => fileSnapshot(path).part?.(1, 4) as SnapshotPlace)

describe("fileSnapshot", () => {
  it("has another file for each partition, and for each number of them", async () => {
    const place = fileSnapshot(path)
    for (const [partition, partitions] of [
      [0, 2],
      [1, 2],
      [0, 3],
    ] as const) {
      await writeText(place.part?.(partition, partitions) as SnapshotPlace, `${partition} of ${partitions}`)
    }
    expect(readdirSync(folder).toSorted()).toEqual(["app.snapshot.part-0-of-2", "app.snapshot.part-0-of-3", "app.snapshot.part-1-of-2"])
    expect(await textIn(fileSnapshot(path).part?.(1, 2) as SnapshotPlace)).toBe("1 of 2")
  })

  it("is the file and nothing else, for whoever asks for that path", async () => {
    await writeText(fileSnapshot(path), "one")
    expect(await textIn(fileSnapshot(path))).toBe("one")
    expect(readFileSync(path, "utf8")).toBe("one")
    expect(readdirSync(folder)).toEqual(["app.snapshot"])
  })

  it("gives a large one in pieces of bounded size", async () => {
    await writeText(fileSnapshot(path), "x".repeat(1_000_000))
    const sizes: number[] = []
    for await (const piece of (await fileSnapshot(path).read()) ?? []) sizes.push(piece.length)
    expect(sizes.reduce((sum, size) => sum + size)).toBe(1_000_000)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(65_536)
  })

  it("that is given up leaves nothing, and takes nothing more", async () => {
    const writer = await fileSnapshot(path).write()
    await writer.append(Buffer.from("new"))
    await writer.discard()
    expect(readdirSync(folder)).toEqual([])
    expect((await refusalOf(writer.append(Buffer.from("more")))).kind).toBe("CONFLICT")
    expect((await refusalOf(writer.commit())).kind).toBe("CONFLICT")
  })

  it("is not touched by a writer that has committed", async () => {
    const place = fileSnapshot(path)
    const writer = await place.write()
    await writer.append(Buffer.from("one"))
    await writer.commit()
    await writer.discard()
    expect((await refusalOf(writer.append(Buffer.from("more")))).kind).toBe("CONFLICT")
    expect(await textIn(place)).toBe("one")
  })

  it("writes for each writer a file of its own, and touches none of another process", async () => {
    const theirs = [`${path}.elsewhere-1-1.tmp`, `${path}.tmp`, `${path}.${hostname()}-${process.pid + 1}-1.tmp`]
    for (const other of theirs) writeFileSync(other, "theirs")
    const place = fileSnapshot(path)
    const writers = await Promise.all([place.write(), fileSnapshot(path).write()])
    expect(readdirSync(folder)).toHaveLength(theirs.length + 2)
    for (const [at, writer] of writers.entries()) {
      await writer.append(Buffer.from(`${at}`))
      await writer.commit()
    }
    expect(await textIn(place)).toBe("1")
    for (const other of theirs) expect(readFileSync(other, "utf8")).toBe("theirs")
  })

  it("writes anew what an earlier process of this one's name has left, and follows no link that was put there", async () => {
    const other = join(folder, "other")
    writeFileSync(other, "other")
    const left = `${path}.${hostname()}-${process.pid}-1.tmp`
    symlinkSync(other, left)
    await writeText(fileSnapshot(path), "mine")
    expect(readFileSync(other, "utf8")).toBe("other")
    writeFileSync(left, "left, and much longer than what is written")
    await writeText(fileSnapshot(path), "mine")
    expect(await textIn(fileSnapshot(path))).toBe("mine")
    expect(readdirSync(folder).toSorted()).toEqual(["app.snapshot", "other"])
  })

  it.skipIf(process.platform === "win32")("is readable by its owner alone", async () => {
    writeFileSync(path, "old")
    chmodSync(path, 0o644)
    await writeText(fileSnapshot(path), "new")
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it("stands where it was when it was made, wherever the process goes", async () => {
    const before = process.cwd()
    try {
      process.chdir(folder)
      const place = fileSnapshot("app.snapshot")
      process.chdir(before)
      await writeText(place, "one")
    } finally {
      process.chdir(before)
    }
    expect(readFileSync(path, "utf8")).toBe("one")
  })

  it.each(["", "a\0b", undefined, null, 5, {}])("refuses what is no path: %j", (wrong) => {
    expect(refusalBy(() => fileSnapshot(wrong as string))).toMatchObject({ kind: "INVALID", details: { field: "path" } })
  })
})

describe("setAside", () => {
  it("keeps what cannot be read, beside it, and under a name that says why", async () => {
    const place = fileSnapshot(path)
    writeFileSync(path, "first")
    expect(await place.setAside("torn")).toBe(`${path}.torn-1`)
    writeFileSync(path, "second")
    expect(await place.setAside("torn")).toBe(`${path}.torn-2`)
    writeFileSync(path, "third")
    expect(await place.setAside("foreign")).toBe(`${path}.foreign-1`)
    expect([1, 2].map((n) => readFileSync(`${path}.torn-${n}`, "utf8"))).toEqual(["first", "second"])
    expect(readdirSync(folder)).toHaveLength(3)
  })

  it("leaves nothing behind where there was nothing to be moved", async () => {
    expect(await refusalOf(fileSnapshot(path).setAside("torn"))).toMatchObject({ kind: "UNAVAILABLE", details: { code: "ENOENT" } })
    expect(readdirSync(folder)).toEqual([])
  })

  it("loses nothing where the file system says of a move that it has failed, and has done it", async () => {
    writeFileSync(path, "first")
    const moves: Files["rename"] = async (from, to) => {
      await rename(from, to)
      throw failure("EIO")
    }
    expect(await new FileSnapshot(path, { ...HOST_FILES, rename: moves }).setAside("torn")).toBe(`${path}.torn-1`)
    expect(readFileSync(`${path}.torn-1`, "utf8")).toBe("first")
    writeFileSync(path, "second")
    expect(await refusalOf(new FileSnapshot(path, { ...HOST_FILES, rename: failing("EIO") }).setAside("torn"))).toMatchObject({
      details: { code: "EIO" },
    })
    expect(readdirSync(folder).toSorted()).toEqual(["app.snapshot", "app.snapshot.torn-1"])
  })

  it("ends somewhere: a hundred are enough", async () => {
    for (let n = 1; n <= 100; n += 1) writeFileSync(`${path}.torn-${n}`, "")
    writeFileSync(path, "one more")
    expect((await refusalOf(fileSnapshot(path).setAside("torn"))).kind).toBe("CONFLICT")
    expect(readFileSync(path, "utf8")).toBe("one more")
  })

  it.each(["", "../x", "Torn", "a b", "x".repeat(33)])("refuses a problem that is no word: %j", async (problem) => {
    expect((await refusalOf(fileSnapshot(path).setAside(problem))).details.field).toBe("problem")
  })
})

describe("what goes wrong with files", () => {
  it("is told: no folder, where one reads and where one writes", async () => {
    const place = fileSnapshot(join(folder, "absent", "app.snapshot"))
    for (const call of [() => place.read(), () => place.write(), () => place.setAside("torn")]) {
      expect(await refusalOf(call())).toMatchObject({ kind: "UNAVAILABLE", retryable: false, details: { code: "ENOENT" } })
    }
  })

  it("is told: a folder in its place, or in the place of its folder something else", async () => {
    mkdirSync(path)
    expect(await refusalOf(fileSnapshot(path).read())).toMatchObject({ kind: "UNAVAILABLE", retryable: false })
    expect((await refusalOf(writeText(fileSnapshot(path), "one"))).kind).toBe("UNAVAILABLE")
    expect(readdirSync(folder)).toEqual(["app.snapshot"])
    writeFileSync(join(folder, "file"), "")
    const within = fileSnapshot(join(folder, "file", "app.snapshot"))
    expect(await refusalOf(within.read())).toMatchObject({ kind: "UNAVAILABLE", details: { code: "ENOTDIR" } })
  })

  const steps = ["open temporary", "write temporary", "sync temporary", "close temporary", "rename temporary"]

  it.each(steps)("leaves the old snapshot and nothing else: %s", async (failsAt) => {
    await writeText(fileSnapshot(path), "old")
    for (const [code, retryable] of [
      ["ENOSPC", true],
      ["EACCES", false],
      ["EROFS", false],
      ["EDQUOT", true],
      ["EWHAT", true],
    ] as const) {
      const { files } = watchedFiles(failsAt, code)
      const place = new FileSnapshot(path, files)
      const writing = async (): Promise<void> => {
        const writer = await place.write()
        try {
          await writer.append(Buffer.from("new"))
          await writer.commit()
        } catch (error) {
          await writer.discard()
          throw error
        }
      }
      expect(await refusalOf(writing())).toMatchObject({ kind: "UNAVAILABLE", retryable, details: { code } })
      expect(readdirSync(folder)).toEqual(["app.snapshot"])
      expect(await textIn(place)).toBe("old")
    }
  })

  it("is told where the folder cannot be synced: the new snapshot is there, and might not outlive a crash of the machine", async () => {
    const place = new FileSnapshot(path, watchedFiles("sync folder").files)
    expect(await refusalOf(writeText(place, "new"))).toMatchObject({ kind: "UNAVAILABLE", details: { step: "sync" } })
    expect(await textIn(place)).toBe("new")
    expect(readdirSync(folder)).toEqual(["app.snapshot"])
  })

  it("is told where it cannot be read", async () => {
    await writeText(fileSnapshot(path), "one")
    expect(await refusalOf(textIn(new FileSnapshot(path, watchedFiles("read file").files)))).toMatchObject({
      kind: "UNAVAILABLE",
      details: { path, code: "EIO" },
    })
    const files: Files = { ...watchedFiles().files, stat: failing("EACCES") }
    expect(await refusalOf(new FileSnapshot(path, files).read())).toMatchObject({ retryable: false, details: { code: "EACCES" } })
  })
})

describe("a commit", () => {
  it("syncs the file before it is renamed, and the folder afterwards", async () => {
    const { files, steps } = watchedFiles()
    await writeText(new FileSnapshot(path, files), "one", "two")
    expect(steps).toEqual([
      ...["open temporary", "write temporary", "write temporary", "sync temporary", "close temporary"],
      ...["rename temporary", "open folder", "sync folder", "close folder"],
    ])
  })

  it("writes all of a piece, where the host takes a part of it", async () => {
    const halving: Files = {
      ...watchedFiles().files,
      open: async (file, flags, mode) => {
        const handle = await open(file, flags, mode)
        const write = (bytes: Uint8Array, at: number) => handle.write(bytes, at, Math.ceil((bytes.length - at) / 2))
        return new Proxy(handle, {
          get: (target, name) => {
            const member: unknown = Reflect.get(target, name, target)
            return name === "write" ? write : typeof member === "function" ? member.bind(target) : member
          },
        })
      },
    }
    await writeText(new FileSnapshot(path, halving), "a text that is written in parts")
    expect(await textIn(fileSnapshot(path))).toBe("a text that is written in parts")
  })
})
