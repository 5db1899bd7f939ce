/**
 * From entries to the supervision tree. What can be made without a module is made first, then the modules are loaded, and then the tree: whatever is wrong
 * is told before anything is started.
 */

import {
  AlreadyExists,
  actor,
  type ChildExtras,
  type Children,
  child,
  Definition,
  dynamicSupervisor,
  Invalid,
  type PoolSettings,
  partitionSupervisor,
  pool,
  ServerDefinition,
  ServiceDefinition,
  type Startable,
  SupervisorDefinition,
  server,
  supervisor,
} from "../index.ts"
import { childOptionsOf, said, supervisionOf } from "./child-options.ts"
import { type Entry, isChild, isOfKind, type ReadDocument, rightEntries } from "./entries.ts"
import { type ModuleExport, ModuleFiles } from "./module-files.ts"
import type { Problems } from "./problems.ts"
import type { References } from "./references.ts"
import type { Decoded } from "./schema.ts"
import type { ConfiguredSecurity } from "./security.ts"
import { fieldOf, type SourceNode } from "./source-node.ts"
import { builtIn, checkDatabases, pathOfOption } from "./stores.ts"

/** What stands for a definition that a module has, as long as it is not loaded. */
const placeholder = actor(() => {})
const placeholderServer = server({ init: () => ({}) })

export class Assembly {
  readonly #read: ReadDocument
  readonly #references: References
  readonly #security: ConfiguredSecurity
  readonly #problems: Problems
  readonly #modules: ModuleFiles
  /** What is right, and perhaps not meant: for who reads a log. */
  readonly notes: string[] = []
  /** What is made without a module, by entry: it is the same when those are there. */
  readonly #builtIn = new Map<Entry, Startable | undefined>()
  /** What was loaded, by entry. */
  readonly #loaded = new Map<Entry, unknown>()

  constructor(read: ReadDocument, references: References, security: ConfiguredSecurity, problems: Problems, allowsOutside: boolean) {
    this.#read = read
    this.#references = references
    this.#security = security
    this.#problems = problems
    this.#modules = new ModuleFiles(allowsOutside, problems)
  }

  /** The files of the modules that entries name. */
  get modules(): readonly string[] {
    return this.#modules.files
  }

  /** Tells all that is wrong, then throws, or gives the tree. */
  async tree(): Promise<SupervisorDefinition<object>> {
    const entries = rightEntries(this.#read)
    const wanted = entries.flatMap((entry) => {
      const found = this.#exportOf(entry)
      return found === undefined ? [] : [[entry, found] as const]
    })
    for (const [, found] of wanted) await this.#modules.find(found)
    await checkDatabases(entries, this.#references, this.#problems)
    // A first tree with others in the place of what modules export: what it refuses is told before any is loaded.
    const first = this.#made()
    this.#problems.throwIfAny()
    for (const [entry, found] of wanted) {
      const loaded = await this.#modules.load(found)
      if (loaded !== undefined) this.#loaded.set(entry, loaded[0])
    }
    this.#problems.throwIfAny()
    const tree = wanted.length === 0 ? first : this.#made()
    this.#problems.throwIfAny()
    this.notes.push(...entries.filter((entry) => this.#isNobodys(entry)).map(noteOf))
    return tree as SupervisorDefinition<object>
  }

  #made(): SupervisorDefinition<object> | undefined {
    const { document, entries, root } = this.#read
    if (document === undefined) return undefined
    const application = { policies: this.#security.policies, ...said({ principal: document.principal }) }
    const children = this.#children(entries)
    return this.#attempt(root, () => supervisor({ ...supervisionOf(document), ...application, children }))
  }

  #children(entries: readonly Entry[]): Children {
    const made = entries
      .filter((entry) => entry.isRight && isChild(entry))
      .flatMap((entry) => {
        const definition = this.#attempt(entry.node, () => this.#definition(entry), entry)
        if (definition === undefined) return []
        const options = childOptionsOf(entry, this.#references.requiredBy(entry), this.#security.scopesOf(entry))
        const argument = "argument" in entry.decoded && !isOfKind(entry, ...OF_LIKE) ? { argument: entry.decoded.argument } : {}
        const kept = this.#attempt(entry.node, () => child(definition, { ...options, ...argument } as ChildExtras), entry)
        return kept === undefined ? [] : [[entry.id, kept] as const]
      })
    return Object.fromEntries(made)
  }

  #definition(entry: Entry): Startable | undefined {
    if (isOfKind(entry, "supervisor")) return supervisor({ ...supervisionOf(entry.decoded), children: this.#children(entry.children) })
    if (isOfKind(entry, "dynamicSupervisor")) {
      const { strategy: _, autoShutdown: __, ...rules } = supervisionOf(entry.decoded)
      const { maxChildren } = entry.decoded
      return dynamicSupervisor({ ...rules, ...(maxChildren === undefined ? {} : { maxChildren }) })
    }
    if (isOfKind(entry, ...OF_LIKE)) return this.#ofLike(entry)
    if (isOfKind(entry, "server", "process", "process.service")) return this.#exported(entry)
    return this.#ofStores(entry)
  }

  /** What its module exports, so many times. */
  #ofLike(entry: Entry & { readonly decoded: Decoded<(typeof OF_LIKE)[number]> }): Startable | undefined {
    const exported = this.#exported(entry)
    if (exported === undefined) return undefined
    const { argument } = entry.decoded
    const like = argument === undefined ? exported : child(exported, { argument } as ChildExtras)
    const { intensity, periodMs } = supervisionOf(entry.decoded)
    const rules = said({ intensity, periodMs })
    if (isOfKind(entry, "partitionSupervisor")) return partitionSupervisor({ child: like, partitions: entry.decoded.partitions, ...rules })
    if (!isOfKind(entry, "pool")) return undefined
    const { size, queue } = entry.decoded
    return pool(like as Parameters<typeof pool>[0], { size, ...said({ queue }), ...rules } satisfies PoolSettings) as Startable
  }

  #ofStores(entry: Entry): Startable | undefined {
    const weigh = this.#weigh(entry)
    if (weigh === undefined && this.#builtIn.has(entry)) return this.#builtIn.get(entry)
    const made = builtIn(entry, this.#references, weigh)
    this.#builtIn.set(entry, made)
    return made
  }

  // -- what modules export -----------------------------------------------------------------------------------------------

  #exportOf(entry: Entry): ModuleExport | undefined {
    if (isOfKind(entry, "server", "process", ...OF_LIKE)) return exportAt(entry.node, "module", "export")
    if (isOfKind(entry, "store", "cache")) {
      const weigh = fieldOf(entry.node, "weigh")
      return weigh === undefined ? undefined : exportAt(weigh, "module", "export")
    }
    if (!isOfKind(entry, "process.service")) return undefined
    const module = this.#references.find(entry.decoded.process, entry)
    if (module === undefined || !isOfKind(module, "module")) return undefined
    return exportAt(module.node, "source", module.decoded.export === undefined ? "method" : "export")
  }

  /** A plain function is the body of a process. */
  #exported(entry: Entry): Startable | undefined {
    if (!this.#loaded.has(entry)) return isOfKind(entry, "pool") ? placeholderServer : placeholder
    const value = this.#loaded.get(entry)
    const isServer = value instanceof ServerDefinition || value instanceof ServiceDefinition
    if (isOfKind(entry, "pool")) return value instanceof ServerDefinition ? value : this.#wrongExport(entry, "a server", value)
    if (isOfKind(entry, "server")) return isServer ? (value as Startable) : this.#wrongExport(entry, "a server or a service", value)
    if (value instanceof Definition || value instanceof SupervisorDefinition) return value as Startable
    if (typeof value === "function" && !isClass(value)) return actor(value as Parameters<typeof actor>[0])
    return this.#wrongExport(entry, "a process: made by actor, server, statechart or service, or a function", value)
  }

  #weigh(entry: Entry): ((value: unknown, key: string) => number) | undefined {
    if (!isOfKind(entry, "store", "cache") || entry.decoded.weigh === undefined) return undefined
    if (!this.#loaded.has(entry)) return () => 0
    const value = this.#loaded.get(entry)
    if (typeof value === "function") return value as (value: unknown, key: string) => number
    this.#wrongExport(entry, "a function that weighs", value)
    return undefined
  }

  #wrongExport(entry: Entry, expected: string, value: unknown): undefined {
    const found = this.#exportOf(entry)
    const at = found?.name ?? found?.source ?? entry.node
    this.#problems.addAt(at, [], {
      expected: `the name of ${expected}`,
      says: `must name ${expected}; the module exports ${sortOf(value)} there`,
    })
  }

  /** Whether it is a plain process, which nobody acquires, that nobody requires, and that does not start by itself. */
  #isNobodys(entry: Entry): boolean {
    if (!isOfKind(entry, "process.service") || entry.decoded.lifecycle?.auto_start === true) return false
    const value = this.#loaded.get(entry)
    const isPlain = typeof value === "function" || (value instanceof Definition && value.constructor === placeholder.constructor)
    return isPlain && !rightEntries(this.#read).some((other) => this.#references.requiredBy(other).includes(entry.id))
  }

  // -- what is refused ----------------------------------------------------------------------------------------------------

  /** What the runtime refuses is told under the path of what was said. */
  #attempt<Made>(node: SourceNode, make: () => Made, entry?: Entry): Made | undefined {
    try {
      return make()
    } catch (error) {
      // What is there twice is told already, by who has looked for it.
      if (error instanceof AlreadyExists && this.#problems.all.length > 0) return undefined
      if (!(error instanceof Invalid)) throw error
      const { field = "" } = error.details
      const problem = error.message.startsWith(field) ? error.message.slice(field.length).trimStart() : error.message
      const option = field.replace(/^child\./, "")
      const path = entry === undefined ? [] : pathOfOption(entry, option)
      const isThere = path.length > 0 && path.reduce<SourceNode | undefined>((below, name) => fieldOf(below, name), node) !== undefined
      const says = isThere || field === "" ? problem : `${field} ${problem}`
      this.#problems.addAt(node, isThere ? path : [], { expected: "what the runtime takes", says, isForeign: true })
      return undefined
    }
  }
}

/** Supervisors of so many of one. */
const OF_LIKE = ["pool", "partitionSupervisor"] as const

function noteOf({ node: { place }, shown }: Entry): string {
  const where = place.origin.file === undefined ? "" : `${place.origin.file}:${place.line ?? ""} `
  return `${where}${place.path}: ${shown} is a process that nobody can acquire, and is started by nobody: say auto_start: true`
}

function exportAt(node: SourceNode, source: string, name: string): ModuleExport | undefined {
  const path = fieldOf(node, source)
  return path === undefined ? undefined : { source: path, name: fieldOf(node, name), entry: node }
}

function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value))
}

function sortOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === "function") return isClass(value) ? "a class" : "a function"
  return typeof value === "object" ? "an object that is none" : `a ${typeof value}`
}
