/** What entries name of each other: that it is there, that it is of the right kind, and that nothing waits for itself. */

import { type Entry, idOf, isChild, isOfKind, type ReadDocument } from "./entries.ts"
import { nearestOf, type Problems } from "./problems.ts"
import type { Kind } from "./schema.ts"
import { fieldOf, isFromEnvironment, itemsOf, listed, nodeAt, type SourceNode, textOf } from "./source-node.ts"

/** A name of another entry, where it stands. */
interface Reference {
  readonly path: readonly (string | number)[]
  readonly text: string
  /** Of which kinds it must be; `undefined`: any that is started. */
  readonly kinds: readonly Kind[] | undefined
}

const DATABASES = ["database.sqlite", "database.postgres"] as const

/** Where an entry names one other. */
const SINGLE: readonly (readonly [field: string, kinds: readonly Kind[]])[] = [
  ["database", DATABASES],
  ["process", ["module"]],
]

/** Where it names several. */
const LISTS: readonly (readonly [path: readonly string[], kinds: readonly Kind[] | undefined])[] = [
  [["requires"], undefined],
  [["lifecycle", "requires"], undefined],
  [["lifecycle", "depends_on"], undefined],
  [["lifecycle", "security", "policies"], ["security.policy"]],
]

/** Who names whom: of siblings, or of what is below them. */
type Link = readonly [from: Entry, to: Entry]

/** What each entry needs, by id; all that it names, those that nothing is started of too. */
export class References {
  readonly #read: ReadDocument
  readonly #problems: Problems
  readonly #needs = new Map<Entry, readonly Entry[]>()
  /** All ids, as messages show them. */
  readonly #shown: readonly string[]
  /** Those of which nothing came from the environment. */
  readonly #open: readonly string[]

  constructor(read: ReadDocument, problems: Problems) {
    this.#read = read
    this.#problems = problems
    const all = [...read.byId.values()]
    this.#shown = all.map(({ shown }) => shown)
    this.#open = all.filter(({ id, shown }) => id === shown).map(({ id }) => id)
    for (const entry of read.byId.values()) this.#needs.set(entry, this.#resolved(entry))
  }

  /** The entry of that name, as seen from another one. */
  find(text: string, from: Entry): Entry | undefined {
    return this.#read.byId.get(text) ?? this.#read.byId.get(idOf(text, from.node.place))
  }

  /** Ids of what is started before it: what it names, and what that needs in turn where nothing is started of it. */
  requiredBy(entry: Entry): readonly string[] {
    const ids = new Set<string>()
    const seen = new Set<Entry>([entry])
    const visit = (needed: Entry): void => {
      if (seen.has(needed)) return
      seen.add(needed)
      if (isChild(needed)) ids.add(needed.id)
      else for (const next of this.#needs.get(needed) ?? []) visit(next)
    }
    for (const needed of this.#needs.get(entry) ?? []) visit(needed)
    return [...ids]
  }

  /** Tells of what waits for itself: by what it names, or by what is below it. */
  checkCycles(): void {
    for (const entry of this.#read.byId.values()) {
      for (const needed of this.#needs.get(entry) ?? []) if (isWithin(entry, needed) && entry !== needed) this.#ownSupervisor(entry, needed)
    }
    this.#checkLevel(this.#read.entries)
  }

  #ownSupervisor(entry: Entry, needed: Entry): void {
    const says = `requires ${needed.shown}, which it is part of`
    this.#problems.addAt(entry.node, this.#pathOf(entry, needed), { expected: "an entry that it is no part of", says })
  }

  /** Among siblings: what one's descendants need of another's stands for both of them. */
  #checkLevel(siblings: readonly Entry[]): void {
    const own = new Map<Entry, Entry>()
    for (const sibling of siblings) for (const below of withDescendants(sibling)) own.set(below, sibling)
    const edges = new Map<Entry, Map<Entry, Link>>()
    for (const [below, sibling] of own) {
      const targets = edges.get(sibling) ?? new Map<Entry, Link>()
      edges.set(sibling, targets)
      for (const needed of this.#needs.get(below) ?? []) {
        const target = own.get(needed)
        const isLoop = target === sibling && (needed !== below || below !== sibling)
        if (target !== undefined && !isLoop && !targets.has(target)) targets.set(target, [below, needed])
      }
    }
    this.#findCycles(edges)
    for (const sibling of siblings) if (sibling.children.length > 0) this.#checkLevel(sibling.children)
  }

  /** What can be started, one after the other, is taken away; what is left waits for itself, or for what does. */
  #findCycles(edges: ReadonlyMap<Entry, ReadonlyMap<Entry, Link>>): void {
    const open = new Map([...edges].map(([entry, targets]) => [entry, targets.size]))
    const waiting = new Map<Entry, Entry[]>()
    for (const [entry, targets] of edges) for (const target of targets.keys()) waiting.set(target, [...(waiting.get(target) ?? []), entry])
    const ready = [...open.keys()].filter((entry) => open.get(entry) === 0)
    for (let entry = ready.pop(); entry !== undefined; entry = ready.pop()) {
      open.delete(entry)
      for (const waits of waiting.get(entry) ?? []) {
        const left = (open.get(waits) ?? 0) - 1
        open.set(waits, left)
        if (left === 0) ready.push(waits)
      }
    }
    const seen = new Set<Entry>()
    for (const entry of open.keys()) this.#walk(entry, open, edges, seen)
  }

  /** From one that is left there is always a next one that is left. */
  #walk(first: Entry, left: ReadonlyMap<Entry, number>, edges: ReadonlyMap<Entry, ReadonlyMap<Entry, Link>>, seen: Set<Entry>): void {
    const trail: Entry[] = []
    let at: Entry | undefined = first
    while (at !== undefined && !seen.has(at)) {
      seen.add(at)
      trail.push(at)
      at = [...(edges.get(at)?.keys() ?? [])].find((next) => left.has(next))
    }
    const start = at === undefined ? -1 : trail.indexOf(at)
    const last = trail.at(-1)
    const link = at === undefined || last === undefined ? undefined : edges.get(last)?.get(at)
    if (start >= 0 && at !== undefined && link !== undefined) this.#cycle([...trail.slice(start), at], ...link)
  }

  #cycle(way: readonly Entry[], from: Entry, to: Entry): void {
    const shown = shownWay(way.map((entry) => entry.shown))
    this.#problems.addAt(from.node, this.#pathOf(from, to), { expected: "no cycle", found: shown, says: `closes a cycle: ${shown}` })
  }

  #pathOf(entry: Entry, needed: Entry): readonly (string | number)[] {
    return referencesOf(entry).find(({ text }) => this.find(text, entry) === needed)?.path ?? []
  }

  #resolved(entry: Entry): readonly Entry[] {
    return referencesOf(entry).flatMap((reference) => {
      const found = this.find(reference.text, entry)
      if (found === undefined) this.#missing(entry, reference)
      else if (reference.kinds !== undefined && !isOfKind(found, ...reference.kinds)) this.#wrongKind(entry, reference, found)
      return found ?? []
    })
  }

  #missing(entry: Entry, { path, text }: Reference): void {
    const full = idOf(text, entry.node.place)
    const isSkipped = this.#read.skipped.some(({ id }) => id === text || id === full)
    // That its kind is not known is told already.
    if (!isSkipped && (this.#read.has(text) || this.#read.has(full))) return
    const says = isSkipped ? `names ${JSON.stringify(text)}, which was passed over` : "names what is not there"
    const isShown = !isFromEnvironment(nodeAt(entry.node, path).node)
    const suggestion = isShown ? this.#nearest(text, full) : undefined
    const hint = suggestion !== undefined || isSkipped || this.#shown.length === 0 ? "" : `; there are ${listed(this.#shown)}`
    this.#problems.addAt(entry.node, path, {
      expected: "the id of an entry",
      says: `${says}: ${shownReference(entry, path)}${hint}`,
      suggestion,
    })
  }

  /** What came from the environment is near to nothing: that would tell of it. */
  #nearest(text: string, full: string): string | undefined {
    if (this.#problems.areMany) return undefined
    return nearestOf(text, this.#open) ?? nearestOf(full, this.#open)
  }

  #wrongKind(entry: Entry, { path, kinds = [] }: Reference, found: Entry): void {
    const expected = `the id of a ${kinds.join(" or ")}`
    this.#problems.addAt(entry.node, path, { expected, found: `that of a ${found.decoded.kind}` })
  }
}

/** A long one is shown by its ends. */
function shownWay(names: readonly string[]): string {
  const left = names.length - 2 * SHOWN_AT_AN_END
  if (left <= 1) return names.join(" → ")
  return [...names.slice(0, SHOWN_AT_AN_END), `${left} more`, ...names.slice(-SHOWN_AT_AN_END)].join(" → ")
}

const SHOWN_AT_AN_END = 6

function shownReference({ node }: Entry, path: readonly (string | number)[]): string {
  const at = path.reduce<SourceNode | undefined>(
    (below, name) => (typeof name === "number" ? itemsOf(below)[name] : fieldOf(below, name)),
    node,
  )
  if (at?.type !== "scalar") return "nothing"
  return at.reference ?? JSON.stringify(at.value)
}

function referencesOf({ node }: Entry): readonly Reference[] {
  const found: Reference[] = []
  for (const [field, kinds] of SINGLE) {
    const text = textOf(fieldOf(node, field))
    if (text !== undefined) found.push({ path: [field], text, kinds })
  }
  for (const [path, kinds] of LISTS) {
    const list = path.reduce<SourceNode | undefined>((below, name) => fieldOf(below, name), node)
    for (const [index, item] of itemsOf(list).entries()) {
      const text = textOf(item)
      if (text !== undefined) found.push({ path: [...path, index], text, kinds })
    }
  }
  return found
}

function* withDescendants(entry: Entry): Iterable<Entry> {
  yield entry
  for (const child of entry.children) yield* withDescendants(child)
}

function isWithin(entry: Entry, above: Entry): boolean {
  for (let at: Entry | undefined = entry; at !== undefined; at = at.parent) if (at === above) return true
  return false
}
