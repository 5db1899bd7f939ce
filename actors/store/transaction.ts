/**
 * Several keys of a store, read and written as one step: what the caller's function does is kept apart until it is done, and then carried out as a
 * whole, or not at all.
 */

import { checkOptions, type Invalid, invalid, shown } from "../../src/index.ts"
import { readWellFormedKeys } from "./batch-input.ts"
import { NOBODY } from "./bindings.ts"
import type { CallersFunction } from "./callers-function.ts"
import type { Present } from "./entry-change.ts"
import { isOptions, type SetOptions } from "./entry-mailbox.ts"
import type { Frozen } from "./frozen.ts"
import type { Placement } from "./lifetime.ts"
import { keyError } from "./store-face.ts"
import { copyIn, shareOut, type TakeIn } from "./stored-value.ts"
import { type Moment, termsOf } from "./terms.ts"
import type { Weigh } from "./weight.ts"

/** What a transaction can do with the keys it has named, while its function runs. */
export interface Transaction<Value, Given = Value> {
  /** The value, with what this transaction has written; `undefined` where there is none. Counts as a reading, once the transaction is carried out. */
  get(key: string): Frozen<Value> | undefined
  /** Whether there is a value. */
  has(key: string): boolean
  /** As `set` of the mailbox: errors are thrown, and the whole is undone by them unless they are caught. */
  set(key: string, value: Given | Frozen<Given>, ttl?: number | SetOptions): void
  /** `false`: it was not there. */
  delete(key: string): boolean
}

/** What is to stand under a key once the transaction is done. */
export interface StagedPlacement extends Placement {
  /** Whoever held what was there holds this no more, though it is bound: the transaction has deleted it before, or written it for nobody. */
  readonly isAnew: boolean
}

/** What is to become of one key; `undefined`: it goes. */
export type Staged = ReadonlyMap<string, StagedPlacement | undefined>

/** An entry as a caller's function has found it. */
export interface Found {
  readonly version: string
  /** As the function was given it: if that is no frozen value, the function may have changed it. Left out: it was not given. */
  readonly value?: unknown
}

/** What a transaction comes to. */
export interface StagedChanges {
  readonly writes: Staged
  /** The keys under which the store's own value was looked for. */
  readonly reads: ReadonlySet<string>
}

/** What a mailbox posts. Nobody but a mailbox of ours can make one. */
export class TransactionRequest {
  /** Each once. */
  readonly keys: readonly string[]
  readonly #work: CallersFunction<[Transaction<unknown>]>
  readonly #weigh: Weigh
  readonly #takeIn: TakeIn
  readonly #holder: number
  readonly #isOurs = true
  #staging: Staging | undefined = undefined
  /** What the caller's function has given. */
  result: unknown = undefined

  /** `holder`: the attachment that what is bound is bound to. */
  constructor(
    keys: readonly string[],
    work: CallersFunction<[Transaction<unknown>]>,
    weigh: Weigh,
    holder: number,
    takeIn: TakeIn = copyIn,
  ) {
    this.keys = keys
    this.#work = work
    this.#weigh = weigh
    this.#takeIn = takeIn
    this.#holder = holder
  }

  static take(request: unknown): TransactionRequest {
    if (typeof request === "object" && request !== null && #isOurs in request) return request
    throw invalid("request", "is not made by a store's mailbox")
  }

  /** Runs the caller's function; gives what it wants to change. What throws is refused: nothing has changed. */
  stage(find: (key: string) => Present | undefined, moment: Moment): StagedChanges {
    const staging = new Staging(new Set(this.keys), find, moment, this.#weigh, this.#holder, this.#takeIn)
    this.#staging = undefined
    try {
      this.result = this.#work.handedOver(this.#work.call(staging.face))
    } finally {
      staging.isOver = true
    }
    this.#staging = staging
    return { writes: staging.staged, reads: staging.reads }
  }

  /** For those who judge a store by a model: what it found, and what was to become of the keys. `undefined`: it has changed nothing. */
  get told(): Pick<Staging, "found" | "staged"> | undefined {
    return this.#staging
  }
}

/** What is written stands here, and is read before what is stored. */
class Staging {
  readonly staged = new Map<string, StagedPlacement | undefined>()
  /** What was there under the keys that were asked for before they were written; `undefined`: nothing. */
  readonly found = new Map<string, Found | undefined>()
  readonly reads = new Set<string>()
  isOver = false
  readonly #keys: ReadonlySet<string>
  readonly #find: (key: string) => Present | undefined
  readonly #moment: Moment
  readonly #weigh: Weigh
  readonly #takeIn: TakeIn
  readonly #holder: number

  constructor(
    keys: ReadonlySet<string>,
    find: (key: string) => Present | undefined,
    moment: Moment,
    weigh: Weigh,
    holder: number,
    takeIn: TakeIn = copyIn,
  ) {
    this.#keys = keys
    this.#find = find
    this.#moment = moment
    this.#weigh = weigh
    this.#takeIn = takeIn
    this.#holder = holder
  }

  /** All that the caller's function gets: it may keep it, and then it is of no use. */
  get face(): Transaction<unknown> {
    return Object.freeze({
      get: (key: string) => this.#get(key) as Frozen<unknown> | undefined,
      has: (key: string) => this.#has(key),
      set: (key: string, value: unknown, ttl?: number | SetOptions) => this.#set(key, value, ttl),
      delete: (key: string) => this.#delete(key),
    })
  }

  #get(key: string): unknown {
    this.#check(key)
    if (!this.staged.has(key)) {
      this.reads.add(key)
      return this.#read(key)
    }
    const placement = this.staged.get(key)
    return placement === undefined ? undefined : shareOut(placement.value)
  }

  #has(key: string): boolean {
    this.#check(key)
    return this.staged.has(key) ? this.staged.get(key) !== undefined : this.#look(key) !== undefined
  }

  #read(key: string): unknown {
    const present = this.#find(key)
    const value = present?.value
    this.found.set(key, present === undefined ? undefined : { version: present.version, value })
    return value
  }

  #look(key: string): Present | undefined {
    const present = this.#find(key)
    if (!this.found.has(key)) this.found.set(key, present === undefined ? undefined : { version: present.version })
    return present
  }

  #set(key: string, value: unknown, ttl: number | SetOptions | undefined): void {
    this.#check(key)
    const said = checkOptions<SetOptions>(isOptions(ttl) ? ttl : { ttl }, ["ttl", "idle", "jitter", "bound"])
    const bound: unknown = said.bound ?? false
    if (typeof bound !== "boolean") throw invalid("bound", `must be true or false; got ${shown(bound)}`)
    const copy = this.#takeIn(value)
    const lifetime = termsOf(said).lifetime(undefined, this.#moment)
    const weight = this.#weigh(key, copy)
    this.staged.set(key, { ...lifetime, value: copy, owner: bound ? this.#holder : NOBODY, weight, isAnew: this.#isAnew(key) })
  }

  /** Whether what the transaction has done with the key so far leaves nobody who held it. */
  #isAnew(key: string): boolean {
    if (!this.staged.has(key)) return false
    const before = this.staged.get(key)
    return before === undefined || before.owner === NOBODY || before.isAnew
  }

  #delete(key: string): boolean {
    const was = this.#has(key)
    // Where nothing was, too: what is loaded for the key now is not to be kept.
    this.staged.set(key, undefined)
    return was
  }

  #check(key: string): void {
    if (this.isOver) throw invalid("transaction", "is over: nothing can be read or written by it any more")
    if (!this.#keys.has(key)) throw unnamed(key)
  }
}

function unnamed(key: unknown): Invalid {
  if (typeof key !== "string") return keyError(key)
  return invalid("key", `is none of the keys that the transaction has named; got ${shown(key)}`)
}

/** The keys that a transaction names, each once. */
export function namedKeys(keys: unknown): readonly string[] {
  const named = readWellFormedKeys(keys)
  if (named.length === 0) throw invalid("keys", "must name at least one key")
  return [...new Set(named)]
}
