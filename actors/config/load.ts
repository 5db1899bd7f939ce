/** The ways in: from data, or from files, to an application. */

import { readFile } from "node:fs/promises"
import { dirname, extname, resolve } from "node:path"
import { checkOptions, invalid, type SupervisorDefinition, shown } from "../index.ts"
import { Assembly } from "./assembly.ts"
import { Configuration } from "./configuration.ts"
import { readDocument } from "./entries.ts"
import { type Environment, EnvironmentReader } from "./environment.ts"
import { mergeFiles } from "./merge.ts"
import { checkPlain } from "./plain-values.ts"
import { Problems } from "./problems.ts"
import { readData } from "./read-data.ts"
import { readJson } from "./read-json.ts"
import { readYaml } from "./read-yaml.ts"
import { References } from "./references.ts"
import { ConfiguredSecurity } from "./security.ts"
import { fieldOf, type Origin, type Place, type SourceNode, textOf } from "./source-node.ts"

/** How files are read. */
export interface LoadOptions {
  /** What `${env:NAME}` is looked up in. Default: `process.env`. */
  readonly env?: Environment
  /** Whether modules may stand outside of the folder of the file that names them. Default `false`. */
  readonly allowOutside?: boolean
  /** What follows from a kind that is not known: the whole is refused, or the entry is passed over and named in `skipped`. Default `refuse`. */
  readonly unknownKinds?: "refuse" | "skip"
}

/** How data is read. */
export interface ConfigureOptions extends LoadOptions {
  /** The folder that paths of modules and of data are relative to. Default: the working directory. */
  readonly folder?: string
  /** What errors call it. Default: nothing. */
  readonly file?: string
}

interface Settings {
  readonly env: Environment
  readonly allowOutside: boolean
  readonly unknownKinds: "refuse" | "skip"
}

const LOAD_OPTIONS = ["env", "allowOutside", "unknownKinds"] as const satisfies readonly (keyof LoadOptions)[]
const CONFIGURE_OPTIONS = [...LOAD_OPTIONS, "folder", "file"] as const satisfies readonly (keyof ConfigureOptions)[]

/**
 * Makes the tree of an application that is given as data: what a configuration file holds. Modules that it names are loaded, nothing is started.
 *
 * Errors  Invalid, with all that is wrong at once: `details.problems` has a file, a path, what was expected and what was found for each.
 *
 * @example
 * import { configure } from "pigeonhole/config"
 *
 * const entries = [{ name: "cache", kind: "store", maxEntries: 1000, maxBytes: "64MB" }]
 * await using app = await start(await configure({ namespace: "app", entries }))
 * app.tree().children.map((node) => node.id) // => ["app:cache"]
 */
export async function configure(data: unknown, options?: ConfigureOptions): Promise<SupervisorDefinition<object>> {
  const said = checkOptions(options, CONFIGURE_OPTIONS)
  const folder = folderOf(said.folder)
  if (said.file !== undefined && (typeof said.file !== "string" || said.file === ""))
    throw invalid("file", `must be text that is not empty; got ${shown(said.file)}`)
  const reading = new Reading(settingsOf(said))
  const place = placeOf(said.file, folder)
  return (await reading.configuration([readData(data, place, reading.problems)])).tree
}

/**
 * Reads an application from files in JSON or YAML. Several are put together: what a later one says wins, entries by their ids, objects field by field;
 * lists are replaced, and `null` takes a field away.
 *
 * Errors  Invalid, with all that is wrong at once (see `configure`); Unavailable, where a file is in YAML and the package `yaml` is not installed.
 *
 * @example
 * import { loadConfiguration } from "pigeonhole/config"
 *
 * const load = async () => {
 *   const { tree, skipped } = await loadConfiguration(["app.yaml", "production.yaml"], { unknownKinds: "skip" })
 *   for (const { id, kind } of skipped) console.log(`${id} is a ${kind}`)
 *   return start(tree)
 * }
 */
export async function loadConfiguration(files: string | readonly string[], options?: LoadOptions): Promise<Configuration> {
  const settings = settingsOf(checkOptions(options, LOAD_OPTIONS))
  const names = namesOf(files)
  const reading = new Reading(settings)
  const nodes: (SourceNode | undefined)[] = []
  for (const file of names) nodes.push(await readFileNode(file, reading.problems))
  return reading.configuration(nodes)
}

// -- what is said -----------------------------------------------------------------------------------------------------------

function settingsOf({ env = process.env, allowOutside = false, unknownKinds = "refuse" }: Partial<LoadOptions>): Settings {
  if (typeof allowOutside !== "boolean") throw invalid("allowOutside", `must be true or false; got ${shown(allowOutside)}`)
  if (unknownKinds !== "refuse" && unknownKinds !== "skip")
    throw invalid("unknownKinds", `must be refuse or skip; got ${shown(unknownKinds)}`)
  return { env: variablesOf(env), allowOutside, unknownKinds }
}

/** Read once: what its owner does to it later is nothing to us. */
function variablesOf(env: unknown): Environment {
  if (typeof env !== "object" || env === null || isList(env, "env"))
    throw invalid("env", `must be an object of variables by name; got ${shown(env)}`)
  try {
    return { ...env }
  } catch (cause) {
    throw invalid("env", "cannot be read", cause)
  }
}

/** What was revoked cannot even be asked. */
function isList(value: unknown, field: string): value is readonly unknown[] {
  try {
    return Array.isArray(value)
  } catch (cause) {
    throw invalid(field, "cannot be read", cause)
  }
}

function folderOf(folder: unknown): string {
  if (folder === undefined) return process.cwd()
  if (typeof folder !== "string" || folder === "" || folder.includes("\0"))
    throw invalid("folder", `must be the path of a folder; got ${shown(folder)}`)
  return resolve(folder)
}

function namesOf(files: unknown): readonly string[] {
  const isSeveral = isList(files, "files")
  const names: readonly unknown[] = isSeveral ? [...files] : [files]
  if (names.length === 0) throw invalid("files", "must name a file")
  return names.map((name, index) => {
    const field = isSeveral ? `files[${index}]` : "files"
    if (typeof name !== "string" || name === "" || name.includes("\0"))
      throw invalid(field, `must be the path of a file; got ${shown(name)}`)
    return name
  })
}

// -- what is read -----------------------------------------------------------------------------------------------------------

function placeOf(file: string | undefined, folder: string): Place {
  const origin: Origin = { file, folder, namespace: undefined, shownNamespace: undefined }
  return { origin, path: "", line: undefined }
}

async function readFileNode(file: string, problems: Problems): Promise<SourceNode | undefined> {
  const path = resolve(file)
  const place = placeOf(file, dirname(path))
  const format = extname(path).toLowerCase()
  if (format !== ".json" && format !== ".yaml" && format !== ".yml") {
    problems.add(place, { expected: "a file .json, .yaml or .yml", found: format === "" ? "one without an extension" : format })
    return undefined
  }
  const text = await textOfFile(path, place, problems)
  if (text === undefined) return undefined
  return format === ".json" ? readJson(text, place, problems) : readYaml(text, place, problems)
}

async function textOfFile(path: string, place: Place, problems: Problems): Promise<string | undefined> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path))
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown"
    const says = code === "ENOENT" ? "is not there" : code.startsWith("ERR_ENCODING") ? "is no text in UTF-8" : `cannot be read: ${code}`
    problems.add(place, { expected: "a file that can be read", found: code, says })
    return undefined
  }
}

/** A file without one has that of the file before it. */
function nameSpaces(files: readonly SourceNode[]): void {
  let namespace: string | undefined
  let shownNamespace: string | undefined
  for (const node of files) {
    const own = fieldOf(node, "namespace")
    const text = textOf(own)
    if (text !== undefined) {
      namespace = text
      shownNamespace = (own?.type === "scalar" ? own.reference : undefined) ?? text
    }
    Object.assign(node.place.origin, { namespace, shownNamespace })
  }
}

/** One reading of one configuration, from nodes to the tree. */
class Reading {
  readonly problems: Problems
  readonly #settings: Settings
  readonly #environment: EnvironmentReader

  constructor(settings: Settings) {
    this.#settings = settings
    this.#environment = new EnvironmentReader(settings.env, () => this.problems)
    this.problems = new Problems(this.#environment.secrets)
  }

  async configuration(given: readonly (SourceNode | undefined)[]): Promise<Configuration> {
    const nodes = given.filter((node) => node !== undefined)
    for (const node of nodes) checkPlain(node, this.problems)
    const resolved = nodes.map((node) => this.#environment.resolved(node))
    nameSpaces(resolved)
    // What could not be read would be missed below, and be no more than an echo.
    if (nodes.length < given.length) this.problems.throwIfAny()
    return this.#assembled(mergeFiles(resolved))
  }

  async #assembled(root: SourceNode | undefined): Promise<Configuration> {
    const { problems } = this
    if (root === undefined) {
      problems.throwIfAny()
      throw invalid("files", "must name a file")
    }
    const read = readDocument(root, this.#settings.unknownKinds === "skip", problems)
    const references = new References(read, problems)
    references.checkCycles()
    const security = new ConfiguredSecurity(read, references, problems)
    const assembly = new Assembly(read, references, security, problems, this.#settings.allowOutside)
    const tree = await assembly.tree()
    const { modules, notes } = assembly
    return new Configuration(read, { tree, policies: security.policies, modules, secrets: this.#environment.secrets, notes })
  }
}
