/** An application that was read from data: its tree, its policies, and what is known of its entries, for who shows it or compares it with another. */

import { createHash } from "node:crypto"
import { invalid, type Policy, type Scope, type SupervisorDefinition, shown } from "../index.ts"
import { type Entry, isChild, isOfKind, type ReadDocument, type SkippedEntry } from "./entries.ts"
import { dataOf, fieldOf, type SourceNode, withField } from "./source-node.ts"

/** What is known of an entry. */
export interface ConfiguredEntry {
  readonly id: string
  /** Its kind, as it stands in the file. */
  readonly kind: string
  /** The file it stands in, the first where there are several; `undefined`: it was given as data. */
  readonly file: string | undefined
  /** The supervisor it is below; `undefined`: the one above all others. */
  readonly supervisor: string | undefined
  /** Another one where anything else is said of it. No secret goes into it: what came from the environment counts by its name. */
  readonly digest: string
}

/** What was made of it. */
interface Made {
  readonly tree: SupervisorDefinition<object>
  readonly policies: readonly (Policy | Scope)[]
  readonly modules: readonly string[]
  readonly secrets: Iterable<string>
  readonly notes: readonly string[]
}

/** What `loadConfiguration` gives. */
export class Configuration {
  /** The application, for `start`. */
  readonly tree: SupervisorDefinition<object>
  /** Its policies and scopes, which the tree carries too: for a running application, `runtime.security.setPolicies(policies)`. */
  readonly policies: readonly (Policy | Scope)[]
  /** What it is made of, but for policies, in the order in which it was written. */
  readonly entries: readonly ConfiguredEntry[]
  /** The files of the modules that were loaded, absolute, links followed. What those import is not among them. */
  readonly modules: readonly string[]
  /** Entries of kinds that are not known, which were passed over. */
  readonly skipped: readonly SkippedEntry[]
  /** What is right, and perhaps not meant, in a sentence each: a process that nobody starts. No secret is in it. */
  readonly notes: readonly string[]
  readonly #policiesDigest: string
  readonly #rootDigest: string
  readonly #secrets: readonly string[]
  readonly #text: string

  constructor(read: ReadDocument, { tree, policies, modules, secrets, notes }: Made) {
    const all = [...read.byId.values()]
    this.tree = tree
    this.policies = Object.freeze([...policies])
    this.modules = Object.freeze([...modules])
    this.entries = Object.freeze(all.filter((entry) => !isOfKind(entry, "security.policy")).map(entryOf))
    this.skipped = Object.freeze([...read.skipped])
    this.notes = Object.freeze([...notes])
    this.#secrets = Object.freeze([...secrets])
    this.#policiesDigest = digestOf([
      dataAt(read.root, "policies"),
      dataAt(read.root, "scopes"),
      ...all.filter((entry) => isOfKind(entry, "security.policy")).map(({ node, id }) => [id, dataOf(node, true)]),
    ])
    this.#rootDigest = digestOf(["strategy", "autoShutdown", "intensity", "period", "principal"].map((name) => dataAt(read.root, name)))
    this.#text = textOfTree(read)
    Object.freeze(this)
  }

  /** @internal */
  static isOne(value: unknown): value is Configuration {
    return typeof value === "object" && value !== null && #policiesDigest in value
  }

  /** Texts that came from the environment, for who shows what others say. Never shown by this. */
  get secrets(): readonly string[] {
    return this.#secrets
  }

  /** What is started, as text: a line each, with its id and kind. No secret is in it. */
  describe(): string {
    return this.#text
  }

  /** What `JSON.stringify` shows: what `describe` tells, and no secret. */
  toJSON(): { readonly description: string } {
    return { description: this.#text }
  }

  /** What Node's `inspect`, and so `console.log`, shows: the same. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Configuration\n${this.#text}`
  }

  /** @internal */
  digests(): { readonly policies: string; readonly root: string } {
    return { policies: this.#policiesDigest, root: this.#rootDigest }
  }
}

/** What is another in a later configuration. */
export interface ConfigurationChanges {
  /** Whether policies or scopes are others: those can be taken over by a running application. */
  readonly policies: boolean
  /** Whether what is said of the supervisor above all others is another. */
  readonly supervision: boolean
  /** Ids of entries that the earlier one has not. */
  readonly added: readonly string[]
  /** Ids of entries that the later one has not. */
  readonly removed: readonly string[]
  /** Ids of entries of which something else is said, or in another place. */
  readonly changed: readonly string[]
  /** Whether nothing but policies and scopes is another. */
  readonly isPoliciesOnly: boolean
}

/**
 * What is another in `later`, by what its files say. What came from the environment, and what stands in modules, is not looked at.
 *
 * Errors  Invalid, for what is no configuration.
 *
 * @example
 * import { changesBetween, loadConfiguration } from "pigeonhole/config"
 *
 * const reread = async (running: Configuration) => {
 *   const next = await loadConfiguration("app.yaml")
 *   return changesBetween(running, next).isPoliciesOnly ? next.policies : undefined
 * }
 */
export function changesBetween(earlier: Configuration, later: Configuration): ConfigurationChanges {
  checkConfiguration(earlier, "earlier")
  checkConfiguration(later, "later")
  const [before, after] = [byId(earlier), byId(later)]
  const added = [...after.keys()].filter((id) => !before.has(id))
  const removed = [...before.keys()].filter((id) => !after.has(id))
  const changed = [...after].filter(([id, { digest }]) => before.has(id) && before.get(id)?.digest !== digest).map(([id]) => id)
  const policies = earlier.digests().policies !== later.digests().policies
  // The order of entries is the order of starts.
  const order = (ids: Iterable<string>, others: ReadonlyMap<string, unknown>): string => [...ids].filter((id) => others.has(id)).join("\n")
  const isReordered = order(before.keys(), after) !== order(after.keys(), before)
  const supervision = earlier.digests().root !== later.digests().root || isReordered
  const isPoliciesOnly = policies && !supervision && added.length + removed.length + changed.length === 0
  return Object.freeze({ policies, supervision, added, removed, changed, isPoliciesOnly })
}

function checkConfiguration(value: unknown, field: string): void {
  if (!Configuration.isOne(value)) throw invalid(field, `must be a configuration, as loadConfiguration gives it; got ${shown(value)}`)
}

function byId({ entries }: Configuration): ReadonlyMap<string, ConfiguredEntry> {
  return new Map(entries.map((entry) => [entry.id, entry]))
}

function entryOf({ id, node, decoded, parent }: Entry): ConfiguredEntry {
  const own = withField(node, "children", undefined)
  const supervisor = parent?.id
  return Object.freeze({
    id,
    kind: decoded.kind,
    file: node.place.origin.file,
    supervisor,
    digest: digestOf([supervisor, dataOf(own, true)]),
  })
}

function dataAt(root: SourceNode, name: string): unknown {
  const node = fieldOf(root, name)
  return node === undefined ? null : dataOf(node, true)
}

/** In whatever order its fields were written. */
function digestOf(data: unknown): string {
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value
  return createHash("sha256")
    .update(JSON.stringify(data, sorted) ?? "")
    .digest("hex")
}

function textOfTree({ entries, root }: ReadDocument): string {
  const strategy = dataAt(root, "strategy") ?? "one_for_one"
  return [`root (${String(strategy)})`, ...entries.filter(isChild).flatMap((entry) => linesOf(entry, 1))].join("\n")
}

function linesOf(entry: Entry, depth: number): string[] {
  const line = `${"  ".repeat(depth)}${entry.shown} (${entry.decoded.kind})`
  return [line, ...entry.children.flatMap((below) => linesOf(below, depth + 1))]
}
