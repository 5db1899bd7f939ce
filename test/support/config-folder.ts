/** A folder of its own for the files of a configuration, which is gone after the test. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, onTestFinished } from "vitest"
import { Invalid } from "../../actors/index.ts"

/** Writes files by their names; gives the folder. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "pigeonhole-config-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFiles(folder, files)
  return folder
}

/** For tests that run beside each other, and do not know which of them has finished: gives what makes folders that are gone after all of them. */
export function foldersOfFile(): (files: Readonly<Record<string, string>>) => string {
  const root = mkdtempSync(join(tmpdir(), "pigeonhole-config-"))
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  return (files) => {
    const folder = mkdtempSync(join(root, "folder-"))
    writeFiles(folder, files)
    return folder
  }
}

function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
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
