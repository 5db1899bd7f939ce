/** What a caller can do wrong where a function takes something, and what the function is to say of it. */

import { Invalid } from "../../actors/index.ts"

/** A value of each sort, by the name of the sort. */
const VALUES = {
  null: null,
  NaN: Number.NaN,
  negative: -1,
  zero: 0,
  fraction: 0.5,
  number: 5,
  infinite: Number.POSITIVE_INFINITY,
  bigint: 5n,
  boolean: true,
  empty: "",
  text: "wrong",
  symbol: Symbol("wrong"),
  array: [],
  object: {},
  instance: new Map(),
  function: () => {},
  revoked: revoked(),
} as const

/** What throws whatever is asked of it. */
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

/** The sorts that are right in a place; all others are wrong there. */
export type Sorts = readonly (keyof typeof VALUES)[]

export const NONE: Sorts = []
export const BOOLEAN: Sorts = ["boolean"]
export const TEXT: Sorts = ["text"]
export const FUNCTION: Sorts = ["function"]
export const LIST: Sorts = ["array"]
export const RECORD: Sorts = ["object"]
export const OBSERVER: Sorts = ["function", "object", "instance"]
/** Of a machine: a state value, or what says of a snapshot whether it is meant. */
export const STATE: Sorts = ["text", "object", "function"]
/** Milliseconds from 0. */
export const DURATION: Sorts = ["zero", "fraction", "number", "infinite"]
/** Milliseconds above 0. */
export const LIMIT: Sorts = ["fraction", "number", "infinite"]
/** Milliseconds that have to end. */
export const DELAY: Sorts = ["zero", "fraction", "number"]
/** From 1. */
export const COUNT: Sorts = ["number"]
/** What is only compared with what there is. */
export const KEY: Sorts = ["text", "number", "symbol", "bigint", "zero", "negative", "fraction", "infinite"]
export const NAME: Sorts = ["text", "symbol"]

/** Leaves one to be wrong. */
export function everySortBut(wrong: keyof typeof VALUES): Sorts {
  return (Object.keys(VALUES) as (keyof typeof VALUES)[]).filter((sort) => sort !== wrong)
}

/** One place of a function at which it is given something. */
export interface Place {
  /** What refusals call what stands here. */
  readonly field: string
  /** Calls the function with `value` at this place, and what is right at all others. */
  readonly put: (value: never) => unknown
  /** What is right here, where it is no object of options. */
  readonly sorts?: Sorts
  /** What is right for each option, where it is. */
  readonly options?: Readonly<Record<string, Sorts>>
  /** What stands before an option's name. Default: nothing. */
  readonly path?: string
  /** What may stand here beside an object of options. */
  readonly beside?: Sorts
  /** The options that have to be there. */
  readonly base?: object
}

export interface Mistake {
  readonly what: string
  readonly value: unknown
  /** The path that the refusal must name. */
  readonly field: string
  /** The name that was meant, where that is told. */
  readonly meant?: string
}

export function mistakesAt({ field, sorts, options, path, beside = NONE, base = {} }: Place): Mistake[] {
  if (options === undefined) return wrongValues(sorts ?? NONE).map(([what, value]) => ({ what, value, field }))
  const pathTo = (name: string): string => (path === undefined ? name : `${path}.${name}`)
  const wholes = wrongValues([...RECORD, ...beside]).map(([what, value]) => ({ what, value, field }))
  const unknowns = ["nonsense", "__proto__", "constructor"].map((name) => ({
    what: `unknown ${name}`,
    value: { ...base, [name]: 1 },
    field: pathTo(name),
  }))
  const symbol = { what: "a symbol for a name", value: { ...base, [Symbol("x")]: 1 }, field: pathTo("Symbol(x)") }
  return [...wholes, ...unknowns, symbol, ...Object.entries(options).flatMap(([name, right]) => mistakesOf(name, right, pathTo, base))]
}

function mistakesOf(name: string, right: Sorts, pathTo: (name: string) => string, base: object): Mistake[] {
  const slip = slipOf(name)
  const wrong = wrongValues(right).map(([what, value]) => ({
    what: `${name}: ${what}`,
    value: { ...base, [name]: value },
    field: pathTo(name),
  }))
  const misspelt = { what: `misspelt ${slip}`, value: { ...base, [slip]: 1 }, field: pathTo(slip), meant: name }
  const throwing = {
    what: `${name}: a getter that throws`,
    value: Object.defineProperty({ ...base }, name, { enumerable: true, get: () => boom() }),
    field: pathTo(name),
  }
  return [...wrong, misspelt, throwing]
}

/** Two letters change places; where they are the same, one is left out. */
function slipOf(name: string): string {
  const slip = `${name.slice(0, -2)}${name.at(-1)}${name.at(-2)}`
  return slip === name ? name.slice(0, -1) : slip
}

function boom(): never {
  throw new Error("boom")
}

function wrongValues(right: Sorts): [string, unknown][] {
  return Object.entries(VALUES).filter(([sort]) => !right.some((one) => one === sort))
}

/** What is wrong with how a mistake was answered; nothing where it is refused as it should be. */
export async function complaint(place: Place, { what, value, field, meant }: Mistake): Promise<string | undefined> {
  const answer = await answerTo(() => place.put(value as never))
  if (!(answer instanceof Invalid)) return `${what}: expected Invalid for ${field}, got ${String(answer)}`
  if (answer.details.field !== field) return `${what}: expected the field ${field}, got ${String(answer.details.field)}: ${answer.message}`
  return meant === undefined || answer.message.includes(`did you mean ${meant}?`) ? undefined : `${what}: no suggestion: ${answer.message}`
}

/** What a call throws or rejects with; that it was accepted, where it does neither within some turns. */
export async function answerTo(call: () => unknown): Promise<unknown> {
  const accepted = new Promise((resolve) => setImmediate(() => setImmediate(() => resolve("that it was accepted"))))
  try {
    return await Promise.race([Promise.resolve(call()).then(() => "that it was accepted"), accepted])
  } catch (error) {
    return error
  }
}
