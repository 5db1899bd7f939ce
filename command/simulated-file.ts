/** A module of somebody's, and the applications in it. */

import { statSync } from "node:fs"
import { resolve } from "node:path"
import process from "node:process"
import { pathToFileURL } from "node:url"
import { checkOptions, invalid, shown } from "../actors/index.ts"
import { type Application, type ExploreOptions, replay, type World } from "../actors/simulation.ts"

/** Makes an application for its world. */
export type Make = (world: World) => Application

/** What a file brings. */
export interface SimulatedFile {
  /** By the names that they are exported by, in the order of the alphabet, as modules have it. One that has several is there once. */
  readonly applications: ReadonlyMap<string, Make>
  /** Whether it has no others. */
  readonly isAll: boolean
  readonly options: ExploreOptions
}

/** Loads it. Errors: Invalid, where it is not there, cannot be loaded, or has no application; and for a name of `only` that it does not have. */
export async function loadSimulated(file: string, only: readonly string[]): Promise<SimulatedFile> {
  const exported = await load(file)
  const { applications, reasons } = await applicationsIn(exported)
  if (applications.size === 0) throw invalid("FILE", `must export an application; ${file} ${whatInstead(reasons)}`)
  for (const name of only) {
    if (applications.has(name)) continue
    const why = reasons.get(name) ?? "is not there"
    throw invalid("--only", `must be one of ${[...applications.keys()].join(", ")}; ${name} ${why}`)
  }
  const chosen = eachOnce([...applications].filter(([name]) => only.length === 0 || only.includes(name)))
  return { applications: chosen, isAll: chosen.size === new Set(applications.values()).size, options: optionsIn(exported, file) }
}

/** By the first of its names that says something. */
function eachOnce(named: readonly (readonly [string, Make])[]): ReadonlyMap<string, Make> {
  const telling = named.filter(([name]) => name !== "default")
  return new Map(named.filter((each) => each === [...telling, ...named].find(([, make]) => make === each[1])))
}

// -- loading -----------------------------------------------------------------------------------------------------------

type Exported = Readonly<Record<string, unknown>>

async function load(file: string): Promise<Exported> {
  const path = resolve(file)
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) throw invalid("FILE", `must be a file; there is none at ${path}`)
  try {
    return exportsOf((await import(pathToFileURL(path).href)) as Exported)
  } catch (error) {
    throw invalid("FILE", whyNot(file, error), error)
  }
}

/** What a module exports by names; of a CommonJS one, whose exports Node gives as they are by a name of its own, and as the default, what is in them. */
function exportsOf(exported: Exported): Exported {
  const { default: all, [COMMON]: common, ...named } = exported
  if (common === undefined) return exported
  return typeof all === "object" && all !== null ? { ...all, ...named } : { ...named, default: all }
}

/** How Node says that a module is CommonJS. */
const COMMON = "module.exports"

const TYPESCRIPT = /\.[cm]?ts$/

function whyNot(file: string, error: unknown): string {
  const { code, stack } = (error ?? {}) as { readonly code?: unknown; readonly stack?: unknown }
  if (code === "ERR_UNKNOWN_FILE_EXTENSION" && TYPESCRIPT.test(file)) {
    return `must be JavaScript for this Node, ${process.version}: TypeScript is run from 22.19 on, where it is not turned off`
  }
  return `must load; ${file} does not: ${typeof stack === "string" ? stack : String(error)}`
}

// -- what is in it -----------------------------------------------------------------------------------------------------

interface Found {
  readonly applications: ReadonlyMap<string, Make>
  /** Of all else, why it is none. */
  readonly reasons: ReadonlyMap<string, string>
}

async function applicationsIn(exported: Exported): Promise<Found> {
  const applications = new Map<string, Make>()
  const reasons = new Map<string, string>()
  for (const [name, value] of Object.entries(exported)) {
    const why = await whyNone(value)
    if (why === undefined) applications.set(name, value as Make)
    else reasons.set(name, why)
  }
  return { applications, reasons }
}

/** It is made once to see what it is; `undefined`: it is one. */
async function whyNone(make: unknown): Promise<string | undefined> {
  if (typeof make !== "function") return "is no function"
  if (make.length > 1) return "takes more than a world"
  let why: string | undefined
  await inAWorld((world) => {
    why = whyNotMade(() => make(world))
  })
  return why
}

function whyNotMade(make: () => unknown): string | undefined {
  try {
    const made = make()
    // What it rejects with is nobody's matter.
    if (made instanceof Promise) made.catch(() => undefined)
    return isApplication(made) ? undefined : `gives ${shown(made)}, not { tree, run }`
  } catch (error) {
    return `throws: ${error instanceof Error ? error.message : shown(error)}`
  }
}

/** The schedule without a deviation; by its name, as the environment may name another one for what is explored. */
const PLAIN_SCHEDULE = "1.0.c.-.-"

/** What is begun there and never ends is gone with it. */
async function inAWorld(look: (world: World) => void): Promise<void> {
  const looking = (world: World): Application => {
    look(world)
    return { tree: {}, run: () => {} }
  }
  await replay(looking, PLAIN_SCHEDULE)
}

function isApplication(value: unknown): value is Application {
  if (typeof value !== "object" || value === null) return false
  const { tree, run } = value as Partial<Application>
  return typeof tree === "object" && tree !== null && typeof run === "function"
}

function whatInstead(reasons: ReadonlyMap<string, string>): string {
  const told = [...reasons].filter(([name]) => name !== "options").map(([name, why]) => `${name} ${why}`)
  return told.length === 0 ? "exports nothing" : `exports none: ${told.join("; ")}`
}

function optionsIn({ options }: Exported, file: string): ExploreOptions {
  if (options === undefined) return {}
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw invalid("options", `must be an object, where ${file} exports them; got ${shown(options)}`)
  }
  // Their names are looked at by who explores.
  return checkOptions(options, Object.keys(options), "options.")
}
