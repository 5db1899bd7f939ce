/**
 * Libraries that are installed apart from the project's own dependencies, as only their adapters' tests need them: `npm run adapters`.
 *
 * What is missing is skipped, and its name says so; where `CI` is set, as in `.ci/run`, it fails.
 */

import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { describe, expect, it } from "vitest"
import { PROJECT } from "./source.ts"

const FOLDER = join(PROJECT, "test", "adapters")
const { resolve } = createRequire(join(FOLDER, "package.json"))

/** What a library exports. The compiler knows nothing of it: it may not be there. */
export async function libraryApart<Exports>(name: string): Promise<Exports> {
  return (await import(pathToFileURL(resolve(name)).href)) as Exports
}

/** Describes what is right where these libraries are installed. */
export function describeWith(libraries: readonly string[], name: string, body: () => void): void {
  const missing = libraries.filter((library) => !existsSync(join(FOLDER, "node_modules", library)))
  const why = `${missing.join(", ")} is not installed: npm run adapters`
  if (missing.length === 0) describe(name, body)
  else if (process.env.CI !== undefined) it(name, () => expect.fail(why))
  else it.skip(`${name}: skipped, as ${why}`)
}
