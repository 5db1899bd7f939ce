/**
 * Modules that entries name: where they are, and what they export.
 *
 * Invariants
 * - A path is relative to the folder of the file that names it, and leads to no file outside of that, by `..`, as an absolute path or by a link, unless that
 *   is allowed. No URL and no package is loaded: what runs is what stands beside the configuration.
 * - Nothing is imported before all else was found right: what a module does when it is loaded is done then.
 */

import { realpath, stat } from "node:fs/promises"
import { isAbsolute, relative, resolve, sep } from "node:path"
import { pathToFileURL } from "node:url"
import { nearestOf, type Problems } from "./problems.ts"
import { listed, type SourceNode, textOf } from "./source-node.ts"

/** What an entry takes of a module. */
export interface ModuleExport {
  /** Where its path stands. */
  readonly source: SourceNode
  /** Where its name stands; without one it is `default`. */
  readonly name: SourceNode | undefined
  /** Where it is told that something is wrong with what is exported, if no name stands there. */
  readonly entry: SourceNode
}

export class ModuleFiles {
  readonly #allowsOutside: boolean
  readonly #problems: Problems
  /** By the place of the path. */
  readonly #files = new Map<SourceNode, string>()

  constructor(allowsOutside: boolean, problems: Problems) {
    this.#allowsOutside = allowsOutside
    this.#problems = problems
  }

  /** Those that were found, absolute, links followed. */
  get files(): readonly string[] {
    return [...new Set(this.#files.values())]
  }

  /** Finds the file; tells what is wrong with its path. */
  async find({ source }: ModuleExport): Promise<void> {
    const path = textOf(source)
    if (path === undefined || source.type !== "scalar") return
    const complaint = this.#complaintOf(path)
    if (complaint !== undefined) return this.#refuse(source, complaint)
    const file = resolve(source.place.origin.folder, path)
    const real = await realpath(file).catch(() => undefined)
    if (real === undefined) return this.#refuse(source, "names a file that is not there")
    const found = await stat(real).catch(() => undefined)
    if (found?.isFile() !== true) return this.#refuse(source, "names what is no file")
    if (!this.#allowsOutside && isOutside(await realpath(source.place.origin.folder), real)) return this.#refuse(source, OUTSIDE)
    this.#files.set(source, real)
  }

  /** Loads the module; gives what it exports under that name, or tells why not. In a list, as it may be thenable: nobody is to wait for that. */
  async load(wanted: ModuleExport): Promise<readonly [exported: unknown] | undefined> {
    const file = this.#files.get(wanted.source)
    if (file === undefined) return undefined
    // Another file may stand there by now, or a link to one.
    if ((await realpath(file).catch(() => undefined)) !== file) return this.#refuse(wanted.source, "names a file that is not there")
    const loaded = await this.#import(file, wanted.source)
    if (loaded === undefined) return undefined
    const name = (wanted.name === undefined ? undefined : textOf(wanted.name)) ?? "default"
    if (Object.hasOwn(loaded, name)) return [Reflect.get(loaded, name)]
    this.#exportsNone(wanted, name, Object.keys(loaded).toSorted())
    return undefined
  }

  async #import(file: string, source: SourceNode): Promise<object | undefined> {
    try {
      return await import(pathToFileURL(file).href)
    } catch (error) {
      this.#problems.addAt(source, [], {
        expected: "a module that can be loaded",
        says: `cannot be loaded: ${loadErrorLine(error)}`,
        isForeign: true,
      })
      return undefined
    }
  }

  #exportsNone({ name, entry }: ModuleExport, wanted: string, exported: readonly string[]): void {
    const there = exported.length === 0 ? "it exports nothing" : `it exports ${listed(exported)}`
    const shown = name?.type === "scalar" && name.reference !== undefined ? name.reference : wanted
    const says = `names ${shown}, which the module does not export: ${there}`
    this.#problems.addAt(name ?? entry, name === undefined ? ["export"] : [], {
      expected: `one of ${listed(exported)}`,
      says,
      suggestion: shown === wanted ? nearestOf(wanted, exported) : undefined,
    })
  }

  #complaintOf(path: string): string | undefined {
    if (path.includes("\0")) return "must have no NUL in it"
    if (/^[A-Za-z][A-Za-z0-9+.-]+:/.test(path)) return "must be the path of a file: no URL is loaded"
    if (this.#allowsOutside) return undefined
    if (isAbsolute(path) || /^(?:[A-Za-z]:|[\\/])/.test(path)) return "must be relative to the folder of the file that names it"
    return path.split(/[\\/]/).includes("..") && isOutside("/a", resolve("/a", path.replaceAll("\\", "/"))) ? OUTSIDE : undefined
  }

  #refuse(source: SourceNode, says: string): undefined {
    this.#problems.addAt(source, [], {
      expected: "the path of a module beside the file that names it",
      says: `${says}: ${shownPath(source)}`,
    })
    return undefined
  }
}

const OUTSIDE = "leads out of the folder of the file that names it (allowOutside lets it)"

function shownPath(source: SourceNode): string {
  return source.type === "scalar" ? (source.reference ?? JSON.stringify(source.value)) : ""
}

function isOutside(folder: string, file: string): boolean {
  const way = relative(folder, file)
  return way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way)
}

const TO_BE_ONE = ' (a module needs "type": "module" in the package.json above it, or a name that ends in .mts or .mjs)'

/** An error of a module's in one line. Where the host has read as CommonJS what is a module, with what to do, which its own sentence does not say. */
function loadErrorLine(error: unknown): string {
  const line = firstLineOf(error)
  return /^SyntaxError: (?:.*import statement outside a module|Unexpected token 'export')/.test(line) ? `${line}${TO_BE_ONE}` : line
}

/** An error of a module's may be of many lines, and may be no error. */
function firstLineOf(error: unknown): string {
  try {
    return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).split("\n")[0] ?? ""
  } catch {
    return "it has thrown what cannot be printed"
  }
}
