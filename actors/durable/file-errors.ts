/** What a problem with a file means to who keeps something there. Source  errno(3). */

import { Unavailable } from "../../src/index.ts"

interface Meaning {
  readonly words: string
  /** Whether it may come right by itself. */
  readonly retryable: boolean
}

const MEANINGS = new Map<string, Meaning>([
  ["ENOENT", { words: "is not there, or its folder is not", retryable: false }],
  ["ENOTDIR", { words: "is in what is no folder", retryable: false }],
  ["EISDIR", { words: "is a folder", retryable: false }],
  ["ENAMETOOLONG", { words: "has too long a name", retryable: false }],
  ["ELOOP", { words: "is a link that leads nowhere", retryable: false }],
  ["EACCES", { words: "may not be opened or written", retryable: false }],
  ["EPERM", { words: "may not be opened or written", retryable: false }],
  ["EROFS", { words: "is on a disk that is read-only", retryable: false }],
  ["EIO", { words: "cannot be read or written: the disk fails", retryable: false }],
  ["ENOSPC", { words: "has no room: the disk is full", retryable: true }],
  ["EDQUOT", { words: "has no room: the quota is used up", retryable: true }],
  ["EFBIG", { words: "would be too large", retryable: false }],
  ["EMFILE", { words: "cannot be opened: too many files are", retryable: true }],
  ["ENFILE", { words: "cannot be opened: too many files are", retryable: true }],
  ["EBUSY", { words: "is held by somebody else", retryable: true }],
])

/** `Unavailable`, whose `details` has the `path`, what was being done (`step`), and the host's `code`. */
export function errorOfFile(path: string, step: string, cause: unknown): Unavailable {
  const code = codeOf(cause)
  const { words, retryable } = MEANINGS.get(code ?? "") ?? { words: "failed", retryable: true }
  return new Unavailable(`the file ${path} ${words} (${step}: ${code ?? "no code"})`, { details: { path, step, code }, retryable, cause })
}

/** The host's name for what went wrong: `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined
  return typeof code === "string" ? code : undefined
}
