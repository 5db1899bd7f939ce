/**
 * Reads JSON, and tells of each part in which line it stands. `JSON.parse` tells neither that nor of a name that is given twice, of which it takes the last.
 *
 * Source  RFC 8259. A byte order mark before the text is passed over, as its section 8.1 allows.
 */

import type { Problems } from "./problems.ts"
import { DEEPEST, type Place, placeUnder, type SourceNode } from "./source-node.ts"

/** To its end; what may stand in it is looked at by `JSON.parse`. */
const STRING = /"(?:[^"\\]|\\.)*"/sy
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /true|false|null/y
const SPACE = /[ \t\n\r]*/y

/** Thrown and caught here alone: the place where the text is no JSON. */
class Unreadable extends Error {}

export function readJson(text: string, place: Place, problems: Problems): SourceNode | undefined {
  const reader = new JsonReader(text.replace(/^\uFEFF/, ""), problems)
  try {
    return reader.document(place)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    const { line, column } = reader.position
    problems.add({ ...place, line }, { expected: "JSON", found: error.message, says: `is no JSON: ${error.message} in column ${column}` })
    return undefined
  }
}

class JsonReader {
  readonly #text: string
  readonly #problems: Problems
  #at = 0
  /** Where the line that is known begins, and its number: lines are counted on. */
  #line = 1
  #counted = 0

  constructor(text: string, problems: Problems) {
    this.#text = text
    this.#problems = problems
  }

  get position(): { readonly line: number; readonly column: number } {
    return { line: this.#lineHere(), column: this.#at - this.#text.lastIndexOf("\n", this.#at - 1) }
  }

  document(place: Place): SourceNode {
    this.#take(SPACE)
    const node = this.#value(place, 0)
    this.#take(SPACE)
    if (this.#at < this.#text.length) throw this.#unexpected("the end")
    return node
  }

  #value(under: Place, depth: number): SourceNode {
    if (depth > DEEPEST) throw new Unreadable(`it is more than ${DEEPEST} levels deep`)
    const place = { ...under, line: this.#lineHere() }
    const next = this.#text[this.#at]
    if (next === "{") return this.#table(place, depth)
    if (next === "[") return this.#list(place, depth)
    return { type: "scalar", place, value: this.#scalar(), reference: undefined }
  }

  #scalar(): string | number | boolean | null {
    const string = this.#take(STRING)
    const token = string ?? this.#take(NUMBER) ?? this.#take(WORD)
    if (token === undefined) throw this.#unexpected("a value")
    return parsed(token)
  }

  #list(place: Place, depth: number): SourceNode {
    const items: SourceNode[] = []
    this.#parts("]", () => items.push(this.#value(placeUnder(place, items.length), depth + 1)))
    return { type: "list", place, items }
  }

  #table(place: Place, depth: number): SourceNode {
    const fields = new Map<string, SourceNode>()
    this.#parts("}", () => {
      const token = this.#take(STRING)
      if (token === undefined) throw this.#unexpected("a name")
      const name = String(parsed(token))
      const own = placeUnder(place, name, this.#lineHere())
      this.#take(SPACE)
      this.#expect(":")
      this.#take(SPACE)
      const value = this.#value(own, depth + 1)
      if (fields.has(name)) this.#problems.add(own, { expected: "a name that is given once", found: name, says: "is given twice" })
      fields.set(name, value)
    })
    return { type: "table", place, fields }
  }

  /** From a bracket to the one that closes it. */
  #parts(end: string, part: () => void): void {
    this.#at += 1
    this.#take(SPACE)
    if (this.#text[this.#at] === end) {
      this.#at += 1
      return
    }
    for (;;) {
      part()
      this.#take(SPACE)
      const next = this.#text[this.#at]
      if (next !== "," && next !== end) throw this.#unexpected(`, or ${end}`)
      this.#at += 1
      if (next === end) return
      this.#take(SPACE)
    }
  }

  #expect(sign: string): void {
    if (this.#text[this.#at] !== sign) throw this.#unexpected(sign)
    this.#at += 1
  }

  #take(token: RegExp): string | undefined {
    token.lastIndex = this.#at
    const found = token.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  #unexpected(wanted: string): Unreadable {
    const next = this.#text[this.#at]
    return new Unreadable(`there is ${next === undefined ? "the end" : JSON.stringify(next)} where ${wanted} must be`)
  }

  #lineHere(): number {
    for (let at = this.#text.indexOf("\n", this.#counted); at >= 0 && at < this.#at; at = this.#text.indexOf("\n", this.#counted)) {
      this.#line += 1
      this.#counted = at + 1
    }
    return this.#line
  }
}

function parsed(token: string): string | number | boolean | null {
  try {
    return JSON.parse(token)
  } catch {
    throw new Unreadable("there is text with what must be written with a backslash, or with one too many")
  }
}
