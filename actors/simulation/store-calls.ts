/**
 * What was asked of a store, taken apart into what each of it does: an operation of several keys is a piece a key where it is not one step, and a
 * transaction one piece of all its keys.
 */

import {
  type Answer,
  answerText,
  brief,
  type Fate,
  fateOf,
  type Loss,
  type Next,
  type Occurrence,
  type Operation,
  type Span,
  timesOf,
  timesOfLoss,
  valueText,
} from "../../src/simulation.ts"
import { KeysRequest, ListRequest, PrefixRequest, SetManyRequest } from "../store/batch-requests.ts"
import { IncrementRequest, PutRequest, TouchRequest, UpdateRequest } from "../store/key-requests.ts"
import { LoadRequest } from "../store/load-request.ts"
import { SetRequest } from "../store/set-request.ts"
import { shareOut } from "../store/stored-value.ts"
import { Terms } from "../store/terms.ts"
import { type StagedPlacement, TransactionRequest } from "../store/transaction.ts"
import { ANYTHING, gone, type Held, type KeyState, looks, NOTHING, type Shown, shownAs, slid } from "./key-state.ts"
import type { KeyStep, Rules } from "./key-steps.ts"
import * as steps from "./key-steps.ts"
import { frozenText, isForWantOfRoom } from "./told-answers.ts"

/** What is under each key; under those that are not in it, nothing. */
export type StoreState = ReadonlyMap<string, KeyState>

/** A piece of an operation. */
export interface StoreCall {
  /** `undefined`: nobody asked for it. */
  readonly name: string | undefined
  readonly keys: readonly string[]
  /** Who asked for what, and what that gave, as a sentence shows it. Asked for only where there is something to be said. */
  readonly asked: () => string
  readonly gave: () => string
  readonly answer: Answer | undefined
  readonly step: (before: StoreState, window: Span, answer: Answer | undefined) => readonly Next<StoreState>[]
}

/** A piece, and the keys that it is about. */
export interface Piece {
  readonly keys: readonly string[]
  readonly occurrence: Occurrence<StoreCall>
}

/** What is known of the history that an operation is of. */
export interface Surroundings {
  readonly rules: Rules
  /** All keys that anybody names. */
  readonly keys: readonly string[]
  /** Those that are loaded by `getOrSet`. */
  readonly loaded: ReadonlySet<string>
  /** A list tells of the keys of one partition alone. */
  readonly isPartitioned: boolean
  /** Whether no other work in slices may go on while this one does. */
  isAlone(operation: Operation): boolean
  /** Whether somebody asks for something under that key meanwhile. */
  isContended(operation: Operation, key: string): boolean
}

/** What it does, piece by piece; none where it has not taken effect, or is passed over. */
export function piecesOf(operation: Operation, around: Surroundings): readonly Piece[] {
  const fate = fateOf(operation)
  if (fate.type === "refused" || isWithoutEffect(operation, around)) return []
  return READERS[operation.name]?.(new Reading(operation, fate, around)) ?? []
}

/** There was no room for it. Of a batch the rest may have been kept, by a store that makes room, or by other partitions. What a load has thrown is its caller's. */
function isWithoutEffect(operation: Operation, { rules: { evicts }, isPartitioned }: Surroundings): boolean {
  const { argument } = operation
  if (argument instanceof LoadRequest || (argument instanceof SetManyRequest && (evicts || isPartitioned))) return false
  return isForWantOfRoom(operation)
}

/** A loss, of those of these keys that it is about. */
export function pieceOfLoss(loss: Loss, all: readonly string[]): Piece {
  const keys = loss.keys === "all" ? all : all.filter((key) => loss.keys.includes(key))
  const step = (before: StoreState): readonly Next<StoreState>[] => {
    const after = new Map(before)
    for (const key of keys) after.set(key, lost(before.get(key) ?? NOTHING, loss))
    return [{ state: after, gives: "nothing" }]
  }
  return {
    keys,
    occurrence: {
      call: { name: undefined, keys, asked: () => "it had lost entries", gave: () => "nothing", answer: undefined, step },
      ...timesOfLoss(loss),
    },
  }
}

function lost(state: KeyState, { leaves }: Loss): KeyState {
  if (leaves === "unknown") return ANYTHING
  if (leaves === "nothing" || state.type === "absent") return gone(state)
  return { ...state, isLoose: true }
}

// -- reading -----------------------------------------------------------------------------------------------------------

/** One operation that is read. */
class Reading {
  readonly operation: Operation
  readonly around: Surroundings
  readonly #fate: Fate

  constructor(operation: Operation, fate: Fate, around: Surroundings) {
    this.operation = operation
    this.around = around
    this.#fate = fate
  }

  /** What it was answered; `undefined`: it may have taken effect. */
  get answer(): Answer | undefined {
    return this.#fate.type === "answered" ? this.#fate.answer : undefined
  }

  /** What it was answered in this place of a list; `undefined`: nobody knows. */
  answerAt(place: number): Answer | undefined {
    const { answer } = this
    if (answer?.type !== "value" || answer.text === undefined || !Array.isArray(answer.value)) return undefined
    const value: unknown = answer.value[place]
    return { type: "value", value, text: valueText(value) }
  }

  /** It is about one key. */
  one(key: string, step: KeyStep, written?: string): Piece {
    const what = () => `(${JSON.stringify(key)}${written === undefined ? "" : `, ${brief(written)}`})`
    return this.piece([key], onKey(key, step), this.answer, what)
  }

  /** It is about this key among others. */
  part(key: string, step: KeyStep, answer: Answer | undefined): Piece {
    return this.piece([key], onKey(key, step), answer, () => ` for ${JSON.stringify(key)}`)
  }

  /** Nobody knows whether, or when, it does that. */
  perhaps(key: string, step: KeyStep): Piece {
    return this.piece([key], onKey(key, step), undefined, () => ` for ${JSON.stringify(key)}`, false)
  }

  piece(
    keys: readonly string[],
    step: StoreCall["step"],
    answer: Answer | undefined,
    what: () => string,
    isCertain = this.isCertain,
  ): Piece {
    const { caller, name } = this.operation
    const call = { name, keys, asked: () => `${caller}'s ${name}${what()}`, gave: () => answerText(answer), answer, step }
    return { keys, occurrence: { call, ...timesOf(this.operation, isCertain) } }
  }

  get isCertain(): boolean {
    return this.#fate.type === "answered"
  }
}

function onKey(key: string, step: KeyStep): StoreCall["step"] {
  return (before, window, answer) =>
    step(before.get(key) ?? NOTHING, window, answer).map(({ state, gives }) => ({ state: new Map(before).set(key, state), gives }))
}

type Reader = (reading: Reading) => readonly Piece[]

/** By a key alone. */
const byKey =
  (stepFor: (key: string) => KeyStep): Reader =>
  (reading) => {
    const key = reading.operation.argument
    return typeof key === "string" ? [reading.one(key, stepFor(key))] : []
  }

/** By a request of the mailbox's make. */
function byRequest<Request>(
  made: abstract new (...parts: never[]) => Request,
  read: (reading: Reading, request: Request) => readonly Piece[],
): Reader {
  return (reading) => {
    const request = reading.operation.argument
    return request instanceof made ? read(reading, request) : []
  }
}

/** What is judged, by the name of the operation. */
const READERS: Readonly<Record<string, Reader>> = {
  get: byKey(() => steps.get),
  has: byKey(() => steps.has),
  entry: byKey(steps.entry),
  ttl: byKey(() => steps.ttl),
  delete: byKey(() => steps.remove),
  take: byKey(() => steps.take),
  persist: byKey(() => steps.persist),
  set: byRequest(SetRequest, (reading, { key, value, ttlMs, owner }) => {
    const text = storedText(value)
    return [reading.one(key, steps.set({ key, value: text, terms: new Terms(ttlMs), isBound: owner !== 0 }, reading.around.rules), text)]
  }),
  put: byRequest(PutRequest, (reading, { key, cause, told }) => {
    const writing = { key, value: storedText(told.value), terms: told.terms, isBound: told.owner !== 0 }
    return [reading.one(key, steps.put(writing, told.condition, cause === "set", reading.around.rules), writing.value)]
  }),
  update: byRequest(UpdateRequest, updated),
  increment: byRequest(IncrementRequest, (reading, { key, told: { by, terms } }) => {
    const writing = { key, value: undefined, terms, isBound: false }
    return [reading.one(key, steps.increment(writing, by, reading.around.rules), String(by))]
  }),
  touch: byRequest(TouchRequest, (reading, { key, told: { terms, when } }) => [reading.one(key, steps.touch(terms, when))]),
  getMany: byRequest(KeysRequest, (reading, { keys }) => keys.map((key, at) => reading.part(key, steps.get, reading.answerAt(at)))),
  entries: byRequest(KeysRequest, (reading, { keys }) => keys.map((key, at) => reading.part(key, steps.entry(key), reading.answerAt(at)))),
  setMany: byRequest(SetManyRequest, writtenMany),
  deleteMany: byRequest(KeysRequest, (reading, { keys, found }) => {
    // Of what is cleared, that stays which was written since it was found.
    const isSure = found === undefined && reading.around.isAlone(reading.operation)
    const step = isSure ? steps.remove : steps.perhapsRemove
    return keys.map((key, at) => reading.part(key, step, reading.answerAt(at)))
  }),
  list: byRequest(ListRequest, listedKeys),
  matching: byRequest(PrefixRequest, matchingKeys),
  getOrSet: byRequest(LoadRequest, loaded),
  transaction: byRequest(TransactionRequest, transacted),
}

/** The operations that are judged. */
export const JUDGED: readonly string[] = Object.keys(READERS)

function storedText(value: unknown): string | undefined {
  return value === undefined ? undefined : valueText(shareOut(value))
}

function updated(reading: Reading, { key, told: { terms, run } }: UpdateRequest): readonly Piece[] {
  // Its function was not called, or has thrown.
  if (run === undefined) return []
  const found = run.found === undefined ? undefined : { version: run.found.version, value: frozenText(run.found.value) }
  const value = storedText(run.made)
  const updating = { key, value, terms, isBound: false, found, isRemoval: run.made === undefined }
  return [reading.one(key, steps.update(updating, reading.around.rules))]
}

// -- many keys ---------------------------------------------------------------------------------------------------------

function writtenMany(reading: Reading, { columns: { keys, values, terms, owners } }: SetManyRequest): readonly Piece[] {
  const { operation, around } = reading
  const step = around.isAlone(operation) ? steps.set : steps.perhapsSet
  // Where it was answered, each was written.
  const answer: Answer | undefined = reading.answer === undefined ? undefined : { type: "value", value: true, text: "true" }
  return keys.map((key, at) => {
    const writing = { key, value: storedText(values[at]), terms: terms[at] as Terms, isBound: owners[at] !== 0, since: operation.askedAt }
    return reading.part(key, step(writing, around.rules), answer)
  })
}

interface Page {
  readonly items: readonly unknown[]
  readonly hasMore: boolean
}

function listedKeys(reading: Reading, { prefix, after }: ListRequest): readonly Piece[] {
  const page = pageIn(reading.answer)
  if (page === undefined) return []
  const shown = new Map(page.items.map(itemShown))
  const last = [...shown.keys()].at(-1)
  const isInside = (key: string): boolean =>
    key.startsWith(prefix) && (after === undefined || key > after) && (!page.hasMore || (last !== undefined && key <= last))
  return [...seen(reading, shown), ...unseen(reading, isInside, shown)]
}

function pageIn(answer: Answer | undefined): Page | undefined {
  if (answer?.type !== "value" || answer.text === undefined) return undefined
  const { items, hasMore } = answer.value as Partial<Page>
  return Array.isArray(items) && typeof hasMore === "boolean" ? { items, hasMore } : undefined
}

function itemShown(item: unknown): readonly [key: string, shown: Shown] {
  if (typeof item === "string") return [item, {}]
  const { key, version, expiresAt } = item as { readonly key: string; readonly version: string; readonly expiresAt: number | undefined }
  return [key, { version, ends: expiresAt !== undefined }]
}

function matchingKeys(reading: Reading, { prefix }: PrefixRequest): readonly Piece[] {
  const { answer } = reading
  if (answer?.type !== "value" || answer.text === undefined || !Array.isArray(answer.value)) return []
  const keys: readonly string[] = answer.value
  // Those that are loaded are among them, whether there is something or not.
  const there = new Map(keys.filter((key) => !reading.around.loaded.has(key)).map((key) => [key, {}] as const))
  const all = new Map(keys.map((key) => [key, {}] as const))
  // What is written behind it is none of those that it finds, though it may have been there all the while.
  const isInside = (key: string): boolean => key.startsWith(prefix) && !reading.around.isContended(reading.operation, key)
  return [...seen(reading, there), ...unseen(reading, isInside, all)]
}

function seen(reading: Reading, shown: ReadonlyMap<string, Shown>): readonly Piece[] {
  return Array.from(shown, ([key, of]) => reading.part(key, steps.listed(of), inList(true)))
}

/** Of keys that a list should have told of, had there been something at any moment of it. */
function unseen(reading: Reading, isInside: (key: string) => boolean, shown: ReadonlyMap<string, unknown>): readonly Piece[] {
  const { keys, isPartitioned } = reading.around
  const missing = isPartitioned ? [] : keys.filter((key) => isInside(key) && !shown.has(key))
  return missing.map((key) => reading.part(key, steps.listed(undefined), inList(false)))
}

function inList(isThere: boolean): Answer {
  return { type: "value", value: isThere, text: isThere ? "it" : "nothing of it" }
}

// -- loads and transactions --------------------------------------------------------------------------------------------

/** Whoever loads may write what was loaded, at any time from then on; whoever asks may read. What it answers is judged elsewhere. */
function loaded(reading: Reading, { key, options: { terms }, outcome }: LoadRequest): readonly Piece[] {
  const read = reading.perhaps(key, steps.perhapsRead)
  if (outcome?.type !== "value") return [read]
  const writing = { key, value: storedText(outcome.value), terms, isBound: false }
  return [read, reading.perhaps(key, steps.set(writing, reading.around.rules))]
}

function transacted(reading: Reading, { keys, told }: TransactionRequest): readonly Piece[] {
  // Its function was not called, or has thrown.
  if (told === undefined) return []
  const { found, staged } = told
  const step: StoreCall["step"] = (before, window) => {
    let states: readonly StoreState[] = [before]
    for (const [key, one] of found) states = states.flatMap((state) => foundIn(state, key, one, window))
    return states.map((state) => ({ state: written(state, staged, reading.around.rules), gives: "true" }))
  }
  const what = () => `([${brief(keys.map((key) => JSON.stringify(key)).join(", "))}])`
  return [reading.piece(keys, step, reading.answer, what)]
}

function foundIn(
  state: StoreState,
  key: string,
  found: { readonly version: string; readonly value?: unknown } | undefined,
  window: Span,
): readonly StoreState[] {
  return looks(state.get(key) ?? NOTHING, window).flatMap((each) => {
    if (each.type === "absent") return found === undefined ? [new Map(state).set(key, each)] : []
    if (found === undefined) return []
    const held = shownAs(each, { version: found.version, value: "value" in found ? frozenText(found.value) : undefined })
    if (held === undefined) return []
    // Given to its function, and so read: one that slides lives on.
    return [new Map(state).set(key, "value" in found ? slid(held, window) : held)]
  })
}

function written(before: StoreState, staged: ReadonlyMap<string, StagedPlacement | undefined>, rules: Rules): StoreState {
  const after = new Map(before)
  for (const [key, placement] of staged) {
    const was = gone(before.get(key) ?? NOTHING)
    after.set(key, placement === undefined ? was : placed(placement, was.above, rules))
  }
  return after
}

function placed({ value, deadline, limit, idleMs, owner }: StagedPlacement, above: string, { evicts }: Rules): Held {
  const at = (moment: number): Span => ({ from: moment, to: moment })
  return {
    ...{ type: "held", value: storedText(value), version: undefined, above, isLoose: evicts || owner !== 0, isGuess: false },
    ...{ deadline: at(deadline), limit: at(limit), idle: at(idleMs) },
  }
}
