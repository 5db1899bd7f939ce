/** The build, made once for all tests that look at it, and anew when what it is made of has changed. */

import { createHash } from "node:crypto"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import { bundleDeclarations, bundleJavaScript, ENTRY_POINTS, PROGRAMS } from "../../build/bundle.ts"
import { filesUnder, PROJECT } from "./source.ts"

// In the project, so that what is built finds the peers; ignored by git.
const BUILDS = join(PROJECT, ".vitest", "built")

/** What a build depends on, beside the folders of sources. */
const SETTINGS = ["package-lock.json", "tsconfig.json", "tsconfig.build.json"]

/** The folder with the files of the build, which are to be read alone: others read them too. */
export async function builtFolder(): Promise<string> {
  const digest = digestOfSources()
  const kept = join(BUILDS, digest)
  if (existsSync(kept)) return kept
  mkdirSync(BUILDS, { recursive: true })
  for (const name of readdirSync(BUILDS)) if (!name.startsWith(digest)) rmSync(join(BUILDS, name), { recursive: true, force: true })
  const made = mkdtempSync(`${kept}-`)
  const options = { root: PROJECT, to: made, entries: ENTRY_POINTS, programs: PROGRAMS, sources: ["src", "actors"] }
  await bundleJavaScript(options)
  await bundleDeclarations(options)
  publish(made, kept)
  return kept
}

/** At once, so that nobody sees a half of it; whoever else has made the same meanwhile was first. */
function publish(made: string, kept: string): void {
  try {
    renameSync(made, kept)
  } catch (error) {
    if (!existsSync(kept)) throw error
    rmSync(made, { recursive: true })
  }
}

function digestOfSources(): string {
  const hash = createHash("sha256")
  for (const path of [...SETTINGS, ...["build", "src", "actors", "command"].flatMap((folder) => filesUnder(folder, ".ts"))]) {
    hash.update(`${path}\n`).update(readFileSync(join(PROJECT, path)))
  }
  return hash.digest("hex").slice(0, 16)
}
