/** A place for a snapshot in memory, which can be looked at, spoiled and made to fail. */

import type { SnapshotPlace, SnapshotWriter } from "../../actors/store/snapshot.ts"

export class MemorySnapshot implements SnapshotPlace {
  /** The committed one. */
  kept: Uint8Array | undefined = undefined
  /** Those that were set aside, by name. */
  readonly aside = new Map<string, Uint8Array>()
  /** Writers that are neither committed nor given up. */
  open = 0
  /** The step that fails from now on. */
  failsAt: "read" | "write" | "append" | "commit" | "discard" | "setAside" | undefined = undefined

  async read(): Promise<AsyncIterable<Uint8Array> | undefined> {
    this.#fail("read")
    return this.kept === undefined ? undefined : inPieces(this.kept)
  }

  async write(): Promise<SnapshotWriter> {
    this.#fail("write")
    this.open += 1
    const pieces: Uint8Array[] = []
    let isOpen = true
    const end = (): void => {
      if (isOpen) this.open -= 1
      isOpen = false
    }
    return {
      append: async (piece) => {
        this.#fail("append")
        pieces.push(new Uint8Array(piece))
      },
      commit: async () => {
        this.#fail("commit")
        this.kept = Buffer.concat(pieces)
        end()
      },
      discard: async () => {
        end()
        this.#fail("discard")
      },
    }
  }

  async setAside(problem: string): Promise<string> {
    this.#fail("setAside")
    const name = `${problem}-${this.aside.size + 1}`
    this.aside.set(name, this.kept ?? new Uint8Array())
    this.kept = undefined
    return name
  }

  /** Each made when it is first asked for. */
  readonly parts = new Map<string, MemorySnapshot>()

  part(partition: number, partitions: number): MemorySnapshot {
    const name = `${partition} of ${partitions}`
    const place = this.parts.get(name) ?? new MemorySnapshot()
    this.parts.set(name, place)
    return place
  }

  #fail(step: string): void {
    if (step === this.failsAt) throw new Error(`${step} failed`)
  }
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
}
