/** What mailboxes of a store ask for under one key, beside the five operations of every day. */

import { AlreadyExists, Conflict, Invalid, NotFound, shown } from "../../src/index.ts"
import type { CallersFunction } from "./callers-function.ts"
import { type Change, KeyRequest, type Present } from "./entry-change.ts"
import { type Lifetime, lifetimeFrom, NEVER, NO_IDLE } from "./lifetime.ts"
import { copyIn, type TakeIn } from "./stored-value.ts"
import type { Moment, Terms } from "./terms.ts"
import type { Weigh } from "./weight.ts"

/** On which condition a value is written. */
export interface Condition {
  readonly onlyIfAbsent: boolean
  readonly ifVersion: string | undefined
}

/** What those who judge a store by a model are told of a request: what was asked of it. */
export interface PutTold {
  /** As `copyIn` made it. */
  readonly value: unknown
  readonly terms: Terms
  readonly condition: Condition
  readonly owner: number
}

/** What a caller's function was given, and what it made of that. */
export interface Run {
  /** `undefined`: there was none. */
  readonly found: { readonly version: string; readonly value: unknown } | undefined
  /** As `copyIn` made it; `undefined`: the entry was to go. */
  readonly made: unknown
}

const NOTHING_THERE: Change = { type: "keep", answer: undefined, isDeleted: true }

export class PutRequest extends KeyRequest {
  readonly cause: string
  readonly #value: unknown
  readonly #weight: number
  readonly #terms: Terms
  readonly #condition: Condition
  readonly #owner: number
  /** What is answered in place of the entry. */
  readonly #answer: unknown

  /** `value`: as `copyIn` made it. */
  constructor(
    key: string,
    value: unknown,
    weight: number,
    terms: Terms,
    condition: Condition,
    owner: number,
    cause = "put",
    answer: unknown = undefined,
  ) {
    super(key)
    this.#value = value
    this.#weight = weight
    this.#terms = terms
    this.#condition = condition
    this.#owner = owner
    this.cause = cause
    this.#answer = answer
  }

  get told(): PutTold {
    return { value: this.#value, terms: this.#terms, condition: this.#condition, owner: this.#owner }
  }

  override decide(present: Present | undefined, moment: Moment): Change {
    const error = refusalFor(this.#condition, this.key, present)
    if (error !== undefined) return { type: "refuse", error }
    const lifetime = this.#terms.lifetime(present?.lifetime, moment)
    return { type: "write", value: this.#value, weight: this.#weight, lifetime, owner: this.#owner, answer: this.#answer }
  }
}

/** Runs a caller's function on what is there, and writes what it gives. */
export class UpdateRequest extends KeyRequest {
  readonly cause = "update"
  readonly #update: CallersFunction<[value: unknown, key: string]>
  readonly #terms: Terms
  readonly #weigh: Weigh
  readonly #takeIn: TakeIn
  #run: Run | undefined = undefined

  constructor(key: string, update: CallersFunction<[value: unknown, key: string]>, terms: Terms, weigh: Weigh, takeIn: TakeIn = copyIn) {
    super(key)
    this.#update = update
    this.#terms = terms
    this.#weigh = weigh
    this.#takeIn = takeIn
  }

  /** As `PutTold`. Without a `run`, nothing was changed. */
  get told(): { readonly terms: Terms; readonly run: Run | undefined } {
    return { terms: this.#terms, run: this.#run }
  }

  override decide(present: Present | undefined, moment: Moment): Change {
    this.#run = undefined
    const found = present === undefined ? undefined : { version: present.version, value: present.value }
    const made = this.#update.call(found?.value, this.key)
    this.#update.handedOver(made)
    const value = made === undefined ? undefined : this.#takeIn(made)
    this.#run = { found, made: value }
    if (value === undefined) return present === undefined ? NOTHING_THERE : { type: "remove", answer: undefined }
    const lifetime = this.#terms.lifetime(readLifetime(present, moment), moment)
    return { type: "write", value, weight: this.#weigh(this.key, value), lifetime, owner: undefined }
  }
}

export class IncrementRequest extends KeyRequest {
  readonly cause = "increment"
  readonly #by: number
  readonly #terms: Terms
  readonly #weigh: Weigh
  readonly #takeIn: TakeIn

  constructor(key: string, by: number, terms: Terms, weigh: Weigh, takeIn: TakeIn = copyIn) {
    super(key)
    this.#by = by
    this.#terms = terms
    this.#weigh = weigh
    this.#takeIn = takeIn
  }

  /** As `PutTold`. */
  get told(): { readonly by: number; readonly terms: Terms } {
    return { by: this.#by, terms: this.#terms }
  }

  override decide(present: Present | undefined, moment: Moment): Change {
    const before = present === undefined ? 0 : present.value
    if (typeof before !== "number") throw notCountable(this.key, `is ${shown(before)}`)
    const sum = before + this.#by
    if (!isCountable(before, this.#by)) throw notCountable(this.key, `would become ${sum}`)
    const value = this.#takeIn(sum)
    const lifetime = this.#terms.lifetime(readLifetime(present, moment), moment)
    return { type: "write", value, weight: this.#weigh(this.key, value), lifetime, owner: undefined }
  }
}

export class TakeRequest extends KeyRequest {
  readonly cause = "take"

  override decide(present: Present | undefined): Change {
    return present === undefined ? NOTHING_THERE : { type: "remove", answer: present.value }
  }
}

/** On which condition `touch` gives another TTL: Redis's four. */
export type TouchCondition = "nx" | "xx" | "gt" | "lt"

export class TouchRequest extends KeyRequest {
  readonly cause = "touch"
  readonly #terms: Terms | undefined
  readonly #when: TouchCondition | undefined

  /** Without `terms`, it is a reading that gives no value. */
  constructor(key: string, terms: Terms | undefined, when: TouchCondition | undefined) {
    super(key)
    this.#terms = terms
    this.#when = when
  }

  /** As `PutTold`. */
  get told(): { readonly terms: Terms | undefined; readonly when: TouchCondition | undefined } {
    return { terms: this.#terms, when: this.#when }
  }

  override decide(present: Present | undefined, moment: Moment): Change {
    if (present === undefined) return { type: "keep", answer: false }
    const { idleMs, limit } = present.lifetime
    if (this.#terms === undefined) {
      return { type: "retime", lifetime: slid(present.lifetime, moment), answer: true }
    }
    const wanted = this.#terms.lifetime(undefined, moment).limit
    if (!allows(this.#when, limit, wanted)) return { type: "keep", answer: false }
    return { type: "retime", lifetime: lifetimeFrom(moment.now(), idleMs, wanted), answer: true }
  }
}

export class PersistRequest extends KeyRequest {
  readonly cause = "persist"

  override decide(present: Present | undefined): Change {
    if (present === undefined || present.lifetime.deadline === NEVER) return { type: "keep", answer: false }
    const lifetime: Lifetime = lifetimeFrom(0, NO_IDLE, NEVER)
    return { type: "retime", lifetime, answer: true }
  }
}

/** That of an entry which is read now: one that slides lives on. */
function slid(lifetime: Lifetime, moment: Moment): Lifetime {
  const { idleMs, limit } = lifetime
  return idleMs === NO_IDLE ? lifetime : lifetimeFrom(moment.now(), idleMs, limit)
}

/** What a change of what it has read keeps. */
function readLifetime(present: Present | undefined, moment: Moment): Lifetime | undefined {
  return present === undefined ? undefined : slid(present.lifetime, moment)
}

/** As Redis's EXPIRE: no TTL counts as one without an end. */
function allows(when: TouchCondition | undefined, present: number, wanted: number): boolean {
  if (when === "nx") return present === NEVER
  if (when === "xx") return present !== NEVER
  if (when === "gt") return wanted > present
  return when !== "lt" || wanted < present
}

function refusalFor({ onlyIfAbsent, ifVersion }: Condition, key: string, present: Present | undefined) {
  if (onlyIfAbsent && present !== undefined) {
    return new AlreadyExists(`there is a value under ${shown(key)} already`, { details: { field: "key", key, version: present.version } })
  }
  if (ifVersion === undefined || present?.version === ifVersion) return undefined
  const details = { field: "ifVersion", key, ifVersion }
  if (present === undefined) return new NotFound(`there is no value under ${shown(key)} any more: read again`, { details })
  const message = `the value under ${shown(key)} was written since: read again, and decide anew`
  return new Conflict(message, { details: { ...details, version: present.version } })
}

/** Whether a sum says what was added: whole numbers below 2 ** 53 do, one by one; from there on, some stand still, and two counts are one. */
function isCountable(before: number, by: number): boolean {
  const sum = before + by
  if (Number.isInteger(before) && Number.isInteger(by)) return Number.isSafeInteger(sum)
  return Number.isFinite(sum)
}

function notCountable(key: string, problem: string): Invalid {
  return new Invalid(`the value under ${shown(key)} cannot be counted up: it ${problem}`, { details: { field: "value", key } })
}
