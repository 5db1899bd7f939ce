/**
 * A copy whose parts are still those of its original: which of them is replaced next, and how that one is called.
 *
 * A part's copy is put in its place before that copy's own parts are copied; so no call ever waits for another, however deep a value is.
 */

/** Who copies the parts. */
export interface PartCopier {
  part(value: unknown): unknown
}

export interface PendingParts {
  readonly copy: object
  /** Copies the next part that has to be; false when there is none left. */
  next(copier: PartCopier): boolean
  /** The way from the copy to the part that was copied last: `.name`, `[3]`. */
  way(): string
}

/** Items of a list, properties of a record: what stands there under a name. */
export class NamedParts implements PendingParts {
  readonly copy: object
  /** What the copy has, in the order of its names. */
  readonly #parts: readonly unknown[]
  /** `undefined`: the items of a list without holes, which are `parts` itself. */
  readonly #names: readonly string[] | undefined
  #at: number

  /** `first`: the first part that has to be copied. */
  constructor(copy: object, parts: readonly unknown[], names: readonly string[] | undefined, first: number) {
    this.copy = copy
    this.#parts = parts
    this.#names = names
    this.#at = first - 1
  }

  next(copier: PartCopier): boolean {
    const at = firstToCopy(this.#parts, this.#at + 1)
    if (at < 0) return false
    this.#at = at
    const place = this.copy as Record<PropertyKey, unknown>
    place[this.#names === undefined ? at : (this.#names[at] as string)] = copier.part(this.#parts[at])
    return true
  }

  way(): string {
    return wayTo(this.#names?.[this.#at] ?? this.#at, this.copy)
  }
}

/** Keys and values of a Map, values of a Set, in their order. */
export class Entries implements PendingParts {
  readonly copy: Map<unknown, unknown> | Set<unknown>
  readonly #parts: readonly unknown[]
  #at = -1
  #key: unknown = undefined

  /** `parts`: key, value, key, value, … of a Map. */
  constructor(copy: Map<unknown, unknown> | Set<unknown>, parts: readonly unknown[]) {
    this.copy = copy
    this.#parts = parts
  }

  next(copier: PartCopier): boolean {
    this.#at += 1
    if (this.#at >= this.#parts.length) return false
    const part = copier.part(this.#parts[this.#at])
    if (this.copy instanceof Set) this.copy.add(part)
    else if (this.#isAtKey) this.#key = part
    else this.copy.set(this.#key, part)
    return true
  }

  way(): string {
    return this.copy instanceof Map && this.#isAtKey ? ".keys()" : ".values()"
  }

  get #isAtKey(): boolean {
    return this.#at % 2 === 0
  }
}

/** What hangs on an error: its message, its stack, its cause, a code. */
export class ErrorParts implements PendingParts {
  readonly copy: Error
  readonly #names: readonly string[]
  readonly #parts: readonly unknown[]
  readonly #areEnumerable: readonly boolean[]
  #at = -1

  constructor(copy: Error, names: readonly string[], parts: readonly unknown[], areEnumerable: readonly boolean[]) {
    this.copy = copy
    this.#names = names
    this.#parts = parts
    this.#areEnumerable = areEnumerable
  }

  next(copier: PartCopier): boolean {
    this.#at += 1
    const name = this.#names[this.#at]
    if (name === undefined) return false
    const value = copier.part(this.#parts[this.#at])
    const enumerable = this.#areEnumerable[this.#at] === true
    Object.defineProperty(this.copy, name, { value, enumerable, writable: true, configurable: true })
    return true
  }

  way(): string {
    return wayTo(this.#names[this.#at] ?? "", this.copy)
  }
}

/** Where the first part is, from `from` on, that cannot stay as it is: an object, or what is refused; -1 where there is none. */
export function firstToCopy(parts: readonly unknown[], from: number): number {
  for (let at = from; at < parts.length; at += 1) {
    const part = parts[at]
    if (typeof part === "object" ? part !== null : typeof part === "function" || typeof part === "symbol") return at
  }
  return -1
}

/** How a message names the way from a holder to what it has under a name. */
export function wayTo(name: string | number, holder: object): string {
  return Array.isArray(holder) && (typeof name === "number" || /^\d+$/.test(name)) ? `[${name}]` : `.${name}`
}
