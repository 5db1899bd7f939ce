/**
 * Files of a simulated disk, as snapshots are kept in them: what is written, put in its place or read is so in a step of its own, and its outcome arrives in
 * another. The rest of what is asked of files is done at once, as nobody could tell in which order it came.
 *
 * Invariants
 * - A file is put in its place as a whole, or not at all. It outlives whoever has written it, as a file does.
 * - It is what was written, but where a fault tears it (`tornFile`): then its end is lost.
 * - Writing, putting in place and reading fail where a fault falls (`fileFails`), done or not.
 *
 * Each folder is there, and empty when a schedule begins.
 */

import { callOutside, presentPlace, type World } from "../../src/simulation.ts"
import type { Files, OpenFile } from "../durable/files.ts"

interface Content {
  bytes: Uint8Array
  isTorn: boolean
}

export class SimulatedFiles implements Files {
  readonly writer = "world"
  readonly #world: World
  readonly #torn: (reader: string) => void
  readonly #contents = new Map<string, Content>()
  readonly #folders = new Set<string>()

  /** `torn`: told whose reading a file was torn in. */
  constructor(world: World, torn: (reader: string) => void) {
    this.#world = world
    this.#torn = torn
  }

  /** Whether what is there is what was written. */
  isWhole(path: string): boolean {
    return this.#contents.get(path)?.isTorn === false
  }

  readonly open: Files["open"] = async (path, flags) => {
    if (this.#folders.has(path)) return FOLDER
    this.#folders.add(folderOf(path))
    if (flags === "r") return this.#reader(path, this.#content(path))
    if (this.#contents.has(path)) throw problem("EEXIST", path)
    const made: Content = { bytes: new Uint8Array(0), isTorn: false }
    this.#contents.set(path, made)
    return this.#file(path, made)
  }

  readonly rename: Files["rename"] = async (from, to) => {
    await callOutside(this.#world, { name: nameOf(to), what: "rename", sort: "file", work: () => this.#rename(from, to) })
  }

  readonly stat: Files["stat"] = async (path) => {
    const isFile = this.#contents.has(path)
    if (!isFile && !this.#folders.has(path)) {
      this.#folders.add(folderOf(path))
      throw problem("ENOENT", path)
    }
    return { isFile: () => isFile }
  }

  readonly unlink: Files["unlink"] = async (path) => {
    if (!this.#contents.delete(path)) throw problem("ENOENT", path)
  }

  #rename(from: string, to: string): void {
    this.#contents.set(to, this.#content(from))
    this.#contents.delete(from)
  }

  #content(path: string): Content {
    const content = this.#contents.get(path)
    if (content === undefined) throw problem("ENOENT", path)
    return content
  }

  /** From its beginning to its end, as that is then. */
  #reader(path: string, content: Content): OpenFile {
    let at = 0
    const file = this.#file(path, content)
    const read: OpenFile["read"] = async (into, offset, length) => {
      if (at >= content.bytes.length) return { bytesRead: 0 }
      const work = (): number => {
        const piece = content.bytes.subarray(at, at + length)
        into.set(piece, offset)
        at += piece.length
        return piece.length
      }
      const { by = "" } = presentPlace(this.#world)
      const tear = (): void => {
        this.#tear(content)
        this.#torn(by)
      }
      return { bytesRead: await callOutside(this.#world, { name: nameOf(path), what: "read", sort: "file", work, tear }) }
    }
    return { ...file, read }
  }

  #file(path: string, content: Content): OpenFile {
    const write: OpenFile["write"] = async (piece, from) => {
      const written = piece.slice(from)
      const work = (): void => {
        content.bytes = joined(content.bytes, written)
      }
      await callOutside(this.#world, { name: nameOf(path), what: "write", sort: "file", work })
      return { bytesWritten: written.length }
    }
    return { ...FOLDER, write }
  }

  #tear(content: Content): void {
    content.bytes = content.bytes.slice(0, Math.floor(this.#world.random() * content.bytes.length))
    content.isTorn = true
  }
}

/** It can be synced and closed: what is said to be on this disk is. */
const FOLDER: OpenFile = {
  read: async () => ({ bytesRead: 0 }),
  write: async () => ({ bytesWritten: 0 }),
  sync: async () => {},
  close: async () => {},
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}

function problem(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.search(/[\\/][^\\/]*$/), 1))
}

/** What is told of it: the file that it is to become, without its folder, which is another on each machine. */
function nameOf(path: string): string {
  const name = path.split(/[\\/]/).at(-1) ?? path
  return name.replace(/\.world-\d+\.tmp$/, "")
}
