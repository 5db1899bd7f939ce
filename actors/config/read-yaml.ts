/**
 * Reads YAML 1.2 by the package `yaml`, which is loaded when the first such file is: who writes JSON needs none.
 *
 * The library's nodes are walked, and not what it makes of them: each has its line, an alias is followed no further than there is room, and nothing
 * becomes an object of a class. Merge keys, tags and keys that are no text are refused.
 */

import type { Document, LineCounter, Node } from "yaml"
import { Unavailable } from "../index.ts"
import type { Problems } from "./problems.ts"
import { DEEPEST, MOST_NODES, type Place, placeUnder, type Scalar, type SourceNode } from "./source-node.ts"

type Yaml = typeof import("yaml")

export async function readYaml(text: string, place: Place, problems: Problems): Promise<SourceNode | undefined> {
  const yaml = await library()
  const lines = new yaml.LineCounter()
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true, uniqueKeys: true, version: "1.2" })
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    const { line, col } = lines.linePos(pos[0])
    const says =
      code === "MULTIPLE_DOCS" ? "holds several documents: one file is one" : `is no YAML: ${message.split("\n")[0]} in column ${col}`
    problems.add({ ...place, line }, { expected: "YAML", found: message, says })
  }
  if (document.errors.length > 0) return undefined
  return new YamlReader(yaml, document, lines, problems).document(place)
}

async function library(): Promise<Yaml> {
  try {
    return await import("yaml")
  } catch (cause) {
    throw new Unavailable("configurations in YAML are read by the package yaml, which is not installed: npm install yaml", {
      cause,
      retryable: false,
    })
  }
}

class YamlReader {
  readonly #yaml: Yaml
  readonly #document: Document
  readonly #lines: LineCounter
  readonly #problems: Problems
  #nodes = 0

  constructor(yaml: Yaml, document: Document, lines: LineCounter, problems: Problems) {
    this.#yaml = yaml
    this.#document = document
    this.#lines = lines
    this.#problems = problems
  }

  document(place: Place): SourceNode | undefined {
    return this.#node(this.#document.contents, place, 0)
  }

  #node(given: unknown, under: Place, depth: number): SourceNode | undefined {
    const place = { ...under, line: this.#lineOf(given) ?? under.line }
    this.#nodes += 1
    if (depth > DEEPEST) return this.#refuse(place, `is more than ${DEEPEST} levels deep, or holds itself`)
    if (this.#nodes > MOST_NODES) return this.#nodes === MOST_NODES + 1 ? this.#refuse(place, TOO_MUCH) : undefined
    const { isAlias, isMap, isSeq, isScalar } = this.#yaml
    if (isAlias(given)) {
      const named = given.resolve(this.#document)
      return named === undefined ? this.#refuse(place, "is an alias to what is not there") : this.#node(named, under, depth + 1)
    }
    if (isMap(given)) return this.#table(given.items, place, depth)
    if (isSeq(given)) return this.#list(given.items, place, depth)
    if (isScalar(given)) return this.#scalar(given.value, place)
    return { type: "scalar", place, value: null, reference: undefined }
  }

  #list(given: readonly unknown[], place: Place, depth: number): SourceNode {
    const items: SourceNode[] = []
    for (const [index, item] of given.entries()) {
      const node = this.#node(item, placeUnder(place, index), depth + 1)
      if (node !== undefined) items.push(node)
    }
    return { type: "list", place, items }
  }

  #table(pairs: readonly { readonly key: unknown; readonly value: unknown }[], place: Place, depth: number): SourceNode {
    const fields = new Map<string, SourceNode>()
    for (const { key, value } of pairs) {
      const name = this.#yaml.isScalar(key) ? key.value : undefined
      const line = this.#lineOf(key) ?? place.line
      if (typeof name !== "string") this.#refuse({ ...place, line }, "has a key that is no text: put it into quotes")
      else if (name === "<<") this.#refuse(placeUnder(place, name, line), "is a merge key, which YAML 1.2 has not: write the fields out")
      else {
        const node = this.#node(value, placeUnder(place, name, line), depth + 1)
        if (node !== undefined) fields.set(name, node)
      }
    }
    return { type: "table", place, fields }
  }

  #scalar(value: unknown, place: Place): SourceNode | undefined {
    if (value === null || typeof value === "string" || typeof value === "boolean" || typeof value === "number")
      return { type: "scalar", place, value: value satisfies Scalar, reference: undefined }
    return this.#refuse(place, "must be text, a number, true, false or null: put it into quotes")
  }

  #refuse(place: Place, says: string): undefined {
    this.#problems.add(place, { expected: "plain data", found: "something else", says })
    return undefined
  }

  #lineOf(node: unknown): number | undefined {
    const start = this.#yaml.isNode(node) ? (node satisfies Node).range?.[0] : undefined
    return start === undefined ? undefined : this.#lines.linePos(start).line
  }
}

const TOO_MUCH = `is more than ${MOST_NODES} values, with those that its aliases stand for`
