/**
 * What a problem of PostgreSQL's means to a caller.
 *
 * Its own words are not shown, nor kept as a cause: they name users, hosts and databases, which are part of the URL, and that is a secret. Its code says
 * what it is.
 *
 * Source  https://www.postgresql.org/docs/current/errcodes-appendix.html: the first two letters of a code are what it is about.
 */

import { Internal, invalid, PigeonholeError, shown, Unavailable } from "../../src/index.ts"

interface Meaning {
  readonly words: string
  readonly retryable: boolean
}

/** By the code, or by its first two letters. */
const UNAVAILABLE: Readonly<Record<string, Meaning>> = {
  "08": { words: "has lost its connection", retryable: true },
  "28": { words: "does not let in who asks", retryable: false },
  "3D": { words: "is not there", retryable: false },
  "40": { words: "had to undo what was asked", retryable: true },
  "53": { words: "has no room, or no connection left", retryable: true },
  "57": { words: "is being stopped or started", retryable: true },
  "57014": { words: "has given up what was asked: it took too long, or somebody has ended it", retryable: true },
  "57P04": { words: "is not there", retryable: false },
  "57P05": { words: "has lost its connection", retryable: true },
  "25P03": { words: "has lost its connection", retryable: true },
  "58030": { words: "cannot be read or written: the disk fails", retryable: false },
  "25006": { words: "may only be read", retryable: false },
  "42501": { words: "may not be written to", retryable: false },
  "55P03": { words: "is locked by somebody else", retryable: true },
}

/** What a program may not be given: of all that is written, a key can be too large for the index. */
const TOO_LARGE = "54000"

/** A name that somebody has given to a table, and one that is given at the same moment: to the table, or to the type that each has. */
const TAKEN = ["42P07", "23505", "42710"]

const LOST: Meaning = { words: "cannot be reached", retryable: true }

/** How the host says that nobody is there, or not any more. */
const OF_THE_HOST = /^E[A-Z]+$/

/** What the driver says without a code. */
const OF_THE_DRIVER = /terminated|not queryable|closed|timeout/i

/** The error for what was thrown by the driver, in whatever is asked of `table`. */
export function errorOfPostgres(error: unknown, table: string): PigeonholeError {
  if (error instanceof PigeonholeError) return error
  const code = codeOf(error)
  const details = { table, ...(code === undefined ? {} : { code }) }
  const meaning = meaningOf(code, error)
  const shown = code === undefined ? "" : ` (${code})`
  if (meaning !== undefined) {
    const { words, retryable } = meaning
    return new Unavailable(`the database of the table ${table} ${words}${shown}`, { details, retryable })
  }
  if (code === TOO_LARGE) return invalid("key", "is larger than the database takes")
  const words = code?.startsWith("XX") === true ? "is damaged" : "failed"
  return new Internal(`the database of the table ${table} ${words}${shown}`, { details })
}

/** Whether what was to be made has a name that something else has. */
export function isTaken(error: unknown): boolean {
  return TAKEN.includes(codeOf(error) ?? "")
}

function meaningOf(code: string | undefined, error: unknown): Meaning | undefined {
  if (code === undefined) return error instanceof Error && OF_THE_DRIVER.test(error.message) ? LOST : undefined
  if (OF_THE_HOST.test(code)) return LOST
  return UNAVAILABLE[code] ?? UNAVAILABLE[code.slice(0, 2)]
}

/** Of several addresses that were tried none has answered: each has the same to say. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError && !("code" in error)) return codeOf(error.errors[0])
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined
  return typeof code === "string" ? code : undefined
}

/** The error for what is asked of a database that is not open, or no longer. */
export function notOpenFor(table: string): Unavailable {
  return new Unavailable(`the database of the table ${table} is not open`, { details: { table }, retryable: false })
}

/** The error for a database that another program has open. */
export function heldElsewhere(table: string): Unavailable {
  return new Unavailable(`the table ${table} is open elsewhere: it has one store at a time`, { details: { table } })
}

/** The error where the driver is missing. */
export function noDriver(cause: unknown): Unavailable {
  return new Unavailable("stores in PostgreSQL are reached by the package pg, which is not installed: npm install pg", {
    cause,
    retryable: false,
  })
}

/** The error for a URL that is none: text is not shown, as there may be a password in it. */
export function noUrl(url: unknown): PigeonholeError {
  const got = typeof url === "object" || typeof url === "function" ? `; got ${shown(url)}` : ""
  return invalid("url", `must be that of a database: postgres://user:password@host/database${got}`)
}
