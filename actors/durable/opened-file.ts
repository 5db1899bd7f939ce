/**
 * Whether a file is where it was when it was opened. What is written to one that was moved, removed or replaced since, nobody finds again.
 *
 * What is looked at is the file that a name leads to, by its number on its device, and its length: what is in it may change.
 */

import { statSync } from "node:fs"

export class OpenedFile {
  readonly #path: string
  readonly #identity: string | undefined
  #bytes = 0

  /** As it is now. */
  constructor(path: string) {
    this.#path = path
    this.#identity = this.#look()
  }

  /** Its length, in bytes, when it was looked at last. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether the name leads to the same file still. */
  isAsItWas(): boolean {
    return this.#look() === this.#identity
  }

  /** `undefined`: there is none, or nobody may look. */
  #look(): string | undefined {
    try {
      const { dev, ino, size } = statSync(this.#path)
      this.#bytes = size
      return `${dev}:${ino}`
    } catch {
      return undefined
    }
  }
}
