/** How the values of options are read: one small reader for each sort of value there is. */

import { invalid, shown } from "./errors.ts"
import { isList } from "./instance.ts"
import { entriesOf, type Field } from "./options.ts"

/** A reader for what passes a check; `must` says what that is. */
export function field<Value>(isRight: (value: unknown) => boolean, must: string): Field<Value> {
  return (value, path) => {
    if (isRight(value)) return value as Value
    throw invalid(path, `must be ${must}; got ${shown(value)}`)
  }
}

/** May be left out. */
export function optional<Value>(read: Field<Value>): Field<Value | undefined> {
  return (value, path) => (value === undefined ? undefined : read(value, path))
}

/** Where it is left out, `fallback` counts. */
export function otherwise<Value>(read: Field<Value>, fallback: Value): Field<Value> {
  return (value, path) => (value === undefined ? fallback : read(value, path))
}

/** Any value: what it may be is looked at elsewhere, or is its owner's matter. */
export const anything: Field<unknown> = (value) => value

/** As `anything`, but `null`: who means nothing leaves it out. */
export const notNull: Field<unknown> = (value, path) => {
  if (value === null) throw invalid(path, "must not be null; leave it out")
  return value
}

/** The parts of a plain object, each read once; those that are `undefined` are left out. What they may be is looked at elsewhere. */
export const ownFields: Field<Readonly<Record<string, unknown>>> = (value, path) =>
  Object.freeze(Object.fromEntries(entriesOf(value, path).filter(([, part]) => part !== undefined)))

export const boolean: Field<boolean> = field((value) => typeof value === "boolean", "true or false")

/** Text of at least one character. */
export const text: Field<string> = field((value) => typeof value === "string" && value !== "", "a non-empty string")

/** Milliseconds from 0; `Infinity` is no limit. */
export const milliseconds: Field<number> = field((value) => typeof value === "number" && value >= 0, "a number of ms from 0")

/** As `milliseconds`, where none is too short to be meant. */
export const timeLimit: Field<number> = field((value) => typeof value === "number" && value > 0, "more than 0 ms")

/** Milliseconds between two of a kind; `Infinity` is never. */
export const period: Field<number> = field((value) => typeof value === "number" && value >= 1, "a number of ms from 1")

/** A part of all, from none to every one. */
export const share: Field<number> = field((value) => typeof value === "number" && value >= 0 && value <= 1, "a number from 0 to 1")

export function wholeNumber(least: number, most: number = Number.MAX_SAFE_INTEGER): Field<number> {
  const upTo = most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`
  const isRight = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= least && (value as number) <= most
  return field(isRight, `a whole number from ${least}${upTo}`)
}

/** What the function takes and gives is its owner's word. */
export function callback<Callback extends (...parts: never[]) => unknown>(must = "a function"): Field<Callback> {
  return field((value) => typeof value === "function", must)
}

/** What an object of somebody else has under a name; `undefined` where looking fails. For objects that are called, and stay their maker's. */
export function memberOf(value: unknown, name: string): unknown {
  try {
    return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined
  } catch {
    return undefined
  }
}

export function oneOf<const Word extends string>(...words: readonly Word[]): Field<Word> {
  const listed = words.length === 2 ? words.join(" or ") : `one of ${words.join(", ")}`
  return field((value) => words.some((word) => word === value), listed)
}

/** A list, in a copy that nobody changes; `must` says of what. */
export function listOf<Item>(read: Field<Item>, must: string): Field<readonly Item[]> {
  return (value, path) => {
    if (!isList(value)) throw invalid(path, `must be ${must}; got ${shown(value)}`)
    return Object.freeze(itemsOf(value, path).map((item, index) => read(item, `${path}[${index}]`)))
  }
}

/** A list of options is written by somebody; `new Array(2 ** 32 - 1)` was not. */
const MOST_ITEMS = 1_000_000

/** Each read once. A hole counts as `undefined`. */
function itemsOf(list: readonly unknown[], path: string): readonly unknown[] {
  const { length } = list
  if (length > MOST_ITEMS) throw invalid(path, `must have at most ${MOST_ITEMS} items; got ${length}`)
  try {
    return Array.from({ length }, (_, index) => list[index])
  } catch (cause) {
    throw invalid(path, "cannot be read", cause)
  }
}
