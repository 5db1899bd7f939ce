/**
 * What is published of the package: one file of JavaScript and one of declarations for each entry point, and chunks of what they share.
 *
 * JavaScript is bundled from the sources, declarations from those that the compiler makes of the sources. Nothing is minified, and source
 * maps carry the sources, so that a debugger shows what was written.
 *
 * Invariants
 * - All files stand side by side, whatever folder their sources are in: what names a file beside itself, as a worker's, finds it.
 * - What is not of the project's own files is the host's or a peer's, and stays an import.
 */

import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { type InputOptions, type OutputOptions, type Plugin, rolldown } from "rolldown"
import { dts } from "rolldown-plugin-dts"

/** Where each entry point is written, from the project's root, by the name of its file. */
export const ENTRY_POINTS = {
  index: "actors/index.ts",
  config: "actors/config.ts",
  durable: "actors/durable.ts",
  effect: "actors/effect.ts",
  "effect-persistence": "actors/effect-persistence.ts",
  "express-session": "actors/express-session/express-session.ts",
  keyv: "actors/keyv/keyv.ts",
  opentelemetry: "src/opentelemetry.ts",
  "rate-limit": "actors/rate-limit/rate-limit.ts",
  simulation: "actors/simulation.ts",
  "simulation-vitest": "actors/simulation-vitest.ts",
  telemetry: "src/telemetry.ts",
  testing: "actors/testing.ts",
  unstorage: "actors/unstorage/unstorage.ts",
  xstate: "src/xstate.ts",
} as const

/** Where each program is written, by the name that it is run by: a file of JavaScript beside the others, which nobody imports. */
export const PROGRAMS = { pigeonhole: "command/main.ts" } as const

/** What a file's name says as a folder's, where an entry point is imported by it. */
const IN_A_FOLDER: Readonly<Record<string, string>> = {
  "effect-persistence": "effect/persistence",
  "simulation-vitest": "simulation/vitest",
}

/** By what the entry point is imported whose file has that name, as the export map writes it. */
export function specifierOf(name: string): string {
  return name === "index" ? "." : `./${IN_A_FOLDER[name] ?? name}`
}

/** Of what to make what. */
export interface BundleOptions {
  /** The project's root. */
  readonly root: string
  /** Where the files go. */
  readonly to: string
  /** Sources of entry points by name, from the root. */
  readonly entries: Readonly<Record<string, string>>
  /** Those of programs. Default: none. */
  readonly programs?: Readonly<Record<string, string>>
  /** The folders of sources, from the root. */
  readonly sources: readonly string[]
}

/** Makes the JavaScript, and what it names as a worker's file. */
export async function bundleJavaScript({ root, to, entries, programs = {}, sources }: BundleOptions): Promise<void> {
  const input = { ...absolute(root, { ...entries, ...programs }), ...absolute(root, workersUnder(root, sources)) }
  const banner = ({ name }: { readonly name: string }): string => (Object.hasOwn(programs, name) ? "#!/usr/bin/env node" : "")
  await write(
    { input, cwd: root, plugins: [workerFiles], transform: { target: "es2023" } },
    { dir: to, chunkFileNames: "[name].js", sourcemap: true, banner },
  )
}

/** Makes the declarations of the entry points. */
export async function bundleDeclarations({ root, to, entries }: BundleOptions): Promise<void> {
  const emitted = mkdtempSync(join(tmpdir(), "pigeonhole-declarations-"))
  try {
    compile(root, emitted)
    const declared = Object.entries(entries).map(([name, path]) => [name, path.replace(/\.ts$/, ".d.ts")])
    const input = absolute(emitted, Object.fromEntries(declared))
    const plugins = [dts({ dtsInput: true, emitDtsOnly: true, oxc: true, tsconfig: false })]
    await write({ input, cwd: emitted, plugins }, { dir: to, chunkFileNames: "[name].d.ts" })
  } finally {
    rmSync(emitted, { recursive: true, force: true })
  }
}

/**
 * What several entry points need is one file, so that whoever imports one or all of them loads few. What several need that import a peer, or Node's own
 * modules, or of what does something when it is loaded, is a file of its own: nobody loads it who does not ask for it.
 */
const APART: Readonly<Record<string, RegExp>> = {
  simulated: ofFolder("simulation"),
  stored: ofFolder("durable"),
  effectual: ofFolder("effect"),
  measured: ofFolder("telemetry"),
}
const SHARED = {
  groups: [
    // First: what is taken by one takes along what it needs.
    { name: "shared", test: (id: string) => !Object.values(APART).some((folder) => folder.test(id)), minShareCount: 2, priority: 1 },
    ...Object.entries(APART).map(([name, test]) => ({ name, test, minShareCount: 2 })),
  ],
}

/** The room of that name, with the entry point that opens it. */
function ofFolder(name: string): RegExp {
  return new RegExp(`[\\\\/](?:src|actors)[\\\\/]${name}(?:[\\\\/]|(?:-\\w+)?\\.(?:d\\.)?ts$)`)
}

/** How long a plugin takes is of no interest to who builds. */
const CHECKS = { pluginTimings: false }

async function write(input: InputOptions, output: OutputOptions): Promise<void> {
  const bundle = await rolldown({ ...input, platform: "neutral", external: isExternal, checks: CHECKS })
  await bundle.write({ ...output, format: "es", minify: false, minifyInternalExports: false, codeSplitting: SHARED })
  await bundle.close()
}

const isExternal = (specifier: string): boolean => !/^(\.|\/|[a-zA-Z]:)/.test(specifier)

const COMPILER = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc")

function compile(root: string, outDir: string): void {
  const argv = [COMPILER, "-p", "tsconfig.build.json", "--outDir", outDir]
  const { status, stdout } = spawnSync(process.execPath, argv, { cwd: root, encoding: "utf8" })
  if (status !== 0) throw new Error(`the declarations cannot be made:\n${stdout}`)
}

/** A file that is run by a worker is an entry point of the worker's, and is called so. */
const WORKER = /\.worker\.ts$/

function workersUnder(root: string, folders: readonly string[]): Record<string, string> {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) => `${folder}/${path}`),
  )
  return Object.fromEntries(files.filter((path) => WORKER.test(path)).map((path) => [basename(path, ".ts"), path]))
}

function absolute(root: string, paths: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, join(root, path)]))
}

/**
 * `new URL("./any/where.worker.ts", import.meta.url)` names what the bundle makes of that file, which stands beside. What names another source
 * would find nothing.
 */
const workerFiles: Plugin = {
  name: "worker-files",
  transform: {
    filter: { code: /import\.meta\.url/ },
    handler: (code, id) => {
      const named = code.replace(/new URL\("[./\w-]*?([\w-]+\.worker)\.ts", import\.meta\.url\)/g, 'new URL("./$1.js", import.meta.url)')
      const lost = /new URL\("([^"]+\.ts)", import\.meta\.url\)/.exec(named)?.[1]
      if (lost !== undefined) throw new Error(`${id} names ${lost}, which is no entry of the bundle: call it ….worker.ts`)
      // No line moves, so what a map says of lines stays so.
      return { code: named, map: null }
    },
  },
}
