/** A folder of its own for the files of a configuration, which is gone after the test. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { onTestFinished } from "vitest"
import { Invalid } from "../../actors/index.ts"

/** Writes files by their names; gives the folder. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "pigeonhole-config-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

/** What is told to be wrong: `path says`, one each, without the file. */
export async function problemsOf(loading: Promise<unknown>): Promise<readonly string[]> {
  const error: unknown = await loading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Invalid)) throw error ?? new Error("it is right")
  const { problems } = error.details as { readonly problems: readonly { readonly message: string; readonly file?: string }[] }
  return problems.map(({ message, file }) => (file === undefined ? message : message.slice(file.length).replace(/^:/, "").trimStart()))
}
