/** The export map, the files that a build makes and the names the papers tell of are the same. */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, posix } from "node:path"
import { pathToFileURL } from "node:url"
import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { bundleJavaScript, ENTRY_POINTS, PROGRAMS, specifierOf } from "../build/bundle.ts"
import { builtFolder } from "./house/built.ts"
import { run } from "./house/command.ts"
import { exportedNames } from "./house/exported.ts"
import { filesUnder, nodesOf, PROJECT, sourceOf } from "./house/source.ts"

/**
 * What `start` and `store` may weigh in a web page, minified and packed by gzip, in bytes. Raised with what weighs more, and why; lowered with
 * what weighs less.
 *
 * 50 000  asked for, when they weighed 48 700.
 * 68 000  supervision, stops that drain, requests and reports held against callers, operators and crashes: 46 files more.
 * 72 000  whatever is looked at (options, values, events, errors) may throw or answer twice; what waits for a service that does not come.
 * 81 000  asks that are given up, detachments and answers that hold in every order, addresses by key, pools of workers, circles of waits.
 * 77 000  less: kinds of supervisors, registries and locks come with what defines them, and a program that has none does not carry them.
 * 86 000  a store's versions, conditions, counters, idle times, weights, transactions and what it lets go; services over partitions.
 * 95 000  a store's keys in order; many of them by one message, in slices; who goes when it is full.
 * 106 000  watches and leases of a store; a store over partitions.
 * 118 000  loads that many wait for, values given beyond their time; snapshots that a store begins with.
 * 119 500  numbers of processes at an interval; how old the oldest entry of a store is, and how late what has expired goes.
 * 121 000  what a host that decides the order of things asks of kernel, timers and inboxes; what follows after an end, said to those who wait.
 * 122 000  a most of restarts in a row, a limit of every start, children that wait for their first caller, policies as a part of a tree (900 bytes).
 * 125 500  what becomes of each message, for whoever follows them: a tracer, requests and turns on the inspection stream, ids on log lines.
 * 128 000  schemas at the door of servers and stores: how one is read, what it gives, and what is said of what does not fit.
 * 128 600  a million keys in parts, so that no turn is long; room that is known before anybody goes; what a cache learns where requests go up and down; a detach
 *         behind what a concurrent server is at.
 * 128 800  all who have left are told though a hook throws; a watch that is told of an end when it comes; what a cache counts beside its entries.
 * 128 950  what gets lighter in a batch makes room for the rest of it; a calendar that is read beside the clock, so that an entry's end is told as one.
 * 129 100  what may not go is known by its weight, so that nobody goes, and nothing of a batch is written, for what is refused.
 * 129 300  less than 70 more, minified; the modules stand in another order in the bundle, which packs worse.
 * 129 500  whose a place for snapshots is, by whatever it is known; signals that a worker thread would never hear are refused.
 * 130 300  who waits for what is down is told where that waits for them, by however many others (450); a mailbox that is given back by the policy it is judged by,
 *         what was thrown is cut where a line tells it (100); a policy of a cache learns its capacity.
 * 131 000  a snapshot's fences, and whose its file is (220); what is down waits for others, and for requests of supervisors, so that circles of those are found,
 *         and no more is started behind a word to stop (250); messages that are bounded, whatever they show (100).
 * 131 900  a heavy write has others go a few at a time, before the store serves anybody else (550); who ends with its starter, and tasks without a link, which are
 *         no part of what their owner waits for (250); whether what was left unanswered may be asked for again (60).
 * 130 700  less: there is room on a stack for code that has not run yet, so that nothing is rehearsed.
 */
const MAX_PACKED_BYTES = 130_700

interface Manifest {
  readonly bin: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
  readonly files: readonly string[]
  readonly scripts: Readonly<Record<string, string>>
}

const manifest = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as Manifest
const entries = Object.entries(ENTRY_POINTS)

let built = ""
beforeAll(async () => {
  built = await builtFolder()
}, 60_000)

const builtFiles = (ending: string): string[] =>
  filesUnder(".", "", built)
    .map((path) => path.slice(2))
    .filter((path) => path.endsWith(ending))
const textOf = (path: string): string => readFileSync(join(built, path), "utf8")

describe("the export map", () => {
  it("has the entry points, and the manifest, and nothing else", () => {
    expect(Object.keys(manifest.exports)).toEqual([...entries.map(([name]) => specifierOf(name)), "./config/schema.json", "./package.json"])
  })

  it.each(entries)("points at the files of %s that the build makes of %s", (name) => {
    const target = `./dist/${name}`
    expect(manifest.exports[specifierOf(name)]).toEqual({ types: `${target}.d.ts`, default: `${target}.js` })
    expect(builtFiles(".js")).toContain(`${name}.js`)
    expect(builtFiles(".d.ts")).toContain(`${name}.d.ts`)
  })

  it("has no programs, which are run by their names", () => {
    const names = Object.keys(PROGRAMS)
    expect(manifest.bin).toEqual(Object.fromEntries(names.map((name) => [name, `dist/${name}.js`])))
    for (const name of names) expect(textOf(`${name}.js`).split("\n")[0]).toBe("#!/usr/bin/env node")
  })

  it("stands in a manifest that names no place before there is one", () => {
    for (const place of ["repository", "bugs", "homepage"]) expect(manifest).not.toHaveProperty(place)
  })

  it("is served by the build of which the script and the list of files speak", () => {
    expect(manifest.scripts.build).toBe("node build/main.ts")
    expect(manifest.files).toContain("dist")
  })
})

/** All of it is shared with what is written against it (adapters, programs, tests of Vitest): there is nothing left of its own to map. */
const ONLY_EXPORTS = ["index", "durable", "simulation", "telemetry"]

/** What several share. */
const CHUNKS = ["shared", "effectual", "measured", "simulated", "stored"]

describe("the build", () => {
  it("makes one file of JavaScript and one of declarations an entry point, one of each of what they share, a program's and a worker's, with source maps", () => {
    const names = [...Object.keys(ENTRY_POINTS), ...CHUNKS]
    const alone = [...Object.keys(PROGRAMS), "sqlite.worker"].flatMap((name) => [`${name}.js`, `${name}.js.map`])
    const files = names.flatMap((name) => [`${name}.d.ts`, `${name}.js`, ...(ONLY_EXPORTS.includes(name) ? [] : [`${name}.js.map`])])
    expect(builtFiles("").sort()).toEqual([...files, ...alone].sort())
  })

  it("makes files that import one another, the peers, and Node's own modules where something is durable or a program", () => {
    const foreign = [...builtFiles(".js"), ...builtFiles(".d.ts")].flatMap((path) =>
      sourceOf(path, textOf(path))
        .imports.map(({ specifier }) => specifier)
        .filter((specifier) => !existsSync(join(built, specifier)))
        .map((specifier) => `${path.replace(/\..*/, "")} imports ${specifier.replace(/\/.*/, "")}`),
    )
    const ofNode = (file: string, modules: readonly string[]): string[] => modules.map((name) => `${file} imports node:${name}`)
    expect([...new Set(foreign)].sort()).toEqual([
      // The modules that it names.
      "config imports (computed)",
      "config imports effect",
      ...ofNode("config", ["crypto", "fs", "path", "url"]),
      "config imports pg",
      "config imports yaml",
      "effect imports effect",
      "effect-persistence imports effect",
      "effectual imports effect",
      "express-session imports express-session",
      "opentelemetry imports @opentelemetry",
      // The file that it is given.
      "pigeonhole imports (computed)",
      ...ofNode("pigeonhole", ["fs", "path", "process", "url", "util"]),
      "simulation-vitest imports vitest",
      ...ofNode("sqlite", ["crypto", "fs", "path", "sqlite", "url", "worker_threads"]),
      ...ofNode("stored", ["crypto", "fs", "net", "os", "path", "timers", "worker_threads", "zlib"]),
      "stored imports pg",
      "xstate imports xstate",
    ])
  })

  it("minifies nothing, and its source maps carry the sources", () => {
    for (const path of ["testing.js", "testing.d.ts"]) expect(textOf(path)).toContain("/** Makes a host for `start(tree, { host })`")
    for (const path of builtFiles(".js").filter((name) => !ONLY_EXPORTS.includes(name.replace(".js", "")))) {
      const { sources, sourcesContent } = JSON.parse(textOf(`${path}.map`)) as Record<string, readonly string[]>
      expect(sources?.length).toBeGreaterThan(0)
      expect(sourcesContent?.map((text) => typeof text)).toEqual(sources?.map(() => "string"))
      expect(textOf(path)).toMatch(new RegExp(`\n//# sourceMappingURL=${path}\\.map$`))
    }
  })

  it.each(entries)("exports from %s the values that %s exports", async (name, path) => {
    const values = exportedNames(path).flatMap(({ name, isType }) => (isType ? [] : [name]))
    expect(Object.keys(await import(pathToFileURL(join(built, `${name}.js`)).href)).sort()).toEqual(values.sort())
  })

  it(`leaves start and store within ${MAX_PACKED_BYTES} bytes of a web page, and nothing of XState`, async () => {
    const code = await minified('export { start, store } from "./index.js"', built)
    expect(code).not.toMatch(/(?<!["\w])from ?"|xstate\.|import\(/)
    expect(gzipSync(code).length).toBeLessThanOrEqual(MAX_PACKED_BYTES)
  })
})

describe("what a program does not define", () => {
  // A word of each that stands in its messages, and in nobody else's. Any service may have partitions, so what supervises those is always there.
  it.each([
    ["pool", "its calls are the jobs"],
    ["dynamicSupervisor", "it forgets a child that is down"],
    ["keyedLock", "hold a key or wait for one"],
    ["registry", "has ended and can hold no key"],
  ])("it does not carry: %s", async (name, word) => {
    expect(await minified(`export { ${name} } from "./index.js"`, built)).toContain(word)
    expect(await minified('export { start, store } from "./index.js"', built)).not.toContain(word)
  })
})

describe("two copies of the package, each minified by who builds a program", () => {
  it("know each other's errors: a class's name, which was taken from it, is not what they go by", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pigeonhole-minified-"))
    const code = await minified('export { failure, NotFound } from "./index.js"', built)
    const copies = ["ours", "theirs"].map(async (name) => {
      const path = join(folder, `${name}.mjs`)
      writeFileSync(path, code)
      return (await import(pathToFileURL(path).href)) as typeof import("../actors/index.ts")
    })
    const [ours, theirs] = (await Promise.all(copies)) as [typeof import("../actors/index.ts"), typeof import("../actors/index.ts")]
    const { error } = ours.failure(new theirs.NotFound("gone"))
    rmSync(folder, { recursive: true })
    expect(ours.NotFound.name).not.toBe("NotFound")
    expect(error).toBeInstanceOf(ours.NotFound)
  })
})

/** As who builds a web page has it. */
async function minified(contents: string, resolveDir: string): Promise<string> {
  const bundled = await build({ stdin: { contents, resolveDir }, bundle: true, minify: true, format: "esm", write: false })
  return bundled.outputFiles[0]?.text ?? ""
}

describe("a file that a worker runs", () => {
  const worker = `
    import { parentPort } from "node:worker_threads"
    import { greeting } from "../shared/greeting.ts"
    const text: string = greeting("worker")
    parentPort?.postMessage(text)
  `
  const main = `
    import { Worker } from "node:worker_threads"
    import { greeting } from "./shared/greeting.ts"
    console.log(greeting("main"))
    new Worker(new URL("./deep/greeter.worker.ts", import.meta.url)).on("message", (text) => console.log(text))
  `

  let root: string
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "pigeonhole-worker-"))
    for (const folder of ["code/deep", "code/shared"]) mkdirSync(join(root, folder), { recursive: true })
    writeFileSync(join(root, "package.json"), '{ "type": "module" }')
    writeFileSync(join(root, "code/main.ts"), main)
    writeFileSync(join(root, "code/wrong.ts"), main.replace(".worker.ts", ".ts"))
    writeFileSync(join(root, "code/deep/greeter.worker.ts"), worker)
    writeFileSync(join(root, "code/shared/greeting.ts"), 'export const greeting = (who: string): string => "hello from the " + who')
  })
  afterAll(() => rmSync(root, { recursive: true }))

  it("is found by the build, stands beside what starts it, and runs", async () => {
    await bundleJavaScript({ root, to: join(root, "dist"), entries: { main: "code/main.ts" }, sources: ["code"] })
    const { stdout, stderr } = await run("node", ["dist/main.js"], { cwd: root })
    expect(stdout, stderr).toBe("hello from the main\nhello from the worker\n")
  })

  it("must be called so: no build leaves out what its code names", async () => {
    const building = bundleJavaScript({ root, to: join(root, "none"), entries: { main: "code/wrong.ts" }, sources: ["code"] })
    await expect(building).rejects.toThrow("names ./deep/greeter.ts, which is no entry of the bundle")
  })
})

describe("the declarations that users see", () => {
  it("have no any", () => {
    const seen = reachableFrom(
      Object.keys(ENTRY_POINTS).map((name) => `${name}.ts`),
      (path) => textOf(asDeclaration(path)),
    )
    expect(seen.size).toBe(builtFiles(".d.ts").length)
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

  it.each(entries)("are exported once from %s", (_name, path) => {
    const all = exportedNames(path).map(({ name }) => name)
    expect(all.filter((name, index) => all.indexOf(name) < index)).toEqual([])
  })

  it("are the values that the modules have when they run", async () => {
    const modules = [
      await import("../actors/index.ts"),
      await import("../actors/durable.ts"),
      await import("../actors/express-session/express-session.ts"),
      await import("../actors/keyv/keyv.ts"),
      await import("../actors/rate-limit/rate-limit.ts"),
      await import("../actors/simulation.ts"),
      await import("../actors/simulation-vitest.ts"),
      await import("../actors/unstorage/unstorage.ts"),
      await import("../actors/config.ts"),
      await import("../actors/effect-persistence.ts"),
      await import("../actors/effect.ts"),
      await import("../src/opentelemetry.ts"),
      await import("../src/telemetry.ts"),
      await import("../actors/testing.ts"),
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
