/** Reads what a program gives as a configuration: plain data, of which a copy of our own is made. Each field is read once. */

import type { Problems } from "./problems.ts"
import { DEEPEST, MOST_NODES, type Place, placeUnder, type SourceNode } from "./source-node.ts"

export function readData(data: unknown, place: Place, problems: Problems): SourceNode | undefined {
  return new DataReader(problems).node(data, place, 0)
}

class DataReader {
  readonly #problems: Problems
  #nodes = 0

  constructor(problems: Problems) {
    this.#problems = problems
  }

  node(value: unknown, place: Place, depth: number): SourceNode | undefined {
    this.#nodes += 1
    if (depth > DEEPEST) return this.#refuse(place, `is more than ${DEEPEST} levels deep, or holds itself`)
    if (this.#nodes > MOST_NODES)
      return this.#nodes === MOST_NODES + 1 ? this.#refuse(place, `is more than ${MOST_NODES} values`) : undefined
    if (value === null || typeof value === "string" || typeof value === "boolean" || typeof value === "number")
      return { type: "scalar", place, value, reference: undefined }
    if (typeof value !== "object") return this.#refuse(place, `must be plain data; got a ${typeof value}`)
    try {
      return Array.isArray(value) ? this.#list(value, place, depth) : this.#table(value, place, depth)
    } catch {
      return this.#refuse(place, "cannot be read")
    }
  }

  #list(value: readonly unknown[], place: Place, depth: number): SourceNode {
    const items: SourceNode[] = []
    for (let index = 0; index < value.length && this.#nodes <= MOST_NODES; index += 1) {
      const node = this.node(value[index], placeUnder(place, index), depth + 1)
      if (node !== undefined) items.push(node)
    }
    return { type: "list", place, items }
  }

  #table(value: object, place: Place, depth: number): SourceNode | undefined {
    const prototype: unknown = Object.getPrototypeOf(value)
    // That of another realm's objects has none itself.
    const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null
    if (!isPlain) return this.#refuse(place, "must be plain data; got an instance of a class")
    const fields = new Map<string, SourceNode>()
    for (const name of Object.keys(value)) {
      const field: unknown = Reflect.get(value, name)
      const node = field === undefined ? undefined : this.node(field, placeUnder(place, name), depth + 1)
      if (node !== undefined) fields.set(name, node)
    }
    return { type: "table", place, fields }
  }

  #refuse(place: Place, says: string): undefined {
    this.#problems.add(place, { expected: "plain data", found: "something else", says })
    return undefined
  }
}
