/**
 * Options, read in one way: by name, each looked at once, checked, and kept in an object of our own.
 *
 * Invariants
 * - A name that is not known is a mistake, and silence about it would be read as consent.
 * - What a getter answers is asked for once: what was checked is what counts, whatever its owner does with the object afterwards.
 * - Every refusal is an `Invalid` whose `details.field` is the path of the field at fault; nothing was done before it.
 */

import { invalid, shown } from "./errors.ts"

/** Reads the value of one field, `undefined` where it was left out: gives what counts, or throws `Invalid` that names `path`. */
export type Field<out Value> = (value: unknown, path: string) => Value

/** What there is to say, and how each of it is read. */
export type Fields = Readonly<Record<string, Field<unknown>>>

type Present<Table extends Fields> = {
  readonly [Name in keyof Table as undefined extends ReturnType<Table[Name]> ? never : Name]: ReturnType<Table[Name]>
}

type Optional<Table extends Fields> = {
  readonly [Name in keyof Table as undefined extends ReturnType<Table[Name]> ? Name : never]?: Exclude<ReturnType<Table[Name]>, undefined>
}

/** What was read: an object of our own. A field that was left out and has no default is not in it. */
export type Options<Table extends Fields> = Present<Table> & Optional<Table>

/**
 * Reads options by a table of what there is to say; `undefined` counts as none of it said.
 *
 * Errors  Invalid, for what is no plain object, for a name that is not in the table, and for what a field refuses. `path` stands before the
 *         name at fault: `children["app:cache"]`; where it is empty, the name stands alone.
 */
export function readOptions<Table extends Fields>(options: unknown, fields: Table, path = ""): Options<Table> {
  const given = options === undefined ? NOTHING_SAID : plainObject(options, path)
  const names = Object.keys(fields)
  for (const name of namesOf(given, path)) checkName(name, names, pathTo(path, ""))
  const read = emptyRecord()
  for (const name of names) {
    const field = pathTo(path, name)
    const value = fields[name]?.(valueAt(given, name, field), field)
    if (value !== undefined) read[name] = value
  }
  // Each field was read by the function that stands for its type in the table.
  return Object.freeze(read) as Options<Table>
}

/** As `readOptions`, where one thing is read: for what is said with a message, it makes no object. `known`: what else there is to say. */
export function readOption<Value>(options: unknown, name: string, field: Field<Value>, known: readonly string[] = NOTHING_ELSE): Value {
  if (options === undefined) return field(undefined, name)
  const given = plainObject(options, "")
  for (const said of namesOf(given, "")) if (said !== name) checkName(said, [name, ...known], "")
  return field(valueAt(given, name, name), name)
}

const NOTHING_ELSE: readonly string[] = []

/** What is said beside that, where `readOption` has looked at the whole. */
export function readBeside(options: object, name: string): unknown {
  return valueAt(options as Given, name, name)
}

/**
 * Reads options whose values are checked elsewhere: gives them in an object of our own, each looked at once.
 *
 * Errors  Invalid, for what is no plain object, and for a name that is not known, with the nearest that is. `path` stands before the name at
 *         fault: `children["app:cache"].`; where it is empty, the name stands alone.
 */
export function checkOptions<Said>(options: Said, known: readonly string[], path = ""): Readonly<Partial<NonNullable<Said>>> {
  const at = path.replace(/\.$/, "")
  const given = options === undefined ? NOTHING_SAID : plainObject(options, at)
  const read = emptyRecord()
  for (const name of namesOf(given, at)) {
    checkName(name, known, path)
    read[name] = valueAt(given, name, `${path}${name}`)
  }
  // Nothing but what was said, and under the same names.
  return Object.freeze(read) as Readonly<Partial<NonNullable<Said>>>
}

/**
 * A copy of options that somebody else reads, for who changes some of them before: each is looked at once. `undefined`: they are no plain object, and whoever
 * reads them says so. `path` as of `checkOptions`. Throws `Invalid` for one that cannot be read.
 */
export function ownOptions(options: unknown, path = ""): Record<PropertyKey, unknown> | undefined {
  if (!isPlainObject(options)) return undefined
  const read: Record<PropertyKey, unknown> = emptyRecord()
  for (const name of namesOf(options, path.replace(/\.$/, ""))) {
    // One that is a symbol is refused for its name.
    read[name] = typeof name === "symbol" ? undefined : valueAt(options, name, `${path}${name}`)
  }
  return read
}

/** The parts of a table that its owner names: handlers, guards, calls. Each is read once. Throws `Invalid` that names `path`. */
export function entriesOf(table: unknown, path: string): [name: string, value: unknown][] {
  const given = plainObject(table, path, "must be a plain object")
  return namesOf(given, path).map((name) => {
    if (typeof name === "symbol") throw invalid(`${path}.${String(name)}`, "has a symbol for its name: it must be text")
    return [name, valueAt(given, name, `${path}.${name}`)]
  })
}

// -- looking into what somebody else has made: any of it may be a getter, or a proxy's trap ------------------------------------------

type Given = Readonly<Record<PropertyKey, unknown>>

/** None of it said, in no prototype either. */
export const NOTHING_SAID: Given = Object.freeze(emptyRecord())

/** Without a prototype: what somebody has put on that of all objects would be read as said. */
function emptyRecord(): Record<string, unknown> {
  return Object.create(null)
}

function plainObject(value: unknown, path: string, must = "must be a plain object of options"): Given {
  if (isPlainObject(value)) return value
  const given = shown(value)
  // That it got an object would be no help.
  throw invalid(path === "" ? "options" : path, `${must}; got ${given === "an object" ? "an instance of a class" : given}`)
}

/** Neither an array nor an instance of a class: of such a one nobody knows what its fields are to say. */
function isPlainObject(value: unknown): value is Given {
  if (typeof value !== "object" || value === null) return false
  try {
    if (Array.isArray(value)) return false
    const prototype: unknown = Object.getPrototypeOf(value)
    return prototype === Object.prototype || prototype === null || isForeignPrototype(prototype)
  } catch {
    return false
  }
}

/** That of another realm's objects: a test runner's, a `vm` context's. */
function isForeignPrototype(prototype: unknown): boolean {
  return typeof prototype === "object" && Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "isPrototypeOf")
}

/** What can be seen to be said; what is hidden (some libraries mark objects so) says nothing. */
function namesOf(given: Given, path: string): readonly (string | symbol)[] {
  try {
    const names = Object.keys(given)
    const symbols = Object.getOwnPropertySymbols(given)
    if (symbols.length === 0) return names
    return [...names, ...symbols.filter((symbol) => Object.prototype.propertyIsEnumerable.call(given, symbol))]
  } catch (cause) {
    throw invalid(path === "" ? "options" : path, "cannot be read", cause)
  }
}

/** Only what the object itself says: what stands in its prototype was not meant for us. */
function valueAt(given: Given, name: string, path: string): unknown {
  try {
    return Object.hasOwn(given, name) ? given[name] : undefined
  } catch (cause) {
    throw invalid(path, "cannot be read", cause)
  }
}

function pathTo(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`
}

// -- what was meant -------------------------------------------------------------------------------------------------------------

/** A longer name is no slip of the pen, and to compare it would take long. */
const LONGEST_COMPARED = 64

/** So many letters apart, a name is taken for a slip, if it is longer than that. */
const MOST_SLIPS = 3

/** Throws `Invalid` for one that is not known. */
function checkName(name: string | symbol, known: readonly string[], prefix: string): asserts name is string {
  if (typeof name !== "symbol" && known.includes(name)) return
  const text = String(name)
  const meant = meantBy(text, known, Math.min(MOST_SLIPS, text.length - 1))
  const hint = meant === undefined ? `; there are ${known.join(", ") || "none"}` : `; did you mean ${meant}?`
  // Said of a request, and not of what it is about: there it stands behind that.
  const advice = text === "timeoutMs" || text === "signal" ? "; a request takes it in its last argument" : ""
  throw invalid(`${prefix}${text}`, `is unknown${hint}${advice}`)
}

/** Which of these names is at most so many letters apart from that one, the nearest; `undefined`: none. */
export function meantBy(text: string, known: readonly string[], mostSlips: number): string | undefined {
  if (text.length > LONGEST_COMPARED) return undefined
  const [nearest] = known.toSorted((one, other) => distance(text, one) - distance(text, other))
  return nearest !== undefined && distance(text, nearest) <= mostSlips ? nearest : undefined
}

/**
 * Letters to insert, drop, change or swap with their neighbour.
 * Source  Damerau, "A technique for computer detection and correction of spelling errors" (1964), as the optimal string alignment.
 */
function distance(one: string, other: string): number {
  const [from, to] = [one.toLowerCase(), other.toLowerCase()]
  let before: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let index = 1; index <= from.length; index += 1) {
    const next = [index]
    for (let at = 1; at <= to.length; at += 1) {
      const isSame = from[index - 1] === to[at - 1]
      const isSwapped = index > 1 && at > 1 && from[index - 1] === to[at - 2] && from[index - 2] === to[at - 1]
      const change = (row[at - 1] as number) + (isSame ? 0 : 1)
      const swap = isSwapped ? (before[at - 2] as number) + 1 : change
      next.push(Math.min(change, swap, (row[at] as number) + 1, (next[at - 1] as number) + 1))
    }
    before = row
    row = next
  }
  return row[to.length] as number
}
