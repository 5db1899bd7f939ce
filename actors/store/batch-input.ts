/**
 * What callers give for many keys at once, read into values of our own: each part once, and all of it before anything is posted.
 */

import { checkOptions, type ErrorDetails, Invalid, invalid, shown } from "../../src/index.ts"
import type { BatchColumns } from "./batch-requests.ts"
import { isOptions, type SetOptions } from "./entry-mailbox.ts"
import { DEFAULT_LIMIT, type KeyRange, type ListOptions, MOST_OF_A_PAGE } from "./list-page.ts"
import { readList } from "./read-list.ts"
import { checkWellFormed, isKey, isNewKey, keyError } from "./store-face.ts"
import { copyIn, type TakeIn } from "./stored-value.ts"
import { LIFETIME_NAMES, type LifetimeOptions, type Terms, termsOf } from "./terms.ts"
import type { Weigh } from "./weight.ts"

/** How long each of many entries lives, and with whom. */
export interface SetManyOptions extends SetOptions, LifetimeOptions {}

const SET_MANY_NAMES = [...LIFETIME_NAMES, "bound"] as const

const NOBODY = 0

// -- keys ----------------------------------------------------------------------------------------------------------

/** Throws `Invalid` that names the place. Whether they are well-formed is asked where nothing is found under them. */
export function readKeys(keys: unknown): readonly string[] {
  return readList(keys, "keys", (key, place) => {
    if (isKey(key)) return key
    throw keyError(key, `keys[${place}]`)
  })
}

/** As `readKeys`, for keys of which some will be changed before the last is looked for. */
export function readWellFormedKeys(keys: unknown): readonly string[] {
  const read = readKeys(keys)
  checkWellFormed(read)
  return read
}

// -- entries -------------------------------------------------------------------------------------------------------

/** What is needed of the mailbox that reads them. */
export interface BatchReader {
  /** The number of the mailbox, for what is bound to it. */
  readonly id: number
  readonly weigh: Weigh
  readonly takeIn?: TakeIn | undefined
}

/** Of a key that comes more than once, the last counts. What an entry says of itself stands before what is said of all. Throws `Invalid` that names the place. */
export function readEntries(entries: unknown, options: unknown, { id, weigh, takeIn = copyIn }: BatchReader): BatchColumns {
  const reader = new SaidReader(options, id)
  const columns: Columns = { keys: [], placeOf: new Map(), values: [], terms: [], owners: [], weights: [], answers: 0 }
  const items = readList(entries, "entries", (item, at) => {
    const [key, value, own] = partsOf(item, at)
    try {
      if (!isNewKey(key)) throw keyError(key)
      const { terms, owner } = reader.of(own)
      put(columns, key, { value: takeIn(value), terms, owner })
    } catch (error) {
      throw placed(error, at)
    }
  })
  columns.answers = items.length
  columns.weights = columns.keys.map((key, place) => weigh(key, columns.values[place]))
  return columns
}

function put({ keys, placeOf, values, terms, owners }: Columns, key: string, entry: Said & { readonly value: unknown }): void {
  const place = placeOf.get(key) ?? keys.length
  placeOf.set(key, place)
  keys[place] = key
  values[place] = entry.value
  terms[place] = entry.terms
  owners[place] = entry.owner
}

/** Of our own, while they are filled. */
interface Columns {
  readonly keys: string[]
  readonly placeOf: Map<string, number>
  readonly values: unknown[]
  readonly terms: Terms[]
  readonly owners: number[]
  weights: number[]
  answers: number
}

interface Said {
  readonly terms: Terms
  readonly owner: number
}

/** Reads what is said of entries, of all and of each. What comes over and over is kept once. */
class SaidReader {
  readonly #id: number
  readonly #ofAll: Partial<SetManyOptions>
  readonly #all: Said
  #lastTtl: unknown = undefined
  #last: Said

  constructor(options: unknown, id: number) {
    this.#id = id
    this.#ofAll = optionsFrom(options)
    this.#all = this.#said(this.#ofAll)
    this.#last = this.#all
  }

  of(own: unknown): Said {
    if (own === undefined) return this.#all
    if (own === this.#lastTtl) return this.#last
    const said = this.#said(beside(optionsFrom(own), this.#ofAll))
    if (typeof own === "number") {
      this.#lastTtl = own
      this.#last = said
    }
    return said
  }

  #said(options: Partial<SetManyOptions>): Said {
    const { bound = false } = options
    if (typeof bound !== "boolean") throw invalid("bound", `must be true or false; got ${shown(bound)}`)
    return { terms: termsOf(options), owner: bound ? this.#id : NOBODY }
  }
}

/** A number is a TTL, as it is for `set`. Nothing is said by the prototype of all objects. */
function optionsFrom(said: unknown): Partial<SetManyOptions> {
  return checkOptions((isOptions(said) ? said : { ttl: said }) as SetManyOptions, SET_MANY_NAMES)
}

/** What is left out of the first is as the second says. */
function beside(own: Partial<SetManyOptions>, all: Partial<SetManyOptions>): Partial<SetManyOptions> {
  return Object.fromEntries(SET_MANY_NAMES.map((name) => [name, own[name] === undefined ? all[name] : own[name]]))
}

function partsOf(item: unknown, at: number): readonly unknown[] {
  try {
    if (Array.isArray(item) && (item.length === 2 || item.length === 3)) return [item[0], item[1], item[2]]
  } catch (cause) {
    throw invalid(`entries[${at}]`, "cannot be read", cause)
  }
  throw invalid(`entries[${at}]`, `must be [key, value] or [key, value, ttl]; got ${shown(item)}`)
}

/** The same refusal, of a part of an entry. */
function placed(error: unknown, at: number): unknown {
  if (!(error instanceof Invalid)) return error
  const path = `entries[${at}]`
  const { message, details, cause } = error
  const located = { ...details, ...issuesAt(path, details), field: `${path}.${String(details.field)}` }
  return new Invalid(`${path}.${message}`, cause === undefined ? { details: located } : { details: located, cause })
}

function issuesAt(path: string, { issues }: ErrorDetails): object {
  if (!Array.isArray(issues)) return {}
  return { issues: issues.map((issue: { readonly path: string }) => ({ ...issue, path: `${path}.${issue.path}` })) }
}

// -- ranges --------------------------------------------------------------------------------------------------------

export interface Range {
  readonly prefix: string
  readonly after: string | undefined
}

export function readPrefix(prefix: unknown): string {
  if (prefix === undefined) return ""
  if (typeof prefix !== "string") throw invalid("prefix", `must be text; got ${shown(prefix)}`)
  if (!prefix.isWellFormed()) throw keyError(prefix, "prefix")
  return prefix
}

/** A prefix alone, or more. */
export function readRange(range: unknown): Range {
  if (typeof range === "string") return { prefix: readPrefix(range), after: undefined }
  return rangeOf(checkOptions(range as KeyRange | undefined, ["prefix", "after"]))
}

export function readListOptions(options: ListOptions | undefined): Range & { readonly limit: number } {
  const { prefix, after, limit = DEFAULT_LIMIT } = checkOptions(options, ["prefix", "after", "limit"])
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_OF_A_PAGE)
    throw invalid("limit", `must be a whole number from 1 to ${MOST_OF_A_PAGE}; got ${shown(limit)}`)
  return { ...rangeOf({ prefix, after }), limit }
}

function rangeOf({ prefix, after }: KeyRange): Range {
  if (after !== undefined && !isNewKey(after)) throw keyError(after, "after")
  return { prefix: readPrefix(prefix), after }
}
