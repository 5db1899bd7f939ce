/**
 * Two copies of the package in one program, as package managers make them: what one has made, the other cannot use. Their classes have
 * nothing in common but a mark that all copies know, so that a refusal can say what is wrong.
 *
 * The mark allows nothing: whoever forges it is refused in other words.
 */

/** In the registry of symbols that all copies share; its form is part of what versions owe each other. */
const MARK = Symbol.for("pigeonhole.made")

/** Of this copy: each has its own. */
const COPY = Symbol("a copy of pigeonhole")

/** What is said of it, and whose it is. */
interface Mark {
  readonly kind: string
  readonly copy: symbol
}

/** Marks what a class and its subclasses make, from the class's static block. */
export function mark(made: { readonly prototype: object }, kind: string): void {
  Object.defineProperty(made.prototype, MARK, { value: Object.freeze({ kind, copy: COPY } satisfies Mark) })
}

/** Of which kind a thing is that another copy has made; `undefined` for all else. Total, though it may be anything of a user's. */
export function foreignKind(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined
  try {
    const prototype: object | null = Object.getPrototypeOf(value)
    // What replies are, nearly always: no need to look further.
    return prototype === Object.prototype || prototype === null ? undefined : kindOn(prototype)
  } catch {
    return undefined
  }
}

/** As `foreignKind`, for a class: of what it makes. */
export function foreignClassKind(made: unknown): string | undefined {
  try {
    const prototype: unknown = typeof made === "function" ? made.prototype : undefined
    return typeof prototype === "object" && prototype !== null ? kindOn(prototype) : undefined
  } catch {
    return undefined
  }
}

/** Whether this copy or another has made it. Total, too. */
export function isMarked(value: object): boolean {
  try {
    return (value as Marked)[MARK] !== undefined
  } catch {
    return false
  }
}

interface Marked {
  readonly [MARK]?: Partial<Mark>
}

function kindOn(prototype: object): string | undefined {
  const found = (prototype as Marked)[MARK]
  return typeof found?.kind === "string" && found.copy !== COPY ? found.kind : undefined
}
