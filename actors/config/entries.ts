/** The entries of a configuration: each decoded by its kind, with its id and what is below it. All of them are looked at, whatever is wrong with one. */

import type * as Schema from "effect/Schema"
import { decode } from "./decode.ts"
import { nearestOf, type Problems } from "./problems.ts"
import { type Decoded, Document, isKind, KIND_NAMES, KINDS, type Kind } from "./schema.ts"
import { fieldOf, isFromEnvironment, itemsOf, type Place, type SourceNode, shownNode, type TableNode, textOf } from "./source-node.ts"

/** One entry. */
export interface Entry {
  /** `namespace:name`, or the name alone where there is no namespace. */
  readonly id: string
  /** The same as a message shows it: what came from the environment is not. */
  readonly shown: string
  readonly node: TableNode
  /** What it says; of one that is wrong, its kind alone. */
  readonly decoded: Decoded
  /** Whether it could be decoded. Others are looked up, so that who names them is not told that they are missing. */
  readonly isRight: boolean
  /** The supervisor it is below; `undefined`: the one above all others. */
  readonly parent: Entry | undefined
  /** Of a supervisor, in the order in which they were written. */
  readonly children: readonly Entry[]
}

/** An entry of a kind that is not known, where those are passed over. */
export interface SkippedEntry {
  readonly id: string
  /** The kind that is not known. */
  readonly kind: string
  /** The file it stands in; `undefined`: it was given as data. */
  readonly file: string | undefined
  /** Where in the file: `entries[2]`. */
  readonly path: string
}

export interface ReadDocument {
  readonly root: SourceNode
  readonly document: (typeof Document)["Type"] | undefined
  readonly entries: readonly Entry[]
  /** All of them, those below others too, by their ids. */
  readonly byId: ReadonlyMap<string, Entry>
  readonly skipped: readonly SkippedEntry[]
  /** Whether an entry has that id, though of a kind that nobody knows. */
  has(id: string): boolean
}

export function readDocument(root: SourceNode, skipsUnknown: boolean, problems: Problems): ReadDocument {
  const document = decode(Document, root, problems)
  const reader = new EntryReader(skipsUnknown, problems)
  const entries = reader.all(fieldOf(root, "entries"), undefined)
  return { root, document, entries, byId: reader.byId, skipped: reader.skipped, has: (id) => reader.has(id) }
}

/** The id of an entry of that name in the file where it stands. */
export function idOf(name: string, { origin: { namespace } }: Place): string {
  return namespace === undefined ? name : `${namespace}:${name}`
}

/** Above all others stands a supervisor of that id. */
const ROOT = "root"

class EntryReader {
  readonly byId = new Map<string, Entry>()
  readonly skipped: SkippedEntry[] = []
  readonly #skipsUnknown: boolean
  readonly #problems: Problems
  /** Ids by the place where they were given first, those of entries that are wrong too. */
  readonly #given = new Map<string, Place>()

  constructor(skipsUnknown: boolean, problems: Problems) {
    this.#skipsUnknown = skipsUnknown
    this.#problems = problems
  }

  all(list: SourceNode | undefined, parent: Entry | undefined): Entry[] {
    return itemsOf(list).flatMap((node) => this.#entry(node, parent) ?? [])
  }

  has(id: string): boolean {
    return this.#given.has(id)
  }

  #entry(node: SourceNode, parent: Entry | undefined): Entry | undefined {
    if (node.type !== "table") {
      this.#problems.addAt(node, [], { expected: "an entry: an object with name and kind" })
      return undefined
    }
    const name = textOf(fieldOf(node, "name"))
    const id = name === undefined ? undefined : idOf(name, node.place)
    const kind = textOf(fieldOf(node, "kind"))
    const isClaimed = id !== undefined && this.#claim(id, node)
    if (!isKind(kind)) return this.#unknownKind(node, id ?? "", kind)
    const schema = KINDS[kind] as Schema.Codec<Decoded, unknown>
    const decoded = decode(schema, node, this.#problems)
    const children: Entry[] = []
    const isRight = decoded !== undefined && isClaimed
    const entry: Entry = {
      id: id ?? "",
      shown: shownId(id ?? "", node),
      node,
      decoded: decoded ?? ({ kind } as Decoded),
      isRight,
      parent,
      children,
    }
    children.push(...this.all(fieldOf(node, "children"), entry))
    if (id !== undefined && !this.byId.has(id)) this.byId.set(id, entry)
    return entry
  }

  /** Whether the id is one that can be given, and is not. */
  #claim(id: string, node: TableNode): boolean {
    const { place } = fieldOf(node, "name") ?? node
    const first = this.#given.get(id)
    if (first === undefined) this.#given.set(id, place)
    const says = first === undefined ? refusalOf(id) : twice(shownId(id, node), node, first)
    if (says === undefined) return true
    this.#problems.addAt(node, ["name"], { expected: "an id that is given once", says })
    return false
  }

  #unknownKind(node: TableNode, id: string, kind: string | undefined): undefined {
    if (kind !== undefined && this.#skipsUnknown) {
      this.skipped.push(Object.freeze({ id, kind, file: node.place.origin.file, path: node.place.path }))
      return undefined
    }
    const expected = `one of ${KIND_NAMES.join(", ")}`
    const suggestion = kind === undefined || isReference(fieldOf(node, "kind")) ? undefined : nearestOf(kind, KIND_NAMES)
    this.#problems.addAt(node, ["kind"], { expected, suggestion })
    return undefined
  }
}

function refusalOf(id: string): string | undefined {
  if (id === ROOT) return "must be another one: root is the supervisor above all others"
  return /^\d+$/.test(id) ? "must not be a number: JavaScript puts those before all others" : undefined
}

function twice(shown: string, node: TableNode, { origin, path }: Place): string {
  const file = origin.file === node.place.origin.file ? "" : `${origin.file}: `
  return `gives the id ${shown} twice: it is that of ${file}${path}`
}

function shownId(id: string, node: TableNode): string {
  const name = fieldOf(node, "name")
  if (name?.type !== "scalar") return id
  if (name.reference !== undefined) return shownNode(name)
  const { shownNamespace } = node.place.origin
  return shownNamespace === undefined ? id : `${shownNamespace}:${name.value}`
}

function isReference(node: SourceNode | undefined): boolean {
  return node !== undefined && isFromEnvironment(node)
}

/** Those that could be decoded. */
export function rightEntries({ byId }: ReadDocument): readonly Entry[] {
  return [...byId.values()].filter(({ isRight }) => isRight)
}

/** Whether it is of one of these kinds. */
export function isOfKind<K extends Kind>(entry: Entry, ...kinds: readonly K[]): entry is Entry & { readonly decoded: Decoded<K> } {
  return kinds.some((kind) => entry.decoded.kind === kind)
}

/** What is started: all but what others are made of. */
export function isChild(entry: Entry): boolean {
  return !isOfKind(entry, "database.sqlite", "database.postgres", "module", "security.policy")
}
