/**
 * What the operations of a store are told, with Effect's durations in the place of seconds. A plain number is milliseconds, as everywhere in Effect: `ttl: 60` lives
 * for 60 ms here, and for a minute in plain TypeScript.
 */

import * as Duration from "effect/Duration"
import { timeLimitOf, type WaitOptions } from "../../src/effect.ts"
import { type AskOptions, checkOptions } from "../../src/index.ts"
import type { PutCondition } from "../store/entry-mailbox.ts"
import type { LeaseOptions } from "../store/store-lease.ts"

const MS_A_SECOND = 1000

/** Durations in the place of seconds, under these names. */
type WithDurations<Options, Names extends string> = Omit<Options, Names> & {
  readonly [Name in Names & keyof Options]?: Duration.Input | undefined
}

/** How long an entry lives, as a duration: a plain number is milliseconds. */
export interface EffectLifetime {
  /** How long it lives; longer than 0. `"Infinity"` or absent: no expiry. A plain number is milliseconds. */
  readonly ttl?: Duration.Input | undefined
  /** How long it lives after each reading; longer than 0. `"Infinity"` or absent: no matter. */
  readonly idle?: Duration.Input | undefined
  /** By which part of them, from 0 to 1, they are shortened at random. Default 0. */
  readonly jitter?: number | undefined
}

/** How long an entry lives, and with whom. */
export interface EffectSetOptions extends EffectLifetime, WaitOptions {
  /** The entry goes when this mailbox is given back, with the scope. Default `false`. */
  readonly bound?: boolean | undefined
}

/** How a change treats the lifetime that the entry had. */
export interface EffectUpdateOptions extends EffectLifetime, WaitOptions {
  /** An entry that is there keeps its TTL. Default `false`. */
  readonly keepTtl?: boolean | undefined
}

/** How long an entry lives, with whom, and on which condition it is written: one of the two. */
export type EffectPutOptions = EffectSetOptions & EffectUpdateOptions & PutCondition

/** How long a loaded value is kept, and how long its callers wait for it. */
export interface EffectLoadOptions extends EffectLifetime, WaitOptions {
  /** For how long after its time the old value is still given, while one caller's load refreshes it. Default: not at all. */
  readonly staleFor?: Duration.Input | undefined
  /** For how long a load that fails is remembered, and not tried again. Default: the next call tries again. */
  readonly failFor?: Duration.Input | undefined
}

/** For how long a lease is wanted, and whether it is waited for. */
export interface EffectLeaseOptions extends WithDurations<LeaseOptions, "ttl">, WaitOptions {}

/** The options of an operation in the store's words, and how long to wait for its answer. */
export interface StoreWords {
  readonly said: Readonly<Record<string, never>>
  readonly ask: AskOptions | undefined
}

const NOTHING: StoreWords = { said: {}, ask: undefined }

const DURATIONS: readonly string[] = ["ttl", "idle", "staleFor", "failFor"]

const LIFETIME = ["ttl", "idle", "jitter"]
export const SET_NAMES: readonly string[] = [...LIFETIME, "bound", "timeout"]
export const UPDATE_NAMES: readonly string[] = [...LIFETIME, "keepTtl", "timeout"]
export const PUT_NAMES: readonly string[] = [...SET_NAMES, "keepTtl", "onlyIfAbsent", "ifVersion"]
export const LOAD_NAMES: readonly string[] = [...LIFETIME, "staleFor", "failFor", "timeout"]
export const LEASE_NAMES: readonly string[] = ["ttl", "wait", "timeout"]
export const TOUCH_NAMES: readonly string[] = ["when", "timeout"]

/** Reads each of them once. Throws `Invalid`, naming the field. */
export function storeWords(options: object | undefined, names: readonly string[]): StoreWords {
  if (options === undefined) return NOTHING
  const { timeout, ...rest } = checkOptions(options, names) as Readonly<Record<string, unknown>>
  const said: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(rest)) {
    if (value !== undefined) said[name] = DURATIONS.includes(name) ? secondsOf(value, name) : value
  }
  const ask = timeout === undefined ? undefined : { timeoutMs: timeLimitOf(timeout, "timeout") }
  return { said: said as Readonly<Record<string, never>>, ask }
}

/** The store's unit. No time at all would mean for ever to the store: it is refused. Throws `Invalid`. */
export function secondsOf(input: unknown, field: string): number {
  return timeLimitOf(input, field) / MS_A_SECOND
}

/** A TTL may stand for the options that say nothing else. */
export function withLifetime<Options extends EffectLifetime>(
  given: Duration.Input | Options | undefined,
): Options | EffectLifetime | undefined {
  if (given === undefined || isOptions(given)) return given
  return { ttl: given }
}

const UNITS = ["weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"]

/** `{ minutes: 5 }` is a duration, `{ ttl: "5 minutes" }` options. */
function isOptions<Options extends object>(given: Duration.Input | Options): given is Options {
  if (typeof given !== "object" || given === null || Array.isArray(given) || Duration.isDuration(given)) return false
  return !UNITS.some((unit) => unit in given)
}
