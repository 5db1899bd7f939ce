/** For how long something is to be kept, as a caller says it; what comes of that is known once it is written. */

import { checkOptions, invalid, shown } from "../../src/index.ts"
import { type Lifetime, lifetimeFrom, NEVER, NO_IDLE } from "./lifetime.ts"
import { LATEST_MS, millisecondsOf, tooFar } from "./time-to-live.ts"

/** How long an entry lives. */
export interface LifetimeOptions {
  /** Seconds the entry lives. 0, `Infinity` or absent: until it is deleted. Fractions count, to the millisecond. */
  readonly ttl?: number | undefined
  /** Seconds the entry lives after each time that it is read; beside a `ttl`, which is the limit then. 0, `Infinity` or absent: reading changes nothing. */
  readonly idle?: number | undefined
  /** Share of `ttl` and `idle`, from 0 to 1, by which they are shortened at random: what is written together does not expire together. Default 0. */
  readonly jitter?: number | undefined
  /** An entry that is there keeps the lifetime it has; `ttl` and `idle` are for a new one. */
  readonly keepTtl?: boolean | undefined
}

/** The names of `LifetimeOptions`. */
export const LIFETIME_NAMES = ["ttl", "idle", "jitter", "keepTtl"] as const

/** When something is written, and chance. */
export interface Moment {
  now(): number
  random(): number
}

export class Terms {
  readonly ttlMs: number
  readonly idleMs: number
  readonly jitter: number
  readonly keeps: boolean

  constructor(ttlMs: number, idleMs = NO_IDLE, jitter = 0, keeps = false) {
    this.ttlMs = ttlMs
    this.idleMs = idleMs
    this.jitter = jitter
    this.keeps = keeps
  }

  /** Of what is written now in the place of `present`. Throws `Invalid` for an end that cannot be counted. */
  lifetime(present: Lifetime | undefined, moment: Moment): Lifetime {
    if (this.keeps && present !== undefined) return present
    if (this.ttlMs === NEVER && this.idleMs === NO_IDLE) return lifetimeFrom(0, NO_IDLE, NEVER)
    const now = moment.now()
    const share = this.jitter === 0 ? 1 : 1 - this.jitter * moment.random()
    const limit = this.ttlMs === NEVER ? NEVER : now + shortened(this.ttlMs, share)
    const idleMs = this.idleMs === NO_IDLE ? NO_IDLE : shortened(this.idleMs, share)
    if (limit !== NEVER && limit > LATEST_MS) throw tooFar(this.ttlMs / 1000)
    if (now + idleMs > LATEST_MS) throw tooFar(this.idleMs / 1000, "idle")
    return lifetimeFrom(now, idleMs, limit)
  }
}

/** As it is without an end. */
export const UNENDING = new Terms(NEVER)
/** What is there keeps its own. */
export const KEEPING = new Terms(NEVER, NO_IDLE, 0, true)

/** Throws `Invalid`, naming the field. `keeps`: what counts where `keepTtl`, `ttl` and `idle` are all left out. */
export function termsOf(options: LifetimeOptions, keeps = false): Terms {
  const { ttl, idle, jitter = 0, keepTtl } = options
  const ttlMs = millisecondsOf(ttl)
  const idleMs = millisecondsOf(idle, "idle")
  if (typeof jitter !== "number" || !(jitter >= 0 && jitter <= 1))
    throw invalid("jitter", `must be a number from 0 to 1; got ${shown(jitter)}`)
  if (keepTtl !== undefined && typeof keepTtl !== "boolean") throw invalid("keepTtl", `must be true or false; got ${shown(keepTtl)}`)
  const isSilent = ttl === undefined && idle === undefined
  return new Terms(ttlMs, idleMs === NEVER ? NO_IDLE : idleMs, jitter, keepTtl ?? (keeps && isSilent))
}

/** Reads options of which some are about a lifetime, each once. Throws `Invalid` for what is none of `names` and no lifetime's. */
export function readTerms<Options extends LifetimeOptions>(
  options: Options | undefined,
  names: readonly string[],
  keeps = false,
): { readonly terms: Terms; readonly said: Partial<Options> } {
  const said = checkOptions(options, [...LIFETIME_NAMES, ...names] as readonly (keyof Options & string)[])
  return { terms: termsOf(said, keeps), said }
}

function shortened(ms: number, share: number): number {
  return share === 1 ? ms : Math.max(1, Math.ceil(ms * share))
}
