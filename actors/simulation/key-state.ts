/**
 * What may stand under a key of a store, as far as it is known from outside: a plain entry of which some is known exactly, some as lying between two
 * bounds, and some not at all. Where a look at it tells more, what is known grows.
 *
 * Invariant: whatever can be so is among what is said to be possible; so nothing is called impossible that is not.
 */

import type { Span } from "../../src/simulation.ts"

export interface Absent {
  readonly type: "absent"
  /** Whatever is written from now on has a greater version. */
  readonly above: string
}

export interface Held {
  readonly type: "held"
  /** As text; `undefined`: it is not known. */
  readonly value: string | undefined
  /** `undefined`: it is not known, but for that it is greater than `above`. */
  readonly version: string | undefined
  readonly above: string
  /** Between when and when its time is over, in ms of the clock; both `Infinity` where it has no end. */
  readonly deadline: Span
  /** The same of the end that no reading moves. */
  readonly limit: Span
  /** For how long it lives after each reading; 0 where reading changes nothing. */
  readonly idle: Span
  /** It may go at any time: somebody holds it, or the store makes room. */
  readonly isLoose: boolean
  /** Nobody knows until when: looks tell nothing of that. */
  readonly isGuess: boolean
}

export type KeyState = Absent | Held

export type Lifetime = Pick<Held, "deadline" | "limit" | "idle" | "isGuess">

const NEVER = Number.POSITIVE_INFINITY
export const ENDLESS: Span = { from: NEVER, to: NEVER }
export const NONE: Span = { from: 0, to: 0 }
const SOMETIME: Span = { from: Number.NEGATIVE_INFINITY, to: NEVER }

export const NOTHING: Absent = { type: "absent", above: "" }

/** What is there where nobody knows. */
export const ANYTHING: Held = {
  ...{ type: "held", value: undefined, version: undefined, above: "" },
  ...{ deadline: SOMETIME, limit: SOMETIME, idle: NONE, isLoose: true, isGuess: true },
}

/** The same for states that are the same. */
export function textOf(state: KeyState): string {
  if (state.type === "absent") return `-${state.above}`
  const { value, version, above, deadline, limit, idle, isLoose, isGuess } = state
  const times = [deadline, limit, idle].map(({ from, to }) => `${from}~${to}`).join(" ")
  return `${version ?? `>${above}`} ${times} ${isLoose} ${isGuess} ${value}`
}

/** Nothing there is any more. */
export function gone(state: KeyState): Absent {
  return state.type === "absent" ? state : { type: "absent", above: state.version ?? state.above }
}

/** How it may be found at some moment of `window`: there, or not there, or either. */
export function looks(state: KeyState, window: Span): readonly KeyState[] {
  if (state.type === "absent") return [state]
  const found: KeyState[] = []
  if (window.from < state.deadline.to) found.push(alive(state, window))
  if (state.isLoose || window.to >= state.deadline.from) found.push(gone(state))
  return found
}

/** As it is known to be from a moment on: of when its time is over, what lies before that makes no difference. */
export function known(state: KeyState, from: number): KeyState {
  if (state.type === "absent" || state.isGuess || from <= state.deadline.from) return state
  return from < state.deadline.to ? { ...state, deadline: { from, to: state.deadline.to } } : gone(state)
}

/** It was there then: its time was not over. */
function alive(held: Held, { from }: Span): Held {
  const { deadline, isGuess } = held
  return isGuess || deadline.from >= from ? held : { ...held, deadline: { from, to: deadline.to } }
}

/** It is read at some moment of `window`: one that slides lives on. */
export function slid(held: Held, window: Span): Held {
  return held.idle.to === 0 ? held : { ...held, deadline: earlier(added(window, held.idle), held.limit) }
}

/** Each may be the later one. */
export function added(one: Span, other: Span): Span {
  return { from: one.from + other.from, to: one.to + other.to }
}

export function earlier(one: Span, other: Span): Span {
  return { from: Math.min(one.from, other.from), to: Math.min(one.to, other.to) }
}

/** What somebody was shown of an entry. What is left out was not shown. */
export interface Shown {
  readonly value?: string | undefined
  readonly version?: string | undefined
  /** Whether it has an end. */
  readonly ends?: boolean | undefined
}

/** The entry, with what is known of it now; `undefined`: it cannot have been this one. */
export function shownAs(held: Held, { value, version, ends }: Shown): Held | undefined {
  if (value !== undefined && held.value !== undefined && held.value !== value) return undefined
  if (version !== undefined && !mayBe(held, version)) return undefined
  if (ends === true && held.deadline.from === NEVER) return undefined
  if (ends === false && held.deadline.to !== NEVER) return undefined
  const isEndless = ends === false && !held.isGuess
  return {
    ...held,
    value: held.value ?? value,
    version: held.version ?? version,
    deadline: isEndless ? ENDLESS : held.deadline,
  }
}

/** Whether it may have that version. */
export function mayBe({ version, above }: Held, wanted: string): boolean {
  return version === undefined ? wanted > above : wanted === version
}
