/**
 * What a store that keeps snapshots begins with: the entries as they were at the moment of one that it has taken, all of them, or nothing; and no older one
 * than the last that its place has acknowledged.
 *
 * The moment of a snapshot is an operation of its own, which puts what is there aside; the beginning with it is another, which takes that back. So whatever
 * a store answers after a crash has to be what it was at one moment for all keys.
 */

import { type Loss, type Span, timesOfLoss, type Verdict } from "../../src/simulation.ts"
import type { SnapshotHead } from "../store/snapshot-format.ts"
import type { Beginning } from "../store/snapshot-witness.ts"
import { gone, type KeyState, NOTHING } from "./key-state.ts"
import type { SnapshotNote } from "./snapshot-notes.ts"
import type { Piece, StoreCall, StoreState } from "./store-calls.ts"

/** What happened to all entries of a store, whatever was asked of it. */
export interface StoreFate {
  /** What is not known of what it had. */
  readonly lost: readonly Loss[]
  /** Where another store begins with nothing: its versions need not be greater than those of the one before it. */
  readonly anew: readonly number[]
  /** Snapshots that it began with later. */
  readonly cuts: readonly Cut[]
  readonly restorings: readonly Restoring[]
}

/** The moment of a snapshot; several that cannot be told apart have the same name. */
interface Cut {
  readonly at: number
  readonly name: string
}

interface Restoring {
  readonly at: number
  /** Of one of these. */
  readonly from: readonly Cut[]
  /** Whether it gives greater versions than all that were given before. */
  readonly isSameStore: boolean
}

type Began = Extract<SnapshotNote, { type: "began" }>

/** `lost`: where its processes have ended. */
export function fateOfStore(notes: readonly SnapshotNote[], lost: readonly Loss[]): StoreFate {
  if (notes.length === 0) return { lost, anew: [], cuts: [], restorings: [] }
  const cuts = notes.flatMap((note) => (note.type === "cut" ? [{ at: note.at, name: nameOf(note.head) }] : []))
  const begun = notes.filter((note) => note.type === "began")
  const losses: Loss[] = []
  const restorings: Restoring[] = []
  const anew: number[] = []
  // The end before each beginning, of which nothing is left to be said then.
  const explained = new Set<Loss>()
  for (const [place, { at, beginning }] of begun.entries()) {
    const before = lost.findLast((loss) => loss.at < at)
    const from = beginning.type === "restored" && beginning.isWhole ? cuts.filter((cut) => isCutOf(cut, beginning.head, at)) : []
    const leaves = LEAVES[beginning.type]
    const isSameStore = begun[place - 1]?.place === begun[place]?.place
    if (from.length > 0) restorings.push({ at, from, isSameStore })
    else losses.push({ at, keys: "all", leaves })
    if (leaves === "nothing" && !isSameStore) anew.push(at)
    if (before !== undefined) explained.add(before)
  }
  const used = new Set(restorings.flatMap(({ from }) => from))
  return { lost: [...lost.filter((loss) => !explained.has(loss)), ...losses], anew, cuts: [...used], restorings }
}

/** Of a snapshot that is not known, or not all of it, nobody knows what it has. */
const LEAVES: Readonly<Record<Beginning["type"], Loss["leaves"]>> = {
  nothing: "nothing",
  reset: "nothing",
  refused: "nothing",
  inherited: "unknown",
  restored: "unknown",
}

function isCutOf({ at, name }: Cut, head: SnapshotHead, before: number): boolean {
  return at < before && name === nameOf(head)
}

function nameOf({ epoch, lastVersion, cutAt }: SnapshotHead): string {
  return `${epoch} ${lastVersion} ${cutAt}`
}

// -- as operations -----------------------------------------------------------------------------------------------------

/** How long before or after its end, in ms, what was restored may go: the calendar and the clock are two. */
const ROUNDING_MS = 2

/** Under which what was put aside stands among the entries: longer than any key, so that it is none. */
export class Aside {
  readonly #pieces: readonly Pick<Piece, "keys">[]
  #mark: string | undefined = undefined

  /** `pieces`: of all keys. */
  constructor(pieces: readonly Pick<Piece, "keys">[]) {
    this.#pieces = pieces
  }

  nameOf({ at }: Cut, key: string): string {
    this.#mark ??= "\0".repeat(1 + longest(this.#pieces))
    return `${this.#mark}${at} ${key}`
  }
}

function longest(pieces: readonly Pick<Piece, "keys">[]): number {
  return pieces.reduce((most, { keys }) => keys.reduce((longer, { length }) => Math.max(longer, length), most), 0)
}

/** All keys that are judged together have one moment. */
export function piecesOfFate({ anew, cuts, restorings }: StoreFate, keys: readonly string[], aside: Aside): readonly Piece[] {
  const taken = cuts.map((cut) => pieceAt(cut.at, keys, (before) => [putAside(before, keys, (key) => aside.nameOf(cut, key))]))
  const restored = restorings.map((restoring) =>
    pieceAt(restoring.at, keys, (before) =>
      restoring.from.map((cut) => takenBack(before, keys, (key) => aside.nameOf(cut, key), restoring.isSameStore)),
    ),
  )
  const emptied = anew.map((at) => pieceAt(at, keys, (before) => [new Map([...before, ...keys.map((key) => [key, NOTHING] as const)])]))
  return [...taken, ...restored, ...emptied]
}

function pieceAt(at: number, keys: readonly string[], after: (before: StoreState) => readonly StoreState[]): Piece {
  const call: StoreCall = {
    name: undefined,
    keys,
    asked: () => "it had begun with a snapshot",
    gave: () => "nothing",
    answer: undefined,
    step: (before) => after(before).map((state) => ({ state, gives: "nothing" })),
  }
  return { keys, occurrence: { call, ...timesOfLoss({ at, keys: "all", leaves: "unknown" }) } }
}

function putAside(before: StoreState, keys: readonly string[], asideOf: (key: string) => string): StoreState {
  return new Map([...before, ...keys.map((key) => [asideOf(key), before.get(key) ?? NOTHING] as const)])
}

function takenBack(before: StoreState, keys: readonly string[], asideOf: (key: string) => string, isSameStore: boolean): StoreState {
  const after = new Map(before)
  for (const key of keys) {
    const saved = before.get(asideOf(key)) ?? NOTHING
    after.set(key, restored(saved, gone(isSameStore ? (before.get(key) ?? NOTHING) : saved).above))
  }
  return after
}

/** Under a new version, which is greater than those before. */
function restored(saved: KeyState, above: string): KeyState {
  if (saved.type === "absent") return { ...saved, above }
  return { ...saved, version: undefined, above, deadline: about(saved.deadline), limit: about(saved.limit) }
}

function about({ from, to }: Span): Span {
  return { from: from - ROUNDING_MS, to: to + ROUNDING_MS }
}

// -- which one it begins with ------------------------------------------------------------------------------------------

/** `isWhole`: what was set aside under that name is what was written. `undefined`: there is nothing to be said against it. */
export function judgeBeginnings(notes: readonly SnapshotNote[], isWhole: (path: string) => boolean): Verdict | undefined {
  let kept: { readonly head: SnapshotHead; readonly at: number } | undefined
  let place: object | undefined
  for (const note of notes) {
    if (note.type === "committed") kept = { head: note.head, at: cutPlaceOf(notes, note.head) }
    // It is set aside, and whoever does that may not live to tell.
    if (note.type === "torn") kept = undefined
    if (note.type !== "began") continue
    // Another one knows nothing of what this one has kept.
    if (note.place !== place) kept = undefined
    place = note.place
    const why = kept === undefined ? undefined : complaintAbout(note, kept.at, notes, isWhole)
    if (why !== undefined) return { verdict: "violated", why }
    if (note.beginning.type === "refused") kept = undefined
  }
  return undefined
}

function complaintAbout(
  { beginning }: Began,
  keptAt: number,
  notes: readonly SnapshotNote[],
  isWhole: (path: string) => boolean,
): string | undefined {
  const acknowledged = "A snapshot was acknowledged,"
  if (beginning.type === "nothing") return `${acknowledged} and the next incarnation found none.`
  if (beginning.type === "refused")
    return isWhole(beginning.aside) ? `${acknowledged} and the next incarnation could not read it.` : undefined
  if (beginning.type !== "restored") return undefined
  const at = cutPlaceOf(notes, beginning.head)
  return at !== NOT_SEEN && at < keptAt ? `${acknowledged} and the next incarnation began with an older one.` : undefined
}

/** Of several that cannot be told apart the last. */
function cutPlaceOf(notes: readonly SnapshotNote[], head: SnapshotHead): number {
  const cut = notes.findLast((note) => note.type === "cut" && nameOf(note.head) === nameOf(head))
  return cut?.at ?? NOT_SEEN
}

const NOT_SEEN = Number.NEGATIVE_INFINITY
