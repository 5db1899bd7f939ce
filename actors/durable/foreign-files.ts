/**
 * Looks at what stands at a database's path, and beside it, before SQLite does: what has one of its names there it takes for its own, and removes.
 *
 * The database itself is opened by SQLite alone: where a file is closed, all locks are gone that its process has on it, those of another store's connection,
 * too. Nobody has a lock on a journal.
 */

import { closeSync, openSync, readSync, type Stats, statSync } from "node:fs"
import { pathToFileURL } from "node:url"
import { SqliteConnection } from "./sqlite-connection.ts"
import { ProblemError, problemOf } from "./worker-protocol.ts"

/** SQLite's result code for what is no file that it can open. */
const CANNOT_OPEN = 14
/** And for a file that holds something else. */
export const NOT_A_DATABASE = 26

/** What a journal begins with: zeros until it is whole. Source  https://sqlite.org/fileformat.html, 3. */
const JOURNAL_BEGINNINGS = [0xd9d505f9, 0]

/** Throws where `path` is no database's, or something beside it is no part of one. Nothing has changed then. */
export function refuseForeign(path: string): void {
  // What belongs to it is looked at first: whoever makes one at this moment makes it before.
  const left = ["-wal", "-shm"].find((ending) => isHolding(path + ending))
  if (isHolding(`${path}-journal`) && !JOURNAL_BEGINNINGS.includes(beginningOf(`${path}-journal`))) {
    throw refused(`has something beside it that is no database's: ${path}-journal`)
  }
  if (isHolding(path)) refuseOther(path)
  else if (left !== undefined) throw refused(`has something beside it, and no database that it belongs to: ${path}${left}`)
}

/** Whether there is a file that is not empty. */
function isHolding(path: string): boolean {
  const found = statOf(path)
  if (found !== undefined && !found.isFile()) throw new ProblemError({ type: "sqlite", code: CANNOT_OPEN, text: `${path} is no file` })
  return found !== undefined && found.size > 0
}

/** `undefined`: there is none, or nobody may look. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

/** 0 where nobody may look: SQLite will say so. */
function beginningOf(path: string): number {
  const bytes = new DataView(new ArrayBuffer(4))
  let file: number | undefined
  try {
    file = openSync(path, "r")
    readSync(file, bytes)
    return bytes.getUint32(0)
  } catch {
    return 0
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** As something that nobody changes, SQLite looks at a file alone, and at nothing beside it. A release of Node that has no such thing finds no file of that name. */
function refuseOther(path: string): void {
  let connection: SqliteConnection | undefined
  try {
    connection = new SqliteConnection(`${pathToFileURL(path)}?immutable=1`, 0, true)
    connection.pragma("schema_version")
  } catch (error) {
    const problem = problemOf(error)
    if (problem.type === "sqlite" && (problem.code & 0xff) === NOT_A_DATABASE) throw error
  } finally {
    connection?.close()
  }
}

function refused(text: string): ProblemError {
  return new ProblemError({ type: "refused", field: "path", text })
}
