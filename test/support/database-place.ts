/** A folder for the files of a database, which is gone afterwards. */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type SqliteOptions, sqliteDatabase } from "../../actors/durable.ts"
import type { DatabasePlace } from "../contracts/store-database.ts"

/** A place for SQLite: a file of its own. */
export async function sqlitePlace(
  options: Partial<SqliteOptions> = {},
): Promise<DatabasePlace & { readonly folder: string; readonly path: string }> {
  const folder = mkdtempSync(join(tmpdir(), "pigeonhole-database-"))
  const path = join(folder, "entries.db")
  return {
    folder,
    path,
    database: () => sqliteDatabase({ path, busyTimeoutMs: 50, ...options }),
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  }
}
