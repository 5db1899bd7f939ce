/**
 * What each operation does under a key of a store, and what it may answer: written anew and as plainly as can be, not with the store's own code.
 */

import { type Answer, answerText, brief, type Span } from "../../src/simulation.ts"
import type { Condition, TouchCondition } from "../store/key-requests.ts"
import type { Terms } from "../store/terms.ts"
import {
  type Absent,
  added,
  ENDLESS,
  earlier,
  gone,
  type Held,
  type KeyState,
  type Lifetime,
  looks,
  mayBe,
  NONE,
  type Shown,
  shownAs,
  slid,
} from "./key-state.ts"
import { briefEntry, errorText, fitsError, fitsText, shownIn, versionIn } from "./told-answers.ts"

export interface Outcome {
  readonly state: KeyState
  readonly gives: string
}

/** `answer`: what was given; `undefined` where that is not judged. Only what fits it is given. */
export type KeyStep = (before: KeyState, window: Span, answer: Answer | undefined) => readonly Outcome[]

/** What comes of it, however it is found. Mostly that is known: to put lists together costs more than all else. */
function howeverFound(before: KeyState, window: Span, step: (found: KeyState) => readonly Outcome[]): readonly Outcome[] {
  const ways = looks(before, window)
  return ways.length === 1 ? step(ways[0] as KeyState) : ways.flatMap((found) => step(found))
}

/** A step that begins with a look. */
function looking(whenHeld: (held: Held, window: Span, answer: Answer | undefined) => readonly Outcome[], whenAbsent: Of<Absent>): KeyStep {
  return (before, window, answer) =>
    howeverFound(before, window, (found) => (found.type === "held" ? whenHeld(found, window, answer) : whenAbsent(found, window, answer)))
}

type Of<State> = (state: State, window: Span, answer: Answer | undefined) => readonly Outcome[]

/** It answers with this value, and leaves that. */
function plainly(state: KeyState, gives: string, answer: Answer | undefined): readonly Outcome[] {
  return fitsText(answer, gives) ? [{ state, gives }] : []
}

const giving =
  (gives: string): Of<KeyState> =>
  (state, _window, answer) =>
    plainly(state, gives, answer)

/** It answers with the entry's value. */
function withValue(held: Held, answer: Answer | undefined, leaves: (held: Held) => KeyState): readonly Outcome[] {
  if (answer === undefined) return [{ state: leaves(held), gives: brief(held.value ?? "some value") }]
  if (answer.type === "error" || answer.text === "undefined") return []
  const seen = shownAs(held, { value: answer.text })
  return seen === undefined ? [] : [{ state: leaves(seen), gives: answerText(answer) }]
}

/** It answers with the entry. */
function withEntry(key: string, held: Held, answer: Answer | undefined): readonly Outcome[] {
  if (answer === undefined) return [{ state: held, gives: briefEntry(held) }]
  const shown = shownIn(answer, key)
  return shown === undefined ? [] : asShown(held, shown, "an entry")
}

function asShown(held: Held, shown: Shown, gives: string): readonly Outcome[] {
  const seen = shownAs(held, shown)
  return seen === undefined ? [] : [{ state: seen, gives }]
}

/** It answers with an error, which names the version of what is there. */
function refused(state: KeyState, kind: "ALREADY_EXISTS" | "NOT_FOUND" | "CONFLICT", answer: Answer | undefined): readonly Outcome[] {
  if (!fitsError(answer, kind)) return []
  const gives = errorText(kind)
  return state.type === "absent" ? [{ state, gives }] : asShown(state, { version: versionIn(answer) }, gives)
}

// -- readings ----------------------------------------------------------------------------------------------------------

const missing = giving("undefined")

export const get: KeyStep = looking((held, window, answer) => withValue(held, answer, (seen) => slid(seen, window)), missing)

export const has: KeyStep = looking(giving("true"), giving("false"))

export const entry = (key: string): KeyStep => looking((held, window, answer) => withEntry(key, slid(held, window), answer), missing)

/** It is read, or not, and nobody is told: it makes a difference to what slides alone. */
export const perhapsRead: KeyStep = looking(
  (held, window) => (held.idle.to === 0 ? [] : [{ state: slid(held, window), gives: "something" }]),
  () => [],
)

/** In a list of keys, with what is shown of it there; `undefined`: it is not in the list. */
export function listed(shown: Shown | undefined): KeyStep {
  const gives = (state: KeyState): readonly Outcome[] => [{ state, gives: state.type === "held" ? "it" : "nothing of it" }]
  // What is listed is no answer of its own: it is in the list, or not.
  return (before, window, answer) =>
    howeverFound(before, window, (found) => {
      if (answer === undefined) return gives(found)
      if (found.type === "absent") return shown === undefined ? gives(found) : []
      const seen = shown === undefined ? undefined : shownAs(found, shown)
      return seen === undefined ? [] : gives(seen)
    })
}

/** By how much what is told in seconds may be off. */
const ROUNDING_MS = 1e-3

export const ttl: KeyStep = looking((held, window, answer) => {
  if (answer === undefined) return [{ state: held, gives: "another time" }]
  if (answer.type === "error" || typeof answer.value !== "number") return []
  const left = answer.value * 1000
  if (left === ENDLESS.from) return asShown(held, { ends: false }, "Infinity")
  const told = { from: left + window.from - ROUNDING_MS, to: left + window.to + ROUNDING_MS }
  const deadline = { from: Math.max(held.deadline.from, told.from), to: Math.min(held.deadline.to, told.to) }
  if (!(left > 0) || deadline.from > deadline.to) return []
  return [{ state: held.isGuess ? held : { ...held, deadline }, gives: "another time" }]
}, missing)

// -- writings ----------------------------------------------------------------------------------------------------------

/** Of the store that is judged. */
export interface Rules {
  /** It may let any entry go to make room. */
  readonly evicts: boolean
}

/** What is written, and how it is said. */
export interface Writing {
  readonly key: string
  /** As text. */
  readonly value: string | undefined
  readonly terms: Terms
  /** Somebody holds it: it goes with them. */
  readonly isBound: boolean
  /** A TTL counts from then on, at the earliest; `undefined`: from when it is written. */
  readonly since?: number
}

function written(before: KeyState, { value, isBound }: Pick<Writing, "value" | "isBound">, lifetime: Lifetime, { evicts }: Rules): Held {
  const { above } = gone(before)
  const { deadline, limit, idle, isGuess } = lifetime
  return { type: "held", value, version: undefined, above, deadline, limit, idle, isLoose: isBound || evicts, isGuess }
}

/** `prior`: what keeps its lifetime, where the terms say so. */
function lifetimeOf({ ttlMs, idleMs, jitter, keeps }: Terms, window: Span, prior: KeyState): Lifetime {
  if (keeps && prior.type === "held") return prior
  const limit = ttlMs === ENDLESS.from ? ENDLESS : added(window, jittered(ttlMs, jitter))
  const idle = idleMs === 0 ? NONE : jittered(idleMs, jitter)
  return { limit, idle, deadline: idle.to === 0 ? limit : earlier(added(window, idle), limit), isGuess: false }
}

function jittered(ms: number, jitter: number): Span {
  return { from: jitter === 0 ? ms : Math.max(1, Math.ceil(ms * (1 - jitter))), to: ms }
}

export function set(writing: Writing, rules: Rules): KeyStep {
  return (before, window, answer) =>
    howeverFound(before, window, (found) => plainly(writtenBy(writing, found, window, rules), "true", answer))
}

function writtenBy(writing: Writing, found: KeyState, window: Span, rules: Rules): Held {
  const from = { from: Math.min(writing.since ?? window.from, window.from), to: window.to }
  return written(found, writing, lifetimeOf(writing.terms, from, found), rules)
}

/** One of many that are written in slices: who comes between has the last word. */
export function perhapsSet(writing: Writing, rules: Rules): KeyStep {
  const step = set(writing, rules)
  return (before, window, answer) => [...step(before, window, answer), ...plainly(before, "true", answer)]
}

/** `isSet`: it answers as `set` does. */
export function put(writing: Writing, condition: Condition, isSet: boolean, rules: Rules): KeyStep {
  const write: Of<KeyState> = (found, window, answer) => {
    const held = writtenBy(writing, found, window, rules)
    return isSet ? plainly(held, "true", answer) : withEntry(writing.key, held, answer)
  }
  const { onlyIfAbsent, ifVersion } = condition
  return looking(
    (held, window, answer) => {
      if (onlyIfAbsent) return refused(held, "ALREADY_EXISTS", answer)
      if (ifVersion === undefined) return write(held, window, answer)
      const conflict = held.version === ifVersion ? [] : refused(held, "CONFLICT", answer)
      return mayBe(held, ifVersion) ? [...write({ ...held, version: ifVersion }, window, answer), ...conflict] : conflict
    },
    (absent, window, answer) => (ifVersion === undefined ? write(absent, window, answer) : refused(absent, "NOT_FOUND", answer)),
  )
}

/** What a caller's function has found and made: `found` is `undefined` where there was nothing, `value` where it is to go. */
export interface Update extends Writing {
  readonly found: Shown | undefined
  readonly isRemoval: boolean
}

export function update(updating: Update, rules: Rules): KeyStep {
  const { found, isRemoval, key } = updating
  const change: Of<KeyState> = (state, window, answer) => {
    if (isRemoval) return plainly(gone(state), "undefined", answer)
    return withEntry(key, rewritten(updating, state, window, rules), answer)
  }
  return looking(
    (held, window, answer) => {
      const seen = found === undefined ? undefined : shownAs(held, found)
      return seen === undefined ? [] : change(seen, window, answer)
    },
    (absent, window, answer) => (found === undefined ? change(absent, window, answer) : []),
  )
}

/** In the place of what was read there: who held that holds this. */
function rewritten(writing: Writing, found: KeyState, window: Span, rules: Rules): Held {
  const read = found.type === "held" ? slid(found, window) : found
  const isBound = found.type === "held" && found.isLoose
  return written(found, { value: writing.value, isBound }, lifetimeOf(writing.terms, window, read), rules)
}

export function increment(writing: Writing, by: number, rules: Rules): KeyStep {
  return (before, window, answer) =>
    howeverFound(before, window, (found) => {
      const sum = sumOf(found, by)
      // What cannot be counted is refused with `Invalid`, and has changed nothing.
      if (sum === "none") return []
      return withEntry(writing.key, rewritten({ ...writing, value: sum }, found, window, rules), answer)
    })
}

/** As text; `undefined`: it is not known. */
function sumOf(found: KeyState, by: number): string | undefined {
  if (found.type === "held" && found.value === undefined) return undefined
  const before = found.type === "held" ? Number(found.value) : 0
  const sum = before + by
  // Whole numbers are counted as far as each is told from the next.
  const most = [before, by].every(Number.isInteger) ? Number.MAX_SAFE_INTEGER : Number.MAX_VALUE
  return Math.abs(sum) <= most ? String(Object.is(sum, -0) ? 0 : sum) : "none"
}

// -- removals, and other ends ------------------------------------------------------------------------------------------

export const remove: KeyStep = looking((held, _window, answer) => plainly(gone(held), "true", answer), giving("false"))

/** One of many that are removed in slices: who comes between has the last word, and then it is said that nothing was there. */
export const perhapsRemove: KeyStep = (before, window, answer) => [...remove(before, window, answer), ...plainly(before, "false", answer)]

export const take: KeyStep = looking((held, _window, answer) => withValue(held, answer, gone), missing)

export function touch(terms: Terms | undefined, when: TouchCondition | undefined): KeyStep {
  return looking((held, window, answer) => {
    if (terms === undefined) return plainly(slid(held, window), "true", answer)
    const wanted = terms.ttlMs === ENDLESS.from ? ENDLESS : added(window, { from: terms.ttlMs, to: terms.ttlMs })
    const deadline = held.idle.to === 0 ? wanted : earlier(added(window, held.idle), wanted)
    const { may, mayNot } = allows(when, held.limit, wanted)
    const done = may ? plainly(held.isGuess ? held : { ...held, limit: wanted, deadline }, "true", answer) : []
    return mayNot ? [...done, ...plainly(held, "false", answer)] : done
  }, giving("false"))
}

/** Whether its condition may hold, and whether it may not. */
function allows(when: TouchCondition | undefined, limit: Span, wanted: Span): { readonly may: boolean; readonly mayNot: boolean } {
  if (when === "nx") return { may: limit.to === ENDLESS.to, mayNot: limit.from !== ENDLESS.from }
  if (when === "xx") return { may: limit.from !== ENDLESS.from, mayNot: limit.to === ENDLESS.to }
  if (when === "gt") return { may: wanted.to > limit.from, mayNot: wanted.from <= limit.to }
  if (when === "lt") return { may: wanted.from < limit.to, mayNot: wanted.to >= limit.from }
  return { may: true, mayNot: false }
}

export const persist: KeyStep = looking((held, _window, answer) => {
  const { from, to } = held.deadline
  const endless: Held = held.isGuess ? held : { ...held, deadline: ENDLESS, limit: ENDLESS, idle: NONE }
  const done = from === ENDLESS.from ? [] : plainly(endless, "true", answer)
  return to === ENDLESS.to ? [...done, ...plainly(endless, "false", answer)] : done
}, giving("false"))
