/**
 * Which objects of a value were copied, and what their copies are: what is one in the value is one in the copy, and a cycle ends.
 *
 * Most objects occur once. So of many it is only kept which were seen, in one step each; whose copy is whose is looked up from the first
 * that occurs again.
 */

/** Objects up to which those seen are found by looking through them, which is faster than a set. */
const MOST_LOOKED_THROUGH = 8

export class Seen {
  /** Whether an object has occurred twice. */
  hasRepeated = false
  /** In the order in which they were seen, as their copies are. */
  readonly #sources: object[] = []
  readonly #copies: object[] = []
  /** In place of `#sources`, where there are more. */
  #many: Set<object> | undefined = undefined
  /** In place of both, once one has occurred again. */
  #copyOf: Map<object, object> | undefined = undefined

  /** The copy of an object that was seen before. One that was not is to be remembered next. */
  copyOf(value: object): object | undefined {
    if (this.#copyOf !== undefined) return this.#copyOf.get(value)
    if (this.#many === undefined) return this.#lookThrough(value)
    const { size } = this.#many
    this.#many.add(value)
    if (this.#many.size > size) return undefined
    this.hasRepeated = true
    this.#copyOf = new Map([...this.#many].map((source, at) => [source, this.#copies[at] as object]))
    return this.#copyOf.get(value)
  }

  remember(value: object, copy: object): void {
    if (this.#copyOf !== undefined) {
      this.#copyOf.set(value, copy)
      return
    }
    this.#copies.push(copy)
    if (this.#many !== undefined) return
    this.#sources.push(value)
    if (this.#sources.length > MOST_LOOKED_THROUGH) this.#many = new Set(this.#sources)
  }

  #lookThrough(value: object): object | undefined {
    for (let at = 0; at < this.#sources.length; at += 1) {
      if (this.#sources[at] !== value) continue
      this.hasRepeated = true
      return this.#copies[at]
    }
    return undefined
  }
}
