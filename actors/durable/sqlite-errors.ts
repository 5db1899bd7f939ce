/**
 * What a database's problem means to a caller.
 *
 * Source  https://sqlite.org/rescode.html: the low byte of a result code is what it is about.
 */

import { Internal, Invalid, invalid, type PigeonholeError, Unavailable } from "../../src/index.ts"
import type { Problem } from "./worker-protocol.ts"

/** What each code means: in words, and whether it may come right by itself. */
const UNAVAILABLE: Readonly<Record<number, { readonly words: string; readonly retryable: boolean }>> = {
  3: { words: "may not be opened", retryable: false },
  5: { words: "is locked by somebody else", retryable: true },
  6: { words: "is locked by somebody else", retryable: true },
  7: { words: "finds no memory", retryable: true },
  8: { words: "cannot be written to", retryable: false },
  10: { words: "cannot be read or written: the disk fails", retryable: false },
  13: { words: "has no room: the disk is full", retryable: true },
  14: { words: "cannot be opened", retryable: false },
  23: { words: "may not be opened", retryable: false },
}

const CORRUPT = 11
const TOO_BIG = 18
const NOT_A_DATABASE = 26

/** The error for `problem` of the database at `path`. */
export function errorOfProblem(problem: Problem, path: string): PigeonholeError {
  switch (problem.type) {
    case "refused":
      return new Invalid(`${problem.field} ${problem.text}`, { details: { field: problem.field, path } })
    case "held":
      return new Unavailable(`the database ${path} is open elsewhere: its table has one store at a time`, { details: { path } })
    case "moved":
      return new Unavailable(
        `the database ${path} was moved, removed or replaced while it was open: no other program would find what is written`,
        {
          details: { path },
        },
      )
    case "unlocked":
      return new Unavailable(`the database ${path} may be open elsewhere: its lock was removed while it was open`, {
        details: { path },
        retryable: false,
      })
    case "cut":
      return new Unavailable(`of the database ${path} some was cut off while it was open: what is written would not be found again`, {
        details: { path },
        retryable: false,
      })
    case "thrown":
      return new Internal(`the database ${path} failed: ${problem.text}`, { details: { path } })
    case "sqlite":
      return errorOfCode(problem.code, problem.text, path)
  }
}

function errorOfCode(code: number, text: string, path: string): PigeonholeError {
  const details = { path, code }
  const known = UNAVAILABLE[code & 0xff]
  if (known !== undefined) {
    const { words, retryable } = known
    return new Unavailable(`the database ${path} ${words} (${text})`, { details, retryable })
  }
  if ((code & 0xff) === NOT_A_DATABASE) return new Invalid(`path is no database: ${path}`, { details: { field: "path", ...details } })
  if ((code & 0xff) === TOO_BIG) return invalid("value", `is larger than the database takes (${text})`)
  const words = (code & 0xff) === CORRUPT ? "is damaged" : "failed"
  return new Internal(`the database ${path} ${words} (${text})`, { details })
}

/** The error for what is asked of a database that is not open, or no longer. */
export function notOpen(path: string): Unavailable {
  return new Unavailable(`the database ${path} is not open`, { details: { path }, retryable: false })
}

/** The error for what was under way when a thread of the database ended. Where the host has no SQLite, no other thread will do better. */
export function lostThread(path: string, cause: unknown): Unavailable {
  if (isMissing(cause)) {
    return new Unavailable("this host has no node:sqlite: Node has it from 22.13 on", { details: { path }, cause, retryable: false })
  }
  return new Unavailable(`the database ${path} lost its thread: what was under way may be done or not`, { details: { path }, cause })
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && /_BUILTIN_MODULE|MODULE_NOT_FOUND/.test(String((cause as Error & { readonly code?: unknown }).code))
}
