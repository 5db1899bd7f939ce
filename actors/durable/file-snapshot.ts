/**
 * A store's snapshot in a file.
 *
 * Invariants
 * - The file is the last committed snapshot, whole, or absent: a new one is written beside it, synced, and renamed over it, and the folder synced.
 * - Nothing of another process is touched: a file beside it is made for this writer alone, or the next name is tried.
 * - A database is neither set aside nor written over: whoever has it open would lose what is in its log.
 * - It is readable by its owner alone: sessions are secrets.
 * - One program has it at a time: a lock beside it (`sessions.snapshot.lock`), which goes with its program, says so.
 *
 * What a killed process leaves beside it (`sessions.snapshot.HOST-PID-1.tmp`) stays, until a process of that name on that host writes again.
 */

import { realpathSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { Conflict, invalid, shown, Unavailable } from "../../src/index.ts"
import type { SnapshotPlace, SnapshotWriter } from "../store/snapshot.ts"
import { codeOf, errorOfFile } from "./file-errors.ts"
import type { FileLock, Files, OpenFile } from "./files.ts"
import { HOST_FILES } from "./host-files.ts"
import { presentDisk } from "./simulated-disk.ts"

/** About as many entries as are read in a few milliseconds: between pieces the host has its turn. */
const PIECE_BYTES = 65_536
const OWNER_ONLY = 0o600
/** Files set aside beside one: more than anybody looks at. */
const MOST_ASIDE = 100
const PROBLEM = /^[a-z]{1,32}$/
/** What a file of SQLite's begins with. Source  https://sqlite.org/fileformat.html, 1.3.1. */
const DATABASE = "SQLite format 3\0"

/** Temporary files that this process is writing, so that each writer has one of its own. A simulated disk ends with its world. */
const beingWritten = new WeakMap<Files, Set<string>>()

function temporariesOf(files: Files): Set<string> {
  const names = beingWritten.get(files) ?? new Set()
  beingWritten.set(files, names)
  return names
}

interface FileIdentity {
  readonly name: string
}

/** Of each path, as long as anybody knows a place there. */
const identities = new Map<string, WeakRef<FileIdentity>>()
const forgotten = new FinalizationRegistry<string>((path) => {
  if (identities.get(path)?.deref() === undefined) identities.delete(path)
})

function identityOf(given: string): FileIdentity {
  const path = placeOf(given)
  const known = identities.get(path)?.deref()
  if (known !== undefined) return known
  const identity = { name: `the snapshot in ${given}` }
  identities.set(path, new WeakRef(identity))
  forgotten.register(identity, path)
  return identity
}

/** Where a file of that name is made, by whatever links its folder is named. A link in its own place is replaced by it. */
function placeOf(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path))
  } catch {
    // There is no such folder: no store will start there.
    return path
  }
}

/**
 * Keeps a store's snapshot in a file, for `restore`: where a store of the next process finds what one of this process had.
 *
 * A new snapshot is written to a temporary file beside it, synced and renamed, so a crash at any moment leaves the old one or the new one, whole.
 * One that cannot be read is set aside as `PATH.torn-1` (`damaged`, `foreign`, …), and the store starts empty. One store a file: another, of
 * this program or of one that runs beside it, does not start while that one runs (Conflict), and none does at a database. An empty `PATH.lock`
 * beside it stays. Of one with partitions each has a file of its own beside it, `PATH.part-0-of-4`, so a store with another number of them
 * starts empty.
 *
 * Errors  Invalid for what is no path; each use Unavailable, `details.code` (no folder, no permission, no room, …), `retryable` where it may come right.
 * Cost    a snapshot takes its size on disk twice while it is written.
 *
 * @example
 * import { tmpdir } from "node:os"
 * import { join } from "node:path"
 *
 * const file = join(tmpdir(), "sessions.snapshot")
 * const sessions = store<User>({ snapshot: { to: fileSnapshot(file), everyMs: 30_000 } })
 * const first = await start({ "app:sessions": sessions })
 * await (await first.acquire("app:sessions")).set("user:1", { name: "Alice" }, 3600)
 * await first.stop()
 * await using next = await start({ "app:sessions": store<User>({ snapshot: { to: fileSnapshot(file) } }) })
 * await (await next.acquire("app:sessions")).get("user:1") // => { name: "Alice" }
 */
export function fileSnapshot(path: string): SnapshotPlace {
  if (typeof path !== "string" || path === "" || path.includes("\0")) throw invalid("path", `must be a path; got ${shown(path)}`)
  // Now: the working directory may be another one later.
  return new FileSnapshot(resolve(path))
}

export class FileSnapshot implements SnapshotPlace {
  readonly identity: FileIdentity
  readonly #path: string
  readonly #ownFiles: Files | undefined
  #lock: FileLock | undefined = undefined

  /** `path`: absolute. `files`: default those of the host, and while the program is in a simulation, those of its world. */
  constructor(path: string, files?: Files) {
    this.identity = identityOf(path)
    this.#path = path
    this.#ownFiles = files
  }

  get #files(): Files {
    return this.#ownFiles ?? presentDisk()?.files ?? HOST_FILES
  }

  async claim(): Promise<void> {
    if (this.#lock?.holds === true) return
    await this.leave()
    const { lock } = this.#files
    if (lock === undefined) return
    const path = `${placeOf(this.#path)}.lock`
    this.#lock = await lock(path)
    if (this.#lock !== undefined) return
    throw new Conflict(`${this.#path} is another program's: ${path} is locked`, { details: { path: this.#path } })
  }

  async leave(): Promise<void> {
    this.#lock?.release()
    this.#lock = undefined
  }

  async read(): Promise<AsyncIterable<Uint8Array> | undefined> {
    return (await this.#isThere()) ? this.#pieces() : undefined
  }

  async write(): Promise<SnapshotWriter> {
    await this.#checkNoDatabase()
    const files = this.#files
    const temporary = this.#nextTemporary(files)
    try {
      // One that an earlier process of this name has left. Anew, and not through a link that somebody else put there.
      await ignoring("ENOENT", files.unlink(temporary))
      const handle = await files.open(temporary, "wx", OWNER_ONLY)
      return new FileSnapshotWriter(this.#path, temporary, handle, files)
    } catch (error) {
      temporariesOf(files).delete(temporary)
      throw errorOfFile(temporary, "open", error)
    }
  }

  async setAside(problem: string): Promise<string> {
    if (!PROBLEM.test(problem)) throw invalid("problem", `must be one word of small letters; got ${shown(problem)}`)
    await this.#checkNoDatabase()
    const aside = await this.#reserved(problem)
    try {
      await this.#files.rename(this.#path, aside)
    } catch (error) {
      // A file system of a network may say so of what it has done all the same: what has come there is not thrown away.
      if (codeOf(error) === "ENOENT" || (await this.#isThere())) {
        await ignoring("ENOENT", this.#files.unlink(aside))
        throw errorOfFile(this.#path, "rename", error)
      }
    }
    await syncFolder(this.#path, this.#files)
    return aside
  }

  /** A file beside it: `PATH.part-0-of-4`. */
  part(partition: number, partitions: number): FileSnapshot {
    return new FileSnapshot(`${this.#path}.part-${partition}-of-${partitions}`, this.#ownFiles)
  }

  async #isThere(): Promise<boolean> {
    try {
      const found = await this.#files.stat(this.#path)
      if (found.isFile()) return true
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw errorOfFile(this.#path, "stat", error)
      return this.#hasFolder()
    }
    // A pipe would be waited for without end.
    throw new Unavailable(`${this.#path} is no file`, { details: { path: this.#path, step: "stat" }, retryable: false })
  }

  async #checkNoDatabase(): Promise<void> {
    if (!(await this.#isThere())) return
    for await (const piece of this.#pieces()) {
      if (new TextDecoder().decode(piece.subarray(0, DATABASE.length)) !== DATABASE) return
      throw new Conflict(`${this.#path} is a database, and no snapshot is kept in its place`, { details: { path: this.#path } })
    }
  }

  /** One that is absent would keep no snapshot either: that is told at once. */
  async #hasFolder(): Promise<false> {
    const folder = dirname(this.#path)
    await this.#files.stat(folder).catch((error: unknown) => {
      throw errorOfFile(folder, "stat", error)
    })
    return false
  }

  /** Opened when the first piece is asked for: what nobody reads holds no file open. */
  async *#pieces(): AsyncGenerator<Uint8Array, void> {
    let handle: OpenFile | undefined
    try {
      handle = await this.#files.open(this.#path, "r")
      for (;;) {
        const piece = new Uint8Array(PIECE_BYTES)
        const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES)
        if (bytesRead === 0) return
        yield piece.subarray(0, bytesRead)
      }
    } catch (error) {
      throw errorOfFile(this.#path, "read", error)
    } finally {
      await handle?.close()
    }
  }

  /** The first name that no writer of this process has: a number behind the process's, which no other on this host has. */
  #nextTemporary(files: Files): string {
    const taken = temporariesOf(files)
    const name = `${this.#path}.${files.writer}`
    let number = 1
    while (taken.has(`${name}-${number}.tmp`)) number += 1
    const temporary = `${name}-${number}.tmp`
    taken.add(temporary)
    return temporary
  }

  /** A name that nothing had, and that an empty file of ours has now. */
  async #reserved(problem: string): Promise<string> {
    for (let number = 1; number <= MOST_ASIDE; number += 1) {
      const aside = `${this.#path}.${problem}-${number}`
      const handle = await ignoring("EEXIST", this.#files.open(aside, "wx", OWNER_ONLY)).catch((error: unknown) => {
        throw errorOfFile(aside, "open", error)
      })
      if (handle === undefined) continue
      await handle.close()
      return aside
    }
    throw new Conflict(`${MOST_ASIDE} files were set aside beside ${this.#path}: look at them, and remove them`, {
      details: { path: this.#path, problem },
    })
  }
}

class FileSnapshotWriter implements SnapshotWriter {
  readonly #path: string
  readonly #temporary: string
  readonly #handle: OpenFile
  readonly #files: Files
  #isOpen = true
  /** Whether nothing of it is left to be removed. */
  #isDone = false

  constructor(path: string, temporary: string, handle: OpenFile, files: Files) {
    this.#path = path
    this.#temporary = temporary
    this.#handle = handle
    this.#files = files
  }

  async append(piece: Uint8Array): Promise<void> {
    this.#checkOpen()
    try {
      for (let at = 0; at < piece.length; ) at += (await this.#handle.write(piece, at)).bytesWritten
    } catch (error) {
      throw errorOfFile(this.#temporary, "write", error)
    }
  }

  async commit(): Promise<void> {
    this.#checkOpen()
    try {
      await this.#handle.sync()
      await this.#close()
      await this.#files.rename(this.#temporary, this.#path)
    } catch (error) {
      await this.discard().catch(() => {})
      throw errorOfFile(this.#path, "commit", error)
    }
    temporariesOf(this.#files).delete(this.#temporary)
    this.#isDone = true
    await syncFolder(this.#path, this.#files)
  }

  async discard(): Promise<void> {
    if (this.#isDone) return
    this.#isDone = true
    try {
      await this.#close()
    } finally {
      await ignoring("ENOENT", this.#files.unlink(this.#temporary)).catch((error: unknown) => {
        throw errorOfFile(this.#temporary, "unlink", error)
      })
      temporariesOf(this.#files).delete(this.#temporary)
    }
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    await this.#handle.close()
  }

  #checkOpen(): void {
    if (this.#isOpen) return
    throw new Conflict(`the snapshot ${this.#path} was committed or given up: nothing follows`, { details: { path: this.#path } })
  }
}

/** Makes a change of names outlive a crash of the machine. Windows has no such thing, and syncs them by itself. */
async function syncFolder(path: string, files: Files): Promise<void> {
  if (process.platform === "win32") return
  let handle: OpenFile | undefined
  try {
    handle = await files.open(dirname(path), "r")
    await handle.sync()
  } catch (error) {
    throw errorOfFile(dirname(path), "sync", error)
  } finally {
    await handle?.close()
  }
}

async function ignoring<Result>(code: string, promise: Promise<Result>): Promise<Result | undefined> {
  try {
    return await promise
  } catch (error) {
    if (codeOf(error) === code) return undefined
    throw error
  }
}
