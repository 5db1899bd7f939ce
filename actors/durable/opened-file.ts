/**
 * Whether a file is where it was when it was opened. What is written to one that was moved, removed or replaced since, nobody finds again.
 *
 * What is looked at is the file that a name leads to, by its number on its device: what is in it may change.
 */

import { statSync } from "node:fs"

export class OpenedFile {
  readonly #path: string
  readonly #identity: string | undefined

  /** As it is now. */
  constructor(path: string) {
    this.#path = path
    this.#identity = identityOf(path)
  }

  /** Whether the name leads to the same file still. */
  isAsItWas(): boolean {
    return identityOf(this.#path) === this.#identity
  }
}

/** `undefined`: there is none, or nobody may look. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path)
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}
