/**
 * Puts what the environment says in the place of `${env:NAME}` and `${env:NAME:-default}`, in any text that is a value.
 *
 * What it says is taken as it is: a reference in it is text. `$${env:NAME}` stands for the reference itself. As in a shell the default counts where
 * the variable is not set, or empty. Names of fields are never evaluated.
 */

import type { Problems } from "./problems.ts"
import { nearestOf } from "./problems.ts"
import { type ScalarNode, type SourceNode, shownNode } from "./source-node.ts"

/** The variables, by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A reference, one that is written out, or the beginning of one that does not end: behind that, nothing is looked for. */
const REFERENCE = /\$?\$\{env:(?:([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\})?/g

export class EnvironmentReader {
  /** All that was put in somewhere, for who shows texts to others. */
  readonly secrets = new Set<string>()
  readonly #variables: Environment
  readonly #problems: () => Problems
  /** How often a variable was put in. */
  #taken = 0

  constructor(variables: Environment, problems: () => Problems) {
    this.#variables = variables
    this.#problems = problems
  }

  resolved(node: SourceNode): SourceNode {
    if (node.type === "scalar") return this.#scalar(node)
    if (node.type === "list") return { ...node, items: node.items.map((item) => this.resolved(item)) }
    return { ...node, fields: new Map([...node.fields].map(([name, field]) => [name, this.resolved(field)])) }
  }

  #scalar(node: ScalarNode): SourceNode {
    const { value } = node
    if (typeof value !== "string" || !value.includes("${env:")) return node
    let isReference = false
    const before = this.#taken
    const parts: string[] = []
    let end = 0
    for (const { 0: whole, 1: name, 2: withDefault, 3: fallback, index } of value.matchAll(REFERENCE)) {
      parts.push(value.slice(end, index))
      end = index + whole.length
      if (whole.startsWith("$$")) parts.push(whole.slice(1))
      else if (name === undefined) return this.#malformed(node)
      else {
        isReference = true
        parts.push(this.#valueOf(node, name, withDefault === undefined ? undefined : (fallback ?? "")))
      }
    }
    const text = [...parts, value.slice(end)].join("")
    if (!isReference) return { ...node, value: text }
    // What it is a part of tells it, too. A default stands in the file, and is no secret.
    if (this.#taken > before && text !== "") this.secrets.add(text)
    return { ...node, value: text, reference: value }
  }

  #valueOf(node: ScalarNode, name: string, fallback: string | undefined): string {
    const said = Object.hasOwn(this.#variables, name) ? this.#variables[name] : undefined
    const isSaid = typeof said === "string" && (said !== "" || fallback === undefined)
    if (isSaid) {
      if (said !== "") this.secrets.add(said)
      this.#taken += 1
      return said
    }
    if (fallback !== undefined) return fallback
    const expected = `set: the environment has no ${name}, and there is no default (\${env:${name}:-default})`
    const suggestion = nearestOf(name, Object.keys(this.#variables))
    this.#problems().add(node.place, {
      expected: `a variable ${name} in the environment`,
      found: "none",
      says: `must be ${expected}`,
      suggestion,
    })
    return ""
  }

  #malformed(node: ScalarNode): SourceNode {
    const expected = `\${env:NAME} or \${env:NAME:-default}`
    this.#problems().add(node.place, { expected, found: shownNode(node) })
    return { ...node, reference: String(node.value) }
  }
}
