/** What mailboxes of a store post for many keys at once. Of our own make, so that what a policy has judged is what is done. */

import { invalid } from "../../src/index.ts"
import type { BatchKeys } from "./batch-room.ts"
import type { Terms } from "./terms.ts"

/** Nobody but a mailbox of ours can make one that a store takes, or change it. */
export abstract class BatchRequest {
  readonly #isOurs = true

  /** For a guard: it holds no value of the caller's, so it need not be copied again. Throws `Invalid` for what is none of the class. */
  static taker<Request extends BatchRequest>(wanted: abstract new (...parameters: never[]) => Request): (request: unknown) => Request {
    return (request) => {
      if (typeof request === "object" && request !== null && #isOurs in request && request instanceof wanted) return request
      throw invalid("request", "is not made by a store's mailbox")
    }
  }
}

/** Of keys, in the order in which they are to be answered. */
export class KeysRequest extends BatchRequest {
  readonly keys: readonly string[]
  /** What they were found by. Who has written one of them since has the last word on it. */
  readonly found: PrefixRequest | undefined

  constructor(keys: readonly string[], found?: PrefixRequest) {
    super()
    this.keys = keys
    this.found = found
  }

  /** The last version that it is about, in that place. */
  upTo(place: object): number {
    return this.found?.upTo.get(place) ?? Infinity
  }

  /** What observers are told of what it changes. */
  get cause(): string {
    return this.found === undefined ? "delete" : "clear"
  }

  /** For the keys in these places alone. */
  part(places: readonly number[]): KeysRequest {
    return new KeysRequest(at(this.keys, places), this.found)
  }

  /** The whole answer, where each key has got its own. */
  joined(answers: readonly unknown[]): unknown {
    return answers
  }
}

/** Entries to be written, by place: each key once. */
export interface BatchColumns extends BatchKeys {
  /** As `copyIn` made them. */
  readonly values: readonly unknown[]
  readonly terms: readonly Terms[]
  /** The mailbox, for those that are bound to it; 0 for the others. */
  readonly owners: readonly number[]
  /** How many answers are wanted: those whose key came again later count, too. */
  readonly answers: number
}

export class SetManyRequest extends BatchRequest {
  readonly columns: BatchColumns

  constructor(columns: BatchColumns) {
    super()
    this.columns = columns
  }

  get keys(): readonly string[] {
    return this.columns.keys
  }

  /** For the entries in these places alone. */
  part(places: readonly number[]): SetManyRequest {
    const { values, weights, terms, owners } = this.columns
    const keys = at(this.keys, places)
    const placeOf = new Map(keys.map((key, place) => [key, place]))
    return new SetManyRequest({
      ...{ keys, placeOf, values: at(values, places), weights: at(weights, places) },
      ...{ terms: at(terms, places), owners: at(owners, places), answers: places.length },
    })
  }

  /** The whole answer, where each entry has got its own. */
  joined(_answers: readonly unknown[]): unknown {
    return new Array<true>(this.columns.answers).fill(true)
  }
}

function at<Item>(items: readonly Item[], places: readonly number[]): readonly Item[] {
  return places.map((place) => items[place] as Item)
}

/** What a page of keys begins with, and what it comes after. */
export class ListRequest extends BatchRequest {
  readonly prefix: string
  /** `undefined`: from the start. */
  readonly after: string | undefined
  readonly limit: number
  /** Whether the items are the keys alone. */
  readonly isBare: boolean

  constructor(prefix: string, after: string | undefined, limit: number, isBare = false) {
    super()
    this.prefix = prefix
    this.after = after
    this.limit = limit
    this.isBare = isBare
  }

  /** For other keys of the same sort. */
  behind(after: string | undefined, limit: number): ListRequest {
    return new ListRequest(this.prefix, after, limit, this.isBare)
  }
}

/** All keys that begin with it. */
export class PrefixRequest extends BatchRequest {
  readonly prefix: string
  /** By who has looked for them: the last version that he had given then. */
  readonly upTo = new WeakMap<object, number>()

  constructor(prefix: string) {
    super()
    this.prefix = prefix
  }
}
