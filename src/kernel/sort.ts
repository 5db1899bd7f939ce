/**
 * What sort of value it is, for where its content is nobody's business: `a string`, `a Map`, `an object of type "tick"`. Asks the value for
 * nothing: no getter, no `toString`.
 */

const LETTERS = 80

/** Never throws. */
export function sortOf(value: unknown): string {
  try {
    if (typeof value !== "object" || value === null) return value === null || value === undefined ? String(value) : article(typeof value)
    const type = own(value, "type")
    return `${article(classOf(value) ?? "object")}${typeof type === "string" ? ` of type ${JSON.stringify(cut(type, LETTERS))}` : ""}`
  } catch {
    return "an object"
  }
}

/** What a report carries in the place of a message to a service, which is a matter of its sender and its receiver. */
export class Unshown {
  /** As `sortOf` says it. */
  readonly sort: string

  constructor(message: unknown) {
    this.sort = sortOf(message)
  }
}

/** The name of its class, as its prototype has it. */
export function classOf(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  const made = typeof prototype === "object" && prototype !== null ? own(prototype, "constructor") : undefined
  const name = typeof made === "function" ? own(made, "name") : undefined
  return typeof name === "string" && name !== "" ? cut(name, LETTERS) : undefined
}

/** A property of its own that is no getter. */
export function own(value: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(value, key)?.value
}

export function cut(text: string, letters: number): string {
  return text.length > letters ? `${text.slice(0, letters)}…` : text
}

function article(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`
}
