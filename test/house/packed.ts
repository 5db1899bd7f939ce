/** The package as it is published, unpacked beside a user's program: what is in it, and nothing of this checkout. */

import { cpSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { builtFolder } from "./built.ts"
import { succeed } from "./command.ts"
import { PROJECT } from "./source.ts"

export interface Packed {
  /** Holds the user's project, in which the package is installed. */
  readonly project: string
  readonly tarball: string
  remove(): void
}

/** Packs in a folder of its own: `dist/` may be made anew by another test at the same time. */
export async function installPacked(): Promise<Packed> {
  const folder = mkdtempSync(join(tmpdir(), "pigeonhole-packed-"))
  const [staging, project] = [join(folder, "staging"), join(folder, "project")]
  await stage(staging)
  await succeed("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { cwd: staging })
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "no tarball")
  const installed = join(project, "node_modules", "pigeonhole")
  mkdirSync(installed, { recursive: true })
  await succeed("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"])
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }))
  return { project, tarball, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

async function stage(to: string): Promise<void> {
  const { files } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as { readonly files: readonly string[] }
  // Globs too, as npm takes them; folders with all that is in them.
  for (const path of ["package.json", ...files.flatMap((pattern) => globSync(pattern, { cwd: PROJECT }))]) {
    if (path !== "dist") cpSync(join(PROJECT, path), join(to, path), { recursive: true })
  }
  cpSync(await builtFolder(), join(to, "dist"), { recursive: true })
}
