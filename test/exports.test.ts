/** The export map, the files a build makes and the names the papers tell of are the same. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, posix } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { succeed } from "./house/command.ts"
import { exportedNames } from "./house/exported.ts"
import { filesUnder, nodesOf, PROJECT, readSources, sourceOf } from "./house/source.ts"

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
  readonly files: readonly string[]
  readonly scripts: Readonly<Record<string, string>>
}

const manifest = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as Manifest

/** Where each entry point of the export map is written. */
const ENTRY_POINTS = { ".": "actors/index.ts", "./effect": "src/effect.ts", "./testing": "src/testing.ts", "./xstate": "src/xstate.ts" }

const built = mkdtempSync(join(tmpdir(), "pigeonhole-build-"))
beforeAll(async () => {
  await succeed("tsc", ["-p", "tsconfig.build.json", "--outDir", built])
}, 60_000)
afterAll(() => rmSync(built, { recursive: true, force: true }))

const builtFiles = (ending: string): string[] => ["actors", "src"].flatMap((folder) => filesUnder(folder, ending, built))
const declarationOf = (path: string): string => readFileSync(join(built, path), "utf8")

describe("the export map", () => {
  it("has the entry points, and the manifest, and nothing else", () => {
    expect(Object.keys(manifest.exports)).toEqual([...Object.keys(ENTRY_POINTS), "./package.json"])
  })

  it.each(Object.entries(ENTRY_POINTS))("points %s at what the build makes of %s", (entry, path) => {
    const target = `./dist/${path.replace(/\.ts$/, "")}`
    expect(manifest.exports[entry]).toEqual({ types: `${target}.d.ts`, default: `${target}.js` })
    expect(builtFiles(".js")).toContain(path.replace(/\.ts$/, ".js"))
    expect(builtFiles(".d.ts")).toContain(path.replace(/\.ts$/, ".d.ts"))
  })

  it("is served by the build of which the script and the list of files speak", () => {
    expect(manifest.scripts.build).toContain("tsc -p tsconfig.build.json")
    expect(manifest.files).toContain("dist")
  })
})

describe("the build", () => {
  it("makes JavaScript and declarations of every source, and of nothing else", () => {
    const names = readSources(["actors", "src"]).map(({ path }) => path.replace(/\.ts$/, ""))
    expect(filesUnder(".", "", built).filter((path) => /\.[a-z]+$/.test(path))).toEqual(
      names.flatMap((name) => [`./${name}.d.ts`, `./${name}.js`]).sort(),
    )
  })

  it("makes JavaScript whose imports it made too", () => {
    const files = builtFiles(".js")
    const missing = files.flatMap((path) =>
      sourceOf(path, declarationOf(path))
        .imports.map(({ specifier }) => specifier)
        .filter((specifier) => specifier.startsWith(".") && !files.includes(posix.join(posix.dirname(path), specifier)))
        .map((specifier) => `${path} imports ${specifier}`),
    )
    expect(missing).toEqual([])
  })
})

describe("the declarations that users see", () => {
  it("have no any", () => {
    const seen = reachableFrom(Object.values(ENTRY_POINTS), (path) => declarationOf(path.replace(/\.ts$/, ".d.ts")))
    expect(seen.size).toBeGreaterThan(20)
    expect([...seen].filter(([path, text]) => saysAny(path, text)).map(([path]) => path)).toEqual([])
  })

  it("would be missed if they had", () => {
    const files: Record<string, string> = {
      "actors/index.ts": 'export * from "../src/a.ts"',
      "src/a.ts": 'export declare const a: import("./b.ts").B',
      "src/b.ts": "export type B = (message: any) => void",
    }
    const seen = reachableFrom(["actors/index.ts"], (path) => files[path] ?? "")
    expect([...seen].filter(([path, text]) => saysAny(path, text)).map(([path]) => path)).toEqual(["src/b.ts"])
  })
})

function reachableFrom(entries: readonly string[], read: (path: string) => string): Map<string, string> {
  const seen = new Map<string, string>()
  const waiting = [...entries]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue
    const text = read(path)
    seen.set(path, text)
    const from = posix.dirname(path)
    const targets = sourceOf(asDeclaration(path), text).imports.filter(({ specifier }) => specifier.startsWith("."))
    waiting.push(...targets.map(({ specifier }) => posix.join(from, specifier).replace(/\.js$/, ".ts")))
  }
  return seen
}

function saysAny(path: string, text: string): boolean {
  return [...nodesOf(sourceOf(asDeclaration(path), text).program)].some(({ type }) => type === "TSAnyKeyword")
}

function asDeclaration(path: string): string {
  return path.replace(/\.ts$/, ".d.ts")
}

describe("public names", () => {
  const names = Object.values(ENTRY_POINTS).flatMap((path) => exportedNames(path))

  it.each(Object.entries(ENTRY_POINTS))("are exported once from %s", (_entry, path) => {
    const all = exportedNames(path).map(({ name }) => name)
    expect(all.filter((name, index) => all.indexOf(name) < index)).toEqual([])
  })

  it("are the values that the modules have when they run", async () => {
    const modules = [
      await import("../actors/index.ts"),
      await import("../src/effect.ts"),
      await import("../src/testing.ts"),
      await import("../src/xstate.ts"),
    ]
    const values = modules.flatMap((module) => Object.keys(module))
    expect(values.sort()).toEqual(names.flatMap(({ name, isType }) => (isType ? [] : [name])).sort())
  })

  it("each have a docstring at their declaration", () => {
    const documented = new Set(names.flatMap(({ name, path, isDocumented }) => (isDocumented ? [`${name} of ${path}`] : [])))
    const bare = names.map(({ name, path }) => `${name} of ${path}`).filter((name) => !documented.has(name))
    expect([...new Set(bare)]).toEqual([])
  })

  it("would be missed if they had none", () => {
    const files: Record<string, string> = {
      "src/index.ts": 'export type { A } from "./a.ts"\nexport { b, c as d } from "./a.ts"',
      "src/a.ts": "/** Letters. */\n\nexport interface A {}\n/** The b. */\nexport const b = 1\nexport function c() {}",
    }
    expect(exportedNames("src/index.ts", (path) => files[path] ?? "")).toEqual([
      { name: "A", isType: true, path: "src/a.ts", isDocumented: false },
      { name: "b", isType: false, path: "src/a.ts", isDocumented: true },
      { name: "d", isType: false, path: "src/a.ts", isDocumented: false },
    ])
  })

  it("are all told of in README.md or ARCHITECTURE.md, if they are values", () => {
    const code = ["README.md", "ARCHITECTURE.md"].flatMap((paper) => codeOf(readFileSync(join(PROJECT, paper), "utf8"))).join("\n")
    const untold = names.filter(({ name, isType }) => !isType && !new RegExp(`\\b${name}\\b`).test(code))
    expect(untold.map(({ name }) => name)).toEqual([])
  })
})

/** Blocks and spans of code: a name like `child` or `reset` is a word of the prose too. */
function codeOf(markdown: string): string[] {
  return [...markdown.matchAll(/^```[\s\S]*?^```$|`[^`\n]+`/gm)].map(([code]) => code)
}
