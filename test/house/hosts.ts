/**
 * Hosts and tools that are installed apart from the project's own dependencies, as they are large: `npm run hosts`, and Debian's chromium.
 *
 * What is missing is skipped, and its name says so; where `PIGEONHOLE_HOSTS` is `required`, as in `.ci/run`, it fails.
 */

import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { describe, expect, it } from "vitest"
import { PROJECT } from "./source.ts"

/** Where `npm run hosts` installs. */
export const HOSTS = join(PROJECT, "test", "hosts", "node_modules")

const isRequired = process.env.PIGEONHOLE_HOSTS === "required"

export interface InstalledHost {
  readonly name: string
  /** Undefined where it is not installed. */
  readonly program: string | undefined
  /** What installs it. */
  readonly install: string
}

/** One of the packages of `test/hosts`. */
export function packagedHost(name: string, ...path: readonly string[]): InstalledHost {
  const program = join(HOSTS, ...path)
  return { name, program: existsSync(program) ? program : undefined, install: "npm run hosts" }
}

/** The first of these programs that the machine has. */
export function machineHost(name: string, programs: readonly string[], install: string): InstalledHost {
  const folders = (process.env.PATH ?? "").split(delimiter)
  const found = programs.flatMap((program) => folders.map((folder) => join(folder, program))).find((path) => existsSync(path))
  return { name, program: found, install }
}

/** Describes what is right in that host. */
export function describeIn({ name, program, install }: InstalledHost, body: (program: string) => void): void {
  const missing = `${name} is not installed: ${install}`
  if (program !== undefined) describe(name, () => body(program))
  else if (isRequired) it(name, () => expect.fail(missing))
  else it.skip(`${name}: skipped, as ${missing}`)
}
