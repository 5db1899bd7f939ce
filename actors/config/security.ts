/**
 * The policies of a configuration, as the runtime takes them. Each is compiled here, so that one that cannot be is told before anything starts.
 *
 * Of the specification's policies those with `groups` are in the scopes of those names. One that a `lifecycle.security.policies` names, and that has no
 * groups, is in a scope of its own; one that nobody names and that has none holds for all.
 */

import { Invalid, type Policy, type PolicyRule, type Scope, scope } from "../index.ts"
import { type Entry, isOfKind, type ReadDocument, rightEntries } from "./entries.ts"
import type { Problems } from "./problems.ts"
import type { References } from "./references.ts"
import { fieldOf, itemsOf, listed, type SourceNode, shownNode, textOf } from "./source-node.ts"

type SpecifiedPolicy = Extract<Entry["decoded"], { kind: "security.policy" }>["policy"]
type SpecifiedCondition = NonNullable<SpecifiedPolicy["conditions"]>[number]

/** What is decided by, and under which scopes an entry acts. */
export class ConfiguredSecurity {
  readonly #scopes = new Map<string, PolicyRule[]>()
  readonly #forAll: PolicyRule[] = []
  /** Where each of them was said, for who tells of it. */
  readonly #nodes = new Map<PolicyRule, SourceNode>()
  /** Names of scopes, as messages show them. */
  readonly #shownScopes = new Map<string, string>()
  readonly #read: ReadDocument
  readonly #references: References
  readonly #problems: Problems

  constructor(read: ReadDocument, references: References, problems: Problems) {
    this.#read = read
    this.#references = references
    this.#problems = problems
    this.#ownPolicies()
    this.#ownScopes()
    const entries = rightEntries(read)
    const named = new Set(entries.flatMap((entry) => this.#namedBy(entry)))
    for (const entry of entries) this.#specified(entry, named)
    this.#checkIds()
    for (const entry of entries) this.#checkScopes(entry)
  }

  get policies(): readonly (Policy | Scope)[] {
    return [...this.#forAll, ...[...this.#scopes].map(([name, policies]) => scope(name, policies))]
  }

  /** The scopes that it acts under. */
  scopesOf(entry: Entry): readonly string[] {
    const { decoded } = entry
    if ("scopes" in decoded && decoded.scopes !== undefined) return decoded.scopes
    if (!("lifecycle" in decoded)) return []
    const groups = decoded.lifecycle?.security?.groups ?? []
    return [...new Set([...groups, ...this.#namedBy(entry).flatMap(scopesOfPolicy)])]
  }

  #namedBy(entry: Entry): readonly Entry[] {
    const { decoded } = entry
    if (!("lifecycle" in decoded)) return []
    return (decoded.lifecycle?.security?.policies ?? []).flatMap((name) => this.#references.find(name, entry) ?? [])
  }

  #ownPolicies(): void {
    const nodes = itemsOf(fieldOf(this.#read.root, "policies"))
    for (const [index, policy] of (this.#read.document?.policies ?? []).entries()) {
      const rule = ruleOf(policy, `policies-${index}`)
      const node = nodes[index] ?? this.#read.root
      this.#nodes.set(rule, node)
      if (this.#compiles(rule, node)) this.#forAll.push(rule)
    }
  }

  #ownScopes(): void {
    const nodes = itemsOf(fieldOf(this.#read.root, "scopes"))
    for (const [index, { scope: name, policies }] of (this.#read.document?.scopes ?? []).entries()) {
      const node = nodes[index] ?? this.#read.root
      if (this.#scopes.has(name)) this.#problems.addAt(node, ["scope"], { expected: "a name that is given once" })
      const below = itemsOf(fieldOf(node, "policies"))
      const rules = policies.map((policy, at) => ruleOf(policy, `${name}-${at}`))
      for (const [at, rule] of rules.entries()) {
        this.#nodes.set(rule, below[at] ?? node)
        this.#compiles(rule, below[at] ?? node)
      }
      this.#scopes.set(name, rules)
      this.#shownScopes.set(name, shownText(fieldOf(node, "scope"), name))
    }
  }

  #specified(entry: Entry, named: ReadonlySet<Entry>): void {
    if (!isOfKind(entry, "security.policy")) return
    const { policy, groups = [] } = entry.decoded
    const rule = { ...policy, id: entry.id, conditions: (policy.conditions ?? []).map(translated) }
    const node = fieldOf(entry.node, "policy") ?? entry.node
    if (!this.#compiles(rule, node)) return
    if (groups.length === 0 && !named.has(entry)) {
      this.#forAll.push(rule)
      return
    }
    for (const [index, group] of [...new Set(scopesOfPolicy(entry))].entries()) {
      const id = index === 0 ? entry.id : `${entry.id}#${group}`
      const own = { ...rule, id }
      this.#nodes.set(own, entry.node)
      this.#scopes.set(group, [...(this.#scopes.get(group) ?? []), own])
      this.#shownScopes.set(group, groups.length === 0 ? entry.shown : shownText(groupNode(entry, group), group))
    }
  }

  #compiles(rule: PolicyRule, node: SourceNode): boolean {
    try {
      scope("scope", [rule])
      return true
    } catch (error) {
      const field = error instanceof Invalid ? (error.details.field ?? "") : ""
      const path = segmentsOf(field.replace(/^policies\[0\]\.?/, "")).map((name) => (name === "valueFrom" ? spelling(node) : name))
      const text = error instanceof Error ? error.message : String(error)
      const says = text.startsWith(field) ? text.slice(field.length).trimStart() : text
      this.#problems.addAt(node, path, { expected: "what a policy can be made of", says: inTheirWords(says, node), isForeign: true })
      return false
    }
  }

  #checkIds(): void {
    const seen = new Set<string>()
    for (const rule of [...this.#forAll, ...[...this.#scopes.values()].flat()]) {
      const { id = "" } = rule
      const node = this.#nodes.get(rule) ?? this.#read.root
      const says = `gives the id ${shownText(fieldOf(node, "id"), id)} twice`
      if (seen.has(id)) this.#problems.addAt(node, ["id"], { expected: "an id that is given once", says })
      seen.add(id)
    }
  }

  #checkScopes(entry: Entry): void {
    const names = this.scopesOf(entry)
    const path = "scopes" in entry.decoded ? ["scopes"] : ["lifecycle", "security", "groups"]
    for (const [index, name] of names.entries()) {
      if (this.#scopes.has(name)) continue
      const known = [...this.#shownScopes.values()]
      const says = `names a group that has no policies${known.length === 0 ? "" : `; there are ${listed(known)}`}`
      this.#problems.addAt(entry.node, [...path, index], { expected: "a group that has policies", says })
    }
  }
}

/** What came from the environment is not shown. */
function shownText(node: SourceNode | undefined, text: string): string {
  return node?.type === "scalar" && node.reference !== undefined ? shownNode(node) : text
}

function groupNode({ node }: Entry, group: string): SourceNode | undefined {
  return itemsOf(fieldOf(node, "groups")).find((item) => textOf(item) === group)
}

function scopesOfPolicy(entry: Entry): readonly string[] {
  if (!isOfKind(entry, "security.policy")) return []
  const { groups = [] } = entry.decoded
  return groups.length === 0 ? [entry.id] : groups
}

function ruleOf({ id, conditions = [], ...rule }: { readonly id?: string } & Omit<PolicyRule, "id">, otherwise: string): PolicyRule {
  return { ...rule, id: id ?? otherwise, conditions }
}

/** Fields of the specification are the runtime's, under other names. */
function translated({ field, value_from, ...condition }: SpecifiedCondition) {
  return { ...condition, field: fieldName(field), ...(value_from === undefined ? {} : { valueFrom: fieldName(value_from) }) }
}

function fieldName(field: string): string {
  if (field === "actor.id" || field.startsWith("actor.meta.")) return field.replace(/^actor/, "principal")
  return field.startsWith("meta.") ? field.replace(/^meta/, "attributes") : field
}

function spelling(node: SourceNode): string {
  return isSpecified(node) ? "value_from" : "valueFrom"
}

/** What the compiler says of fields, as they are called in that vocabulary. */
function inTheirWords(text: string, node: SourceNode): string {
  if (!isSpecified(node)) return text
  return text
    .replaceAll("a path from principal or attributes", "actor.id, or a path from actor.meta or meta")
    .replaceAll("valueFrom", "value_from")
}

function isSpecified({ place }: SourceNode): boolean {
  return place.path.endsWith(".policy")
}

/** `conditions[0].field` as its names and numbers. */
function segmentsOf(path: string): (string | number)[] {
  return [...path.matchAll(/([^.[\]]+)/g)].map(([name]) => (/^\d+$/.test(name) ? Number(name) : name))
}
