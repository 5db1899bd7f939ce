/**
 * Tells when what files hold has become something else.
 *
 * An editor writes in its own way: to another file that takes the name, or first nothing and then the text, and the host tells of one save as
 * of several. So what counts is the text, once it stays as it is for a moment.
 *
 * Invariants
 * - What the host says of a folder is a reason to look, and nothing else: who is told nothing looks once a second.
 * - A file that is missing or empty is given more time, as it may be on its way; no wait is longer than a few seconds.
 */

import { type FSWatcher, watch } from "node:fs"
import { readFile } from "node:fs/promises"
import { basename, dirname, resolve } from "node:path"
import type { Changes } from "./follower.ts"
import { pause } from "./pause.ts"

/** How long a text must have been the same. */
const QUIET_MS = 150
/** So often, where a file is missing or empty. */
const PATIENCE = 6
/** Files that never stay the same are taken as they are then. */
const MOST_LOOKS = 30

const LOOK_EVERY_MS = 1000

/** What the files hold, in their order; `undefined` where there is none, or it cannot be read. */
export type Texts = readonly (string | undefined)[]

/** By what it was called; no file is larger than its reader takes. */
export function textsOf(files: readonly string[]): Promise<Texts> {
  return Promise.all(files.map((file) => readFile(resolve(file), "latin1").catch(() => undefined)))
}

export class FileChanges implements Changes {
  readonly #files: readonly string[]
  readonly #signal: AbortSignal
  readonly #watchers: readonly FSWatcher[]
  #known: Texts
  #poke: () => void = () => {}

  /** `known`: what they held when they were read last. Watches until it is aborted. */
  constructor(files: readonly string[], known: Texts, signal: AbortSignal) {
    this.#files = files
    this.#known = known
    this.#signal = signal
    const folders = [...new Set(files.map((file) => dirname(resolve(file))))]
    this.#watchers = folders.flatMap((folder) => this.#watch(folder))
    signal.addEventListener("abort", () => this.#close())
    if (signal.aborted) this.#close()
  }

  /** Resolves once they hold something else, with the names of those that do; without any: it was aborted. */
  async next(): Promise<readonly string[]> {
    while (!this.#signal.aborted) {
      const texts = await this.#settled()
      const changed = this.#files.filter((_, index) => texts[index] !== this.#known[index])
      if (changed.length > 0 && !this.#signal.aborted) {
        this.#known = texts
        return changed
      }
      await this.#woken()
    }
    return []
  }

  /** Whether they still hold what was told last. */
  async isAsTold(): Promise<boolean> {
    return isSame(await textsOf(this.#files), this.#known)
  }

  async #settled(): Promise<Texts> {
    let texts = await textsOf(this.#files)
    let sameFor = 0
    for (let looks = 0; looks < MOST_LOOKS && !isSame(texts, this.#known); looks += 1) {
      await pause(QUIET_MS, this.#signal)
      const next = await textsOf(this.#files)
      sameFor = isSame(next, texts) ? sameFor + 1 : 0
      texts = next
      if (sameFor >= (texts.every(isThere) ? 1 : PATIENCE)) break
    }
    return texts
  }

  async #woken(): Promise<void> {
    const cut = new AbortController()
    this.#poke = () => cut.abort()
    if (!this.#signal.aborted) await pause(LOOK_EVERY_MS, cut.signal)
  }

  /** None where the host has nothing to watch with. */
  #watch(folder: string): readonly FSWatcher[] {
    const names = this.#files.filter((file) => dirname(resolve(file)) === folder).map((file) => basename(file))
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (name === null || names.includes(name)) this.#poke()
      })
      // The folder is gone, or there are too many: what is left is to look.
      watcher.on("error", () => watcher.close())
      return [watcher]
    } catch {
      return []
    }
  }

  #close(): void {
    for (const watcher of this.#watchers) watcher.close()
    this.#poke()
  }
}

function isThere(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== ""
}

function isSame(one: Texts, other: Texts): boolean {
  return one.every((text, index) => text === other[index])
}
