/**
 * A file that one program has at a time: a transaction of SQLite's on it that is never ended, and that writes nothing. The system takes it back when the program
 * ends, however that ends: who was killed keeps nobody out, and no number of a process, no clock and no name of a machine has to be believed.
 *
 * Whose file cannot be made or written, as its folder may only be read, is not kept out by it: neither can it write over anything there.
 */

import type { DatabaseSync } from "node:sqlite"
import type { FileLock } from "./files.ts"
import { OpenedFile } from "./opened-file.ts"
import { problemOf } from "./worker-protocol.ts"

/** SQLite's result codes for what another connection has locked, and for a file that holds something else. */
const KEPT_OUT_BY = [5, 26]

const UNGUARDED: FileLock = { holds: true, release: () => {} }

/** `undefined`: another program has it, or it is something else. A host that has no SQLite has no locks either. */
export async function lockOf(path: string): Promise<FileLock | undefined> {
  const Database = hostsDatabase()
  return Database === undefined ? UNGUARDED : lockWith(Database, path)
}

/** Node 22 warns each program that its SQLite is experimental, which says nothing of a snapshot: nothing is kept in that. */
function hostsDatabase(): typeof DatabaseSync | undefined {
  const { emitWarning } = process
  const emitOthers = (...warning: unknown[]): void => {
    if (!String(warning[0]).startsWith("SQLite is an experimental feature")) Reflect.apply(emitWarning, process, warning)
  }
  try {
    Reflect.set(process, "emitWarning", emitOthers)
    return process.getBuiltinModule("node:sqlite")?.DatabaseSync
  } catch {
    return undefined
  } finally {
    Reflect.set(process, "emitWarning", emitWarning)
  }
}

function lockWith(Database: typeof DatabaseSync, path: string): FileLock | undefined {
  let held: DatabaseSync | undefined
  try {
    held = new Database(path)
    held.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE")
  } catch (error) {
    held?.close()
    const problem = problemOf(error)
    return problem.type === "sqlite" && KEPT_OUT_BY.includes(problem.code & 0xff) ? undefined : UNGUARDED
  }
  const [file, taken] = [new OpenedFile(path), held]
  return {
    get holds() {
      return file.isAsItWas()
    },
    release: () => taken.close(),
  }
}
