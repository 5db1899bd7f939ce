/**
 * Reads YAML 1.2 by the package `yaml`, which is loaded when the first such file is: who writes JSON needs none.
 *
 * The library's nodes are walked, and not what it makes of them: each has its line, an alias is followed no further than there is room, and nothing
 * becomes an object of a class. Merge keys, tags and keys that are no text are refused.
 */

import type { Document, LineCounter, Node } from "yaml"
import { Unavailable } from "../index.ts"
import { checkPeer } from "./peers.ts"
import type { Problems } from "./problems.ts"
import { DEEPEST, type Place, placeUnder, type Scalar, type SourceNode } from "./source-node.ts"

type Yaml = typeof import("yaml")

export async function readYaml(text: string, place: Place, problems: Problems): Promise<SourceNode | undefined> {
  const yaml = await library()
  const lines = new yaml.LineCounter()
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true, uniqueKeys: true, version: "1.2" })
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    const { line, col } = lines.linePos(pos[0])
    const says = SAYS[code] ?? `is no YAML: ${message.split("\n")[0]} in column ${col}`
    problems.add({ ...place, line }, { expected: "YAML", found: message, says })
  }
  if (document.errors.length > 0) return undefined
  return new YamlReader(yaml, document, lines, problems).document(place)
}

/** What we say in the place of the library's words. It reads by recursion: what is too deep for that is deeper than any application. */
const SAYS: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: "holds several documents: one file is one",
  RESOURCE_EXHAUSTION: `is more than ${DEEPEST} levels deep`,
}

async function library(): Promise<Yaml> {
  const yaml = await installed()
  const { parseDocument, LineCounter, isAlias, isMap, isNode, isScalar, isSeq } = yaml
  checkPeer({ name: "yaml", version: "yaml 2", install: "yaml@2" }, { parseDocument, LineCounter, isAlias, isMap, isNode, isScalar, isSeq })
  return yaml
}

async function installed(): Promise<Yaml> {
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
  /** Those that aliases stand for: the others are no more than the file has. */
  #copies = 0
  #aliases = 0
  /** By its name, what an alias that stands here means: a later anchor takes the place of an earlier one. */
  readonly #anchors = new Map<string, Node>()

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
    if (this.#aliases > 0) this.#copies += 1
    if (depth > DEEPEST) return this.#refuse(place, `is more than ${DEEPEST} levels deep, or holds itself`)
    if (this.#copies > MOST_COPIES) return this.#copies === MOST_COPIES + 1 ? this.#refuse(place, TOO_MUCH) : undefined
    const { isAlias, isMap, isSeq, isScalar } = this.#yaml
    if (isAlias(given)) return this.#alias(given.source, place, under, depth)
    this.#remember(given)
    if (isMap(given)) return this.#table(given.items, place, depth)
    if (isSeq(given)) return this.#list(given.items, place, depth)
    if (isScalar(given)) return this.#scalar(given.value, place)
    return { type: "scalar", place, value: null, reference: undefined }
  }

  #remember(given: unknown): void {
    if (this.#aliases > 0 || !this.#yaml.isNode(given) || this.#yaml.isAlias(given)) return
    if (given.anchor !== undefined) this.#anchors.set(given.anchor, given)
  }

  /** The library looks through the whole document for each of them. */
  #alias(name: string, place: Place, under: Place, depth: number): SourceNode | undefined {
    const named = this.#anchors.get(name)
    if (named === undefined) return this.#refuse(place, "is an alias to what is not there")
    this.#aliases += 1
    const node = this.#node(named, under, depth + 1)
    this.#aliases -= 1
    return node
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
      this.#remember(key)
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

/** What a few lines blow up to millions ends here. */
const MOST_COPIES = 100_000

const TOO_MUCH = `stands for too much: the aliases of a file stand for ${MOST_COPIES} values at most`
