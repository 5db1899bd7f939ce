/** The house's rules about its own source: who may import whom, who may touch the host, what no file may hold. */

import { readFileSync } from "node:fs"
import { posix } from "node:path"
import { describe, expect, it } from "vitest"
import { type Node, nodesOf, readSources, type Source, sourceOf } from "./house/source.ts"

/** Says what is wrong with a file; nothing where all is well. */
type Rule = (source: Source) => string[]

const sources = readSources(["src", "actors", "command"])

const culprits = (rule: Rule): string[] => sources.flatMap(rule)
/** What a rule says of a file that does not exist. */
const verdict = (rule: Rule, path: string, text: string): string[] => rule(sourceOf(path, text))

describe("the sources", () => {
  it("are found", () => {
    expect(sources.length).toBeGreaterThan(50)
    expect(sources.map(({ path }) => path)).toEqual(expect.arrayContaining(["src/kernel/kernel.ts", "actors/store/store.ts"]))
  })

  it("have their imports found, whatever their form", () => {
    const text = `
      import "a"; import { b } from "b"; import type { C } from "c"; import { type D } from "d"
      export * from "e"; export type { F } from "f"; const g = import("g"); type H = import("h").H
    `
    const found = sourceOf("src/app/new.ts", text).imports.map(({ specifier, isTypeOnly }) => [specifier, isTypeOnly])
    expect(Object.fromEntries(found)).toEqual({ a: false, b: false, c: true, d: false, e: false, f: true, g: false, h: true })
  })
})

// -- layers --------------------------------------------------------------------------------------------------------

/** From the ground up. The entry points are above all of them. */
const LAYERS = [
  "kernel",
  "topology",
  "supervision",
  "process",
  "task",
  "statechart",
  "server",
  "security",
  "service",
  "inspection",
  "app",
  "telemetry",
  "opentelemetry",
  "simulation",
  "effect",
]
const ENTRY_POINTS = [
  "src/index.ts",
  "src/effect.ts",
  "src/opentelemetry.ts",
  "src/simulation.ts",
  "src/telemetry.ts",
  "src/testing.ts",
  "src/xstate.ts",
]

describe("layers", () => {
  it("import downward only", () => {
    expect(culprits(importsDownward)).toEqual([])
  })

  it("have every source file in one of them", () => {
    expect(culprits(livesInALayer)).toEqual([])
  })

  it("would be missed if they were broken", () => {
    const upward = 'import { server } from "../server/server.ts"'
    expect(verdict(importsDownward, "src/kernel/pid.ts", upward)).toEqual([
      "src/kernel/pid.ts imports ../server/server.ts: kernel is below server",
    ])
    expect(verdict(importsDownward, "src/app/start.ts", upward)).toEqual([])
    expect(verdict(importsDownward, "src/process/self.ts", 'import { Task } from "../task/task.ts"')).toHaveLength(1)
    expect(verdict(importsDownward, "src/inspection/sys.ts", 'import type { Stop } from "../app/stop.ts"')).toHaveLength(1)
    expect(verdict(importsDownward, "src/supervision/x.ts", 'import type { Gate } from "../security/gate.ts"')).toHaveLength(1)
    expect(verdict(importsDownward, "src/app/x.ts", 'export * from "../index.ts"')).toHaveLength(1)
    expect(verdict(importsDownward, "src/kernel/x.ts", 'const store = await import("../../actors/store/store.ts")')).toHaveLength(1)
    expect(verdict(livesInALayer, "src/tools/x.ts", "")).toEqual(["src/tools/x.ts is in no layer"])
    expect(verdict(livesInALayer, "src/x.ts", "")).toHaveLength(1)
  })
})

function importsDownward({ path, imports }: Source): string[] {
  const own = heightOf(path)
  return targetsOf(path, imports)
    .filter(({ target }) => !isActor(path) && heightOf(target) > own)
    .map(({ specifier, target }) => `${path} imports ${specifier}: ${layerOf(path)} is below ${layerOf(target)}`)
}

function livesInALayer({ path }: Source): string[] {
  return isActor(path) || isProgram(path) || ENTRY_POINTS.includes(path) || LAYERS.includes(layerOf(path)) ? [] : [`${path} is in no layer`]
}

function layerOf(path: string): string {
  if (isActor(path)) return "actors"
  if (isProgram(path)) return "command"
  return ENTRY_POINTS.includes(path) ? "entry points" : (path.split("/")[1] ?? "")
}

function heightOf(path: string): number {
  if (isProgram(path)) return LAYERS.length + 2
  if (isActor(path)) return LAYERS.length + 1
  const height = LAYERS.indexOf(layerOf(path))
  return height < 0 ? LAYERS.length : height
}

const isActor = (path: string): boolean => path.startsWith("actors/")
/** What is run by its name, and imported by nobody. */
const isProgram = (path: string): boolean => path.startsWith("command/")

function targetsOf(path: string, imports: Source["imports"]): { specifier: string; target: string; isTypeOnly: boolean }[] {
  return imports
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ specifier, isTypeOnly }) => ({ specifier, isTypeOnly, target: posix.join(posix.dirname(path), specifier) }))
}

// -- rooms ---------------------------------------------------------------------------------------------------------

/** Of a layer of many files, its rooms, from the ground up. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  simulation: ["text", "program", "schedule", "strategies", "scene", "judges", "report", "exploration"],
}

describe("the rooms of a layer", () => {
  it("import downward only", () => {
    expect(culprits(importsDownTheRooms)).toEqual([])
  })

  it("have every file of the layer in one of them", () => {
    expect(culprits(livesInARoom)).toEqual([])
  })

  it("would be missed if they were broken", () => {
    const upward = 'import type { Trial } from "../exploration/trial.ts"'
    expect(verdict(importsDownTheRooms, "src/simulation/scene/scene.ts", upward)).toEqual([
      "src/simulation/scene/scene.ts imports ../exploration/trial.ts: scene is below exploration",
    ])
    const downward = 'import { Step } from "../schedule/step.ts"; import "./candidate.ts"; import "../../kernel/errors.ts"'
    expect(verdict(importsDownTheRooms, "src/simulation/scene/scene.ts", downward)).toEqual([])
    expect(verdict(livesInARoom, "src/simulation/scene.ts", "")).toEqual(["src/simulation/scene.ts is in no room of simulation"])
    expect(verdict(livesInARoom, "src/simulation/scenes/scene.ts", "")).toHaveLength(1)
    expect(verdict(livesInARoom, "src/kernel/kernel.ts", "")).toEqual([])
  })
})

function importsDownTheRooms({ path, imports }: Source): string[] {
  const rooms = roomsBeside(path)
  const own = rooms.indexOf(roomOf(path))
  return targetsOf(path, imports)
    .filter(({ target }) => layerOf(target) === layerOf(path) && rooms.indexOf(roomOf(target)) > own)
    .map(({ specifier, target }) => `${path} imports ${specifier}: ${roomOf(path)} is below ${roomOf(target)}`)
}

function livesInARoom({ path }: Source): string[] {
  const rooms = roomsBeside(path)
  return rooms.length === 0 || rooms.includes(roomOf(path)) ? [] : [`${path} is in no room of ${layerOf(path)}`]
}

/** None, where its layer has none. */
const roomsBeside = (path: string): readonly string[] => ROOMS[layerOf(path)] ?? []
const roomOf = (path: string): string => path.split("/")[2] ?? ""

// -- packages ------------------------------------------------------------------------------------------------------

describe("packages", () => {
  it("are imported where they are allowed only", () => {
    expect(culprits(importsAllowedPackages)).toEqual([])
  })

  it("would be missed if they were not", () => {
    const clock = 'import { performance } from "node:perf_hooks"'
    const xstate = 'import type { AnyStateMachine } from "xstate"'
    expect(verdict(importsAllowedPackages, "src/kernel/host.ts", clock)).toEqual(["src/kernel/host.ts imports node:perf_hooks"])
    expect(verdict(importsAllowedPackages, "src/kernel/host.ts", xstate)).toHaveLength(1)
    expect(verdict(importsAllowedPackages, "src/service/attachment.ts", xstate)).toHaveLength(1)
    expect(verdict(importsAllowedPackages, "src/service/attachment-lifecycle.ts", xstate)).toHaveLength(1)
    expect(verdict(importsAllowedPackages, "src/supervision/lifecycle.ts", xstate)).toHaveLength(1)
    expect(verdict(importsAllowedPackages, "src/statechart/statechart-clock.ts", xstate)).toEqual([])
    expect(verdict(importsAllowedPackages, "src/server/server.ts", xstate)).toHaveLength(1)
    expect(verdict(importsAllowedPackages, "src/app/start.ts", 'const { Schema } = await import("effect/Schema")')).toHaveLength(1)
    expect(verdict(importsAllowedPackages, "src/effect.ts", 'import * as Effect from "effect/Effect"')).toEqual([])
    expect(verdict(importsAllowedPackages, "src/effect.ts", 'import { Effect } from "effect"')).toHaveLength(1)
    expect(verdict(importsAllowedPackages, "src/app/start.ts", 'import { start } from "pigeonhole"')).toHaveLength(1)
    expect(verdict(importsAllowedPackages, "actors/store/store.ts", clock)).toHaveLength(1)
    expect(verdict(importsAllowedPackages, "actors/durable/file-snapshot.ts", clock)).toEqual([])
    expect(verdict(importsAllowedPackages, "actors/durable/file-snapshot.ts", 'import { Pool } from "pg"')).toHaveLength(1)
    expect(verdict(importsAllowedPackages, "actors/simulation/simulate.ts", 'import type { TestAPI } from "vitest"')).toHaveLength(1)
    expect(verdict(importsAllowedPackages, "command/main.ts", 'import { parseArgs } from "node:util"')).toEqual([])
    expect(verdict(importsAllowedPackages, "command/main.ts", 'import yargs from "yargs"')).toHaveLength(1)
  })

  it.each(["actors/index.ts", "actors/simulation.ts", "actors/testing.ts"])(
    "are not needed by %s, nor by anything it imports, nor by its types",
    (entry) => {
      expect(packagesReachedFrom(entry, sources)).toEqual([])
    },
  )

  it("would be missed if they were needed", () => {
    const chain = [
      sourceOf("src/testing.ts", 'export { a } from "./app/a.ts"'),
      sourceOf("src/app/a.ts", 'import type { B } from "./b.ts"'),
      sourceOf("src/app/b.ts", 'import { createMachine } from "xstate"; import "../index.ts"'),
    ]
    expect(packagesReachedFrom("src/testing.ts", chain)).toEqual(["src/testing.ts → src/app/a.ts → src/app/b.ts → xstate"])
    expect(packagesReachedFrom("src/xstate.ts", sources)).not.toEqual([])
    expect(packagesReachedFrom("src/effect.ts", sources)).not.toEqual([])
  })
})

describe("XState's values", () => {
  it("come by one door, which looks at what is installed", () => {
    expect(culprits(importsXStateByItsDoor)).toEqual([])
    const value = 'import { type Snapshot, createActor } from "xstate"'
    expect(verdict(importsXStateByItsDoor, "src/app/statechart.ts", value)).toEqual(["src/app/statechart.ts imports values of xstate"])
    expect(verdict(importsXStateByItsDoor, "src/app/statechart.ts", 'import type { Snapshot } from "xstate"')).toEqual([])
  })
})

const XSTATE_DOOR = /\/xstate-peer\.ts$/

function importsXStateByItsDoor({ path, imports }: Source): string[] {
  const values = imports.filter(({ specifier, isTypeOnly }) => /^xstate(\/|$)/.test(specifier) && !isTypeOnly)
  return XSTATE_DOOR.test(path) ? [] : values.map(({ specifier }) => `${path} imports values of ${specifier}`)
}

/** The way from an entry point to each package that it needs. Types count: what is not installed has no declarations either. */
function packagesReachedFrom(entry: string, files: readonly Source[]): string[] {
  const byPath = new Map(files.map((source) => [source.path, source]))
  const seen = new Set<string>()
  const found: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (seen.has(path)) return
    seen.add(path)
    const { imports = [] } = byPath.get(path) ?? {}
    for (const { specifier } of imports) if (!specifier.startsWith(".")) found.push([...trail, path, specifier].join(" → "))
    for (const { target } of targetsOf(path, imports)) visit(target, [...trail, path])
  }
  visit(entry, [])
  return found
}

const XSTATE_CUSTOMERS = /^src\/(statechart\/.+|(service|inspection)\/(statechart|xstate)(-.+)?|xstate)\.ts$/

const EFFECT_CUSTOMERS = /^(src|actors)\/(effect(-persistence)?|effect\/.+|config\/.+)\.ts$/

const OPENTELEMETRY_CUSTOMERS = /^src\/opentelemetry(\/.+)?\.ts$/

const POSTGRES_CUSTOMERS = /^actors\/durable\/postgres-.+\.ts$/

/** What reads an application from files. */
const CONFIGURATION = /^actors\/config\/.+\.ts$/

/** Who reaches PostgreSQL by its driver, and who looks whether it is there. */
const POSTGRES = /^actors\/(durable\/postgres-connection|config\/stores)\.ts$/

/** What keeps something beyond the process is written for one host. */
const NODE_CUSTOMERS = /^actors\/(durable|config)\/.+\.ts$/

const VITEST_CUSTOMERS = /^actors\/simulation-vitest\.ts$/

/**
 * No package at all but XState, where users' machines are, Effect, OpenTelemetry, Vitest and express-session, in their entry points, YAML where
 * configurations are read, and Node's own, there, in what is durable and in programs.
 */
function importsAllowedPackages({ path, imports }: Source): string[] {
  return (
    imports
      .map(({ specifier }) => specifier)
      .filter((specifier) => !specifier.startsWith("."))
      .filter((specifier) => !(/^xstate(\/|$)/.test(specifier) && XSTATE_CUSTOMERS.test(path)))
      .filter((specifier) => !(/^effect\//.test(specifier) && EFFECT_CUSTOMERS.test(path)))
      .filter((specifier) => !(specifier === "@opentelemetry/api" && OPENTELEMETRY_CUSTOMERS.test(path)))
      .filter((specifier) => !(specifier === "pg" && (CONFIGURATION.test(path) || POSTGRES_CUSTOMERS.test(path))))
      .filter((specifier) => !(specifier === "yaml" && CONFIGURATION.test(path)))
      .filter((specifier) => !(specifier === "pg" && POSTGRES.test(path)))
      .filter((specifier) => !(specifier === "vitest" && VITEST_CUSTOMERS.test(path)))
      .filter((specifier) => !(/^node:/.test(specifier) && (NODE_CUSTOMERS.test(path) || isProgram(path))))
      // A program imports the file that it is given, a configuration the modules that it names.
      .filter((specifier) => !(specifier === "(computed)" && (isProgram(path) || CONFIGURATION.test(path))))
      .filter((specifier) => !(specifier === "express-session" && path === "actors/express-session/express-session.ts"))
      .map((specifier) => `${path} imports ${specifier}`)
  )
}

// -- actors --------------------------------------------------------------------------------------------------------

describe("actors", () => {
  it("are written against their own folder, or that of the actor they are a sort of, and the runtime's public names alone", () => {
    expect(culprits(staysOutside)).toEqual([])
  })

  it("would be missed if they were not", () => {
    const inside = 'import { Kernel } from "../../src/kernel/kernel.ts"'
    expect(verdict(staysOutside, "actors/store/store.ts", inside)).toEqual(["actors/store/store.ts imports ../../src/kernel/kernel.ts"])
    expect(verdict(staysOutside, "actors/store/store.ts", 'import { limit } from "../limiter/limiter.ts"')).toHaveLength(1)
    expect(verdict(staysOutside, "actors/index.ts", 'export * from "../src/testing.ts"')).toHaveLength(1)
    expect(verdict(staysOutside, "actors/testing.ts", 'export * from "../src/testing.ts"')).toEqual([])
    expect(verdict(staysOutside, "actors/testing/stage-store.ts", 'import { virtualTime } from "../../src/testing.ts"')).toEqual([])
    expect(verdict(staysOutside, "actors/store/store.ts", 'import { virtualTime } from "../../src/testing.ts"')).toHaveLength(1)
    expect(verdict(staysOutside, "actors/durable/durable-store.ts", 'import { store } from "../store/store.ts"')).toEqual([])
    expect(verdict(staysOutside, "actors/store/store.ts", 'import { fileSnapshot } from "../durable/file-snapshot.ts"')).toHaveLength(1)
    const allowed = 'import { server } from "../../src/index.ts"; import { EntryTable } from "./entry-table.ts"'
    expect(verdict(staysOutside, "actors/store/store.ts", allowed)).toEqual([])
    expect(verdict(staysOutside, "actors/keyv/keyv.ts", 'import { StoreMailbox } from "../index.ts"')).toEqual([])
    expect(verdict(staysOutside, "actors/keyv/keyv.ts", 'import { StoreMailbox } from "../store/store-mailbox.ts"')).toHaveLength(1)
    expect(verdict(staysOutside, "actors/index.ts", 'export * from "../src/index.ts"; export * from "./store/store.ts"')).toEqual([])
  })
})

/** Whose folder one folder's actors may use beside their own: what is kept on disk is a store, and has a store's values. */
const SORTS_OF: Readonly<Record<string, readonly string[]>> = {
  "actors/durable": ["actors/store"],
  "actors/effect": ["actors/store"],
  "actors/simulation": ["actors/store", "actors/durable", "actors/lock"],
  "actors/testing": ["actors/store"],
}

/** What tests actors is written against what tests the runtime, too, and what is Effect's of them against what is Effect's of it: the entry point of the same name. */
const isOfTheName = (path: string, target: string): boolean =>
  ["testing", "simulation", "effect"].some(
    (name) => target === `src/${name}.ts` && new RegExp(`^actors/${name}(-\\w+)?(\\.ts|/.+)$`).test(path),
  )

/** What makes a store serve another library: written against the package's own public names, as a user would. */
const ADAPTERS = /^actors\/(keyv|unstorage|express-session|rate-limit)\//

function staysOutside({ path, imports }: Source): string[] {
  if (!isActor(path)) return []
  if (ADAPTERS.test(path)) {
    const others = targetsOf(path, imports).filter(({ target }) => target !== "actors/index.ts")
    return others.map(({ specifier }) => `${path} imports ${specifier}`)
  }
  if (CONFIGURATION.test(path)) {
    const others = targetsOf(path, imports).filter(({ target }) => !/^actors\/(index|durable|config\/.+)\.ts$/.test(target))
    return others.map(({ specifier }) => `${path} imports ${specifier}`)
  }
  const own = posix.dirname(path)
  const open = [own, ...(SORTS_OF[own] ?? [])]
  return targetsOf(path, imports)
    .filter(({ target }) => !isOfTheName(path, target))
    .filter(({ target }) => target !== "src/index.ts" && !open.some((folder) => target.startsWith(`${folder}/`)))
    .map(({ specifier }) => `${path} imports ${specifier}`)
}

describe("programs", () => {
  it("are written against the package's own public names, as a user would", () => {
    expect(culprits(usesPublicNames)).toEqual([])
    const inside = 'import { Theatre } from "../src/simulation/exploration/theatre.ts"'
    expect(verdict(usesPublicNames, "command/main.ts", inside)).toEqual([
      "command/main.ts imports ../src/simulation/exploration/theatre.ts",
    ])
    expect(verdict(usesPublicNames, "command/main.ts", 'import { explore } from "../actors/simulation.ts"; import "./a.ts"')).toEqual([])
  })

  it("are imported by nobody", () => {
    expect(culprits(importsNoProgram)).toEqual([])
    expect(verdict(importsNoProgram, "actors/simulation/simulate.ts", 'import { run } from "../../command/dispatch.ts"')).toHaveLength(1)
  })
})

/** The manifest is public, too: `pigeonhole/package.json`. */
const isEntryPoint = (path: string): boolean => /^actors\/[\w-]+\.ts$/.test(path) || path === "src/telemetry.ts" || path === "package.json"

function usesPublicNames({ path, imports }: Source): string[] {
  if (!isProgram(path)) return []
  const others = targetsOf(path, imports).filter(({ target }) => !isProgram(target) && !isEntryPoint(target))
  return others.map(({ specifier }) => `${path} imports ${specifier}`)
}

function importsNoProgram({ path, imports }: Source): string[] {
  const programs = targetsOf(path, imports).filter(({ target }) => isProgram(target) && !isProgram(path))
  return programs.map(({ specifier }) => `${path} imports ${specifier}`)
}

// -- cycles --------------------------------------------------------------------------------------------------------

describe("imports of values", () => {
  it("form no cycle", () => {
    expect(cyclesOf(sources)).toEqual([])
  })

  it("would be missed if they did", () => {
    const cycle = [
      sourceOf("src/app/a.ts", 'import { b } from "./b.ts"'),
      sourceOf("src/app/b.ts", 'import { c } from "../kernel/c.ts"'),
      sourceOf("src/kernel/c.ts", 'export { a } from "../app/a.ts"'),
    ]
    expect(cyclesOf(cycle)).toEqual(["src/app/a.ts → src/app/b.ts → src/kernel/c.ts → src/app/a.ts"])
    const typed = [sourceOf("src/app/a.ts", 'import { b } from "./b.ts"'), sourceOf("src/app/b.ts", 'import type { a } from "./a.ts"')]
    expect(cyclesOf(typed)).toEqual([])
  })
})

/** One cycle for each import that closes one, found depth first. */
function cyclesOf(files: readonly Source[]): string[] {
  const targets = new Map(files.map(({ path, imports }) => [path, valueTargetsOf(path, imports)]))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const first = trail.indexOf(path)
    if (first >= 0) cycles.push([...trail.slice(first), path].join(" → "))
    if (first >= 0 || done.has(path)) return
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const { path } of files) visit(path, [])
  return cycles
}

/** What is loaded when this file is run. */
function loadedBy(entry: string, files: readonly Source[]): ReadonlySet<string> {
  const imports = new Map(files.map((source) => [source.path, source.imports]))
  const loaded = new Set([entry])
  for (const path of loaded) for (const target of valueTargetsOf(path, imports.get(path) ?? [])) loaded.add(target)
  return loaded
}

describe("a file that a thread of its own runs", () => {
  const workers = sources.map(({ path }) => path).filter((path) => path.endsWith(".worker.ts"))

  it.each(workers)("loads nothing of the runtime, which would take longer than all that it does: %s", (worker) => {
    const loaded = [...loadedBy(worker, sources)]
    expect(loaded.length).toBeGreaterThan(1)
    expect(loaded.filter((path) => path.startsWith("src/"))).toEqual([])
  })

  it("would be missed if it did", () => {
    const chain = [
      sourceOf("actors/x.worker.ts", 'import { a } from "./a.ts"; import type { B } from "../src/b.ts"'),
      sourceOf("actors/a.ts", 'import { c } from "../src/c.ts"'),
    ]
    expect([...loadedBy("actors/x.worker.ts", chain)]).toEqual(["actors/x.worker.ts", "actors/a.ts", "src/c.ts"])
    expect(workers).not.toEqual([])
  })
})

describe("imports, those of types too", () => {
  it("form no circle but that of a type and its maker", () => {
    expect(circlesOf(sources).toSorted()).toEqual(PAIRS.map(({ files }) => files.join(" ⇄ ")).toSorted())
  })

  it("have two files on a circle at most, whatever is said of it", () => {
    expect(PAIRS.filter(({ files, reason }) => files.length > 2 || reason === "")).toEqual([])
  })

  it("would be missed if they did", () => {
    const typed = [
      sourceOf("src/kernel/inbox.ts", 'import type { Process } from "./process.ts"'),
      sourceOf("src/kernel/process.ts", 'import { type Kernel } from "./kernel.ts"; import { x } from "./x.ts"'),
      sourceOf("src/kernel/kernel.ts", 'type Inbox = import("./inbox.ts").Inbox'),
      sourceOf("src/kernel/x.ts", 'export type { Y } from "./y.ts"'),
      sourceOf("src/kernel/y.ts", 'import type { X } from "./x.ts"'),
      sourceOf("src/kernel/z.ts", 'import type { Kernel } from "./kernel.ts"; import type { Y } from "./y.ts"'),
    ]
    expect(circlesOf(typed).toSorted()).toEqual([
      "src/kernel/inbox.ts ⇄ src/kernel/kernel.ts ⇄ src/kernel/process.ts",
      "src/kernel/x.ts ⇄ src/kernel/y.ts",
    ])
    expect(circlesOf(typed.slice(0, 2))).toEqual([])
  })
})

/** A type and its maker, which name each other. */
const PAIRS: readonly { readonly files: readonly [string, string]; readonly reason: string }[] = [
  {
    files: ["actors/store/load-request.ts", "actors/store/load.ts"],
    reason: "a load has requests that wait for it, each of which says for which",
  },
  {
    files: ["actors/store/store-watch.ts", "actors/store/watch-notice.ts"],
    reason: "a watch makes the notices, each of which says whose it is",
  },
  { files: ["src/process/process-self.ts", "src/process/self.ts"], reason: "a self starts tasks, which are given a self that is one" },
  { files: ["src/supervision/child-spec.ts", "src/supervision/supervised-child.ts"], reason: "a spec is told which child is made of it" },
]

/** The files that lead back to themselves, those of one circle together: the strongly connected components of the imports. Source  Tarjan (1972). */
function circlesOf(files: readonly Source[]): string[] {
  const targets = new Map(files.map(({ path, imports }) => [path, targetsOf(path, imports).map(({ target }) => target)]))
  /** In order of coming, and the earliest that each leads back to. */
  const numbers = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: string[] = []
  const circles: string[] = []
  const low = (path: string): number => lowest.get(path) ?? Number.POSITIVE_INFINITY
  const visit = (path: string): void => {
    const number = numbers.size
    numbers.set(path, number)
    lowest.set(path, number)
    open.push(path)
    for (const target of (targets.get(path) ?? []).filter((each) => targets.has(each))) {
      if (!numbers.has(target)) visit(target)
      if (open.includes(target)) lowest.set(path, Math.min(low(path), low(target)))
    }
    if (low(path) !== number) return
    const circle = open.splice(open.indexOf(path))
    if (circle.length > 1) circles.push(circle.toSorted().join(" ⇄ "))
  }
  for (const path of targets.keys()) if (!numbers.has(path)) visit(path)
  return circles
}

function valueTargetsOf(path: string, imports: Source["imports"]): string[] {
  return targetsOf(path, imports)
    .filter(({ isTypeOnly }) => !isTypeOnly)
    .map(({ target }) => target)
}

// -- the reading path ----------------------------------------------------------------------------------------------

describe("the reading path in README.md", () => {
  const [, section = ""] = readFileSync("README.md", "utf8").split("\n## Reading the code\n")
  const paths = Array.from(section.matchAll(/^\| `([^`]+)`/gm), ([, path]) => path ?? "")

  it("is six files, from a mailbox to the server's dispatch", () => {
    expect(paths).toHaveLength(6)
    expect([paths.at(0), paths.at(-1)]).toEqual(["src/service/mailbox.ts", "src/server/server-dispatch.ts"])
    expect(sources.map(({ path }) => path)).toEqual(expect.arrayContaining(paths))
  })

  it("has under 900 lines", () => {
    const lines = sources.filter(({ path }) => paths.includes(path)).map(({ text }) => text.split("\n").length - 1)
    expect(lines.reduce((sum, each) => sum + each, 0)).toBeLessThan(900)
  })

  it("names files that are there", () => {
    const named = Array.from(section.matchAll(/`((?:src|actors)\/[^`]+)`/g), ([, path]) => path ?? "")
    expect(sources.map(({ path }) => path)).toEqual(expect.arrayContaining(named))
  })
})

// -- the host ------------------------------------------------------------------------------------------------------

describe("the host's time, turns and chance", () => {
  it("are reached through the port alone", () => {
    expect(culprits(leavesHostAlone)).toEqual([])
  })

  it("would be missed if they were not", () => {
    const calls = ["setTimeout(f)", "globalThis.setInterval(f)", "setImmediate(f)", "queueMicrotask(f)"]
    const reads = ["performance.now()", "Date.now()", "Math.random()", 'performance["now"]()', "const { now } = Date", "new Date()"]
    for (const use of [...calls, ...reads]) expect(verdict(leavesHostAlone, "src/app/new.ts", use), use).toHaveLength(1)
    expect(verdict(leavesHostAlone, "src/app/new.ts", "Date.now()")).toEqual(["src/app/new.ts uses Date"])
    expect(verdict(leavesHostAlone, "src/kernel/host.ts", calls.join("\n"))).toEqual([])
    expect(verdict(leavesHostAlone, "src/app/new.ts", "// not setTimeout\nMath.max(host.now(), host.random())")).toEqual([])
    expect(verdict(leavesHostAlone, "src/app/new.ts", "value instanceof Date")).toEqual([])
    expect(verdict(leavesHostAlone, "src/app/new.ts", "new Date(Date.prototype.getTime.call(value))")).toEqual([])
    expect(verdict(leavesHostAlone, "src/app/new.ts", "new Date(...[])")).toHaveLength(1)
    expect(
      verdict(leavesHostAlone, "src/app/new.ts", "interface At extends Date { at: Date }; type Of<A> = A extends Date ? At : A"),
    ).toEqual([])
    expect(verdict(leavesHostAlone, "src/app/new.ts", "class At extends Date {}")).toHaveLength(1)
    expect(verdict(leavesHostAlone, "src/app/new.ts", "Date.now(); const at: Date = given")).toHaveLength(1)
    expect(verdict(leavesHostAlone, "src/simulation/program/world-time.ts", "Date.now(); setTimeout(f)")).toEqual([
      "src/simulation/program/world-time.ts uses setTimeout",
    ])
  })
})

/** The statecharts' clock has XState's names for what it does with the kernel's timers. */
const HOST_PORTS = ["src/kernel/host.ts", "src/testing.ts", "src/statechart/statechart-clock.ts"]
const HOST_FUNCTIONS = ["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "MessageChannel"]
/** Objects that tell the time; to compare a value with a class is no reading of it, nor is a Date of a time that is given, nor a type. */
const CLOCKS = ["performance", "Date"]

const TIMERS = ["setTimeout", "setInterval", "setImmediate"]
/**
 * Who says some of these names, and no more of them. What a simulated world puts in the place of the host's takes hold of it and has its name;
 * an error that must reach the host is thrown where the host looks; who copies dates takes hold of their class; a server elsewhere is waited for in its time.
 */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  "src/simulation/program/world-time.ts": CLOCKS,
  "src/simulation/program/world-timers.ts": [...TIMERS, "queueMicrotask"],
  "src/simulation/program/world-promises.ts": TIMERS,
  "src/simulation/program/microtasks.ts": ["queueMicrotask"],
  "actors/store/builtin-copies.ts": ["Date"],
  "actors/durable/patience.ts": ["performance", "setTimeout"],
  "command/terminal.ts": ["performance"],
  "command/pause.ts": ["setTimeout"],
}

function leavesHostAlone({ path, program }: Source): string[] {
  if (HOST_PORTS.includes(path)) return []
  const uses = [...nodesOf(program)].flatMap(hostUseOf).filter((use) => NAMED[path]?.includes(use) !== true)
  return uses.map((use) => `${path} uses ${use}`)
}

function hostUseOf(node: Node, _index: number, all: readonly Node[]): string[] {
  const { type, name, object, property } = node as Node & { name?: string; object?: Node; property?: Node }
  if (type === "MemberExpression" && object?.name === "Math" && property?.name === "random") return ["Math.random"]
  if (type !== "Identifier" || name === undefined) return []
  if (HOST_FUNCTIONS.includes(name)) return [name]
  return CLOCKS.includes(name) && !all.some((other) => readsNoClock(other, node)) ? [name] : []
}

function readsNoClock(around: Node, clock: Node): boolean {
  const { type, right, object, property, callee, typeName, expression } = around as Node &
    Record<string, (Node & { name?: string }) | undefined>
  if (type === "TSTypeReference") return typeName === clock
  if (type === "TSInterfaceHeritage") return expression === clock
  if (type === "BinaryExpression") return right === clock
  if (type === "MemberExpression") return object === clock && property?.name === "prototype"
  const [first] = (around as Node & { arguments?: readonly Node[] }).arguments ?? []
  return type === "NewExpression" && callee === clock && first !== undefined && first.type !== "SpreadElement"
}

// -- what no file holds --------------------------------------------------------------------------------------------

describe("every file", () => {
  it("has no any", () => {
    expect(culprits(hasNoAny)).toEqual([])
    expect(verdict(hasNoAny, "src/app/new.ts", "const a: Map<string, any> = b as any")).toHaveLength(2)
    expect(verdict(hasNoAny, "src/app/new.ts", "// any\nconst any: AnyStateMachine = a")).toEqual([])
  })

  it("silences no checker and leaves nothing to do", () => {
    expect(culprits(silencesNobody)).toEqual([])
    for (const mark of ["@ts-ignore", "@ts-nocheck", "@ts-expect-error", "biome-ignore lint: no", "TODO", "FIXME"]) {
      expect(verdict(silencesNobody, "src/app/new.ts", `// ${mark}`), mark).toHaveLength(1)
    }
  })

  it("begins with a header that says what it is", () => {
    expect(culprits(hasHeader)).toEqual([])
    expect(verdict(hasHeader, "src/app/new.ts", "export const a = 1")).toEqual(["src/app/new.ts has no header"])
    expect(verdict(hasHeader, "src/app/new.ts", "/** The a. */\nexport const a = 1")).toHaveLength(1)
    expect(verdict(hasHeader, "src/app/new.ts", "// Letters.\n\nexport const a = 1")).toHaveLength(1)
    expect(verdict(hasHeader, "src/app/new.ts", "/** Letters. */\n\nexport const a = 1")).toEqual([])
  })

  it("has a name that says what is in it", () => {
    expect(culprits(hasTellingName)).toEqual([])
    for (const path of ["src/utils/a.ts", "src/app/helpers.ts", "src/app/types.ts", "src/app/timer-manager.ts"]) {
      expect(verdict(hasTellingName, path, "")).toEqual([`${path} has a name that says nothing`])
    }
    expect(verdict(hasTellingName, "src/app/managed-types-of-timers.ts", "")).toEqual([])
  })

  it("has at most 400 lines", () => {
    expect(culprits(isShort)).toEqual([])
    expect(verdict(isShort, "src/app/new.ts", "\n".repeat(400))).toEqual([])
    expect(verdict(isShort, "src/app/new.ts", "\n".repeat(401))).toEqual(["src/app/new.ts has 401 lines"])
  })
})

function hasNoAny({ path, text, program }: Source): string[] {
  const line = (node: Node): number => text.slice(0, node.start).split("\n").length
  return [...nodesOf(program)].filter(({ type }) => type === "TSAnyKeyword").map((node) => `${path}:${line(node)} says any`)
}

function silencesNobody({ path, text }: Source): string[] {
  return [...text.matchAll(/@ts-\w[\w-]*|biome-ignore|\b(?:TODO|FIXME|XXX)\b/g)].map(([mark]) => `${path} says ${mark}`)
}

/** A comment of its own: what stands right above a declaration describes that. */
function hasHeader({ path, text }: Source): string[] {
  const end = text.indexOf("*/")
  return text.startsWith("/**") && text.startsWith("*/\n\n", end) ? [] : [`${path} has no header`]
}

function hasTellingName({ path }: Source): string[] {
  const isVague = /(^|\/)(types|([^/]*-)?(utils?|helpers?|managers?))(\.ts|\/)/.test(path)
  return isVague ? [`${path} has a name that says nothing`] : []
}

function isShort({ path, text }: Source): string[] {
  const lines = text.replace(/\n$/, "").split("\n").length
  return lines > 400 ? [`${path} has ${lines} lines`] : []
}
