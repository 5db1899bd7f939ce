/**
 * Judges what the callers of a store saw: by a plain map with deadlines, key by key, a transaction over its keys; leases and loads by rules of their own.
 *
 * What it says is violated is so. What it cannot know (when somebody who held an entry has gone, what an evicting store lets go, jitter, when a slice
 * of a batch had its turn) it takes for whatever explains most.
 */

import { checkOptions, invalid, shown } from "../../src/index.ts"
import {
  fateOf,
  judge,
  LINEARIZABLE,
  type Loss,
  limitField,
  type Machine,
  type Operation,
  readHistory,
  readLosses,
  type Strand,
  type Telling,
  type Verdict,
} from "../../src/simulation.ts"
import { KeysRequest, SetManyRequest } from "../store/batch-requests.ts"
import { LoadRequest } from "../store/load-request.ts"
import { SLICE } from "../store/slices.ts"
import { judgeLeases, LEASE_CALLS } from "./judge-leases.ts"
import { judgeLoads } from "./judge-loads.ts"
import { judgePages } from "./judge-pages.ts"
import { Aside, fateOfStore, judgeBeginnings, piecesOfFate, type StoreFate } from "./judge-snapshots.ts"
import { known, NOTHING, textOf } from "./key-state.ts"
import type { Rules } from "./key-steps.ts"
import { readingsIn } from "./readings.ts"
import type { SnapshotNote } from "./snapshot-notes.ts"
import { JUDGED, type Piece, pieceOfLoss, piecesOf, type StoreCall, type StoreState, type Surroundings } from "./store-calls.ts"

/** What is known of a store beside what was asked of it. */
export interface StoreJudgement {
  /** Whether it may let entries go to make room (`whenFull` is not `reject`). */
  readonly evicts: boolean
  /** Whether a list tells of the keys of one partition alone. Default `false`. */
  readonly partitioned?: boolean | undefined
  /** Moments at which it has forgotten, or may have: each crash of one whose state is not retained; a start from a snapshot. Default: none. */
  readonly lost?: readonly Loss[] | undefined
  /** Whether entries outlive what is `lost`, and only leases do not. Default `false`. */
  readonly durable?: boolean | undefined
  /** What is not known of how it began. Default: it was empty. */
  readonly found?: readonly Loss[] | undefined
  /** Of one that keeps snapshots: what was noted of them. Default: nothing, and each crash leaves nobody knows what. */
  readonly snapshots?: NotedSnapshots | undefined
  /** Configurations that are looked at, of all keys together. Default 100 000. */
  readonly limit?: number | undefined
}

/** What was noted of a store's snapshots, and whether what was set aside under that name is what was written. */
export interface NotedSnapshots {
  readonly notes: readonly SnapshotNote[]
  readonly isWhole: (path: string) => boolean
}

/** What is passed over, and why: that, and what is judged, are all operations there are. */
export const PASSED_OVER: Readonly<Record<string, string>> = Object.freeze({
  count: "it is about all keys at once, while each comes and goes at a time of its own",
  statistics: "it tells of the store's work, and of no entry",
  info: "it tells of the store's settings, and of no entry",
  watch: "what is told is no answer: watches are judged by what they were told",
  keepLease: "it is asked by a lease of itself",
})

/** Of some operations not all is judged. */
export const PASSED_OVER_IN_PART: Readonly<Record<string, string>> = Object.freeze({
  getOrSet: "its answer has to be a value that somebody wrote or loaded; it may be one whose time is over (`staleFor`)",
  entry: "`expiresAt` is of the calendar, which may be set: only whether there is one is judged",
  list: "of a store with partitions, not what is missing",
  matching: "of a store with partitions, not what is missing",
  lease: "one that its holder has given back may have been free since it was given",
})

/** All operations that are judged, in part at least. */
export const JUDGED_CALLS: readonly string[] = Object.freeze([...JUDGED, ...LEASE_CALLS])

/**
 * Says whether what a store answered could have come from a plain map with deadlines, one operation after the other.
 *
 * Shape   history: what was posted by mailboxes of this one store, as a world records it: the requests themselves, and answers as they were given.
 * Errors  Invalid, for bad options, and for what is no history.
 */
export function judgeStore(history: readonly Operation[], options: StoreJudgement): Verdict {
  return judgeOperations(readHistory(history), readJudgement(options))
}

/** A judgement that was read. */
export type ReadStoreJudgement = ReturnType<typeof readJudgement>

/** The same of what was looked at before: for who judges many histories of like stores. */
export function judgeOperations(operations: readonly Operation[], read: ReadStoreJudgement): Verdict {
  const { evicts, partitioned, durable, found, lost, limit, snapshots } = read
  const around = new Around(operations, { evicts }, partitioned)
  const pieces = operations.flatMap((operation) => piecesOf(operation, around))
  const fate = fateOfStore(snapshots?.notes ?? [], durable ? found : [...found, ...lost])
  const machine = machineFor(durable ? ROUNDING_MS : 0, readingsIn(operations))
  const verdict = judge(strandsOf(pieces, fate, machine), limit, TELLING)
  if (verdict.verdict === "violated") return verdict
  return (
    (snapshots === undefined ? undefined : judgeBeginnings(snapshots.notes, snapshots.isWhole)) ??
    judgeLeases(operations, lost) ??
    judgeLoads(operations, fate.lost) ??
    judgePages(operations) ??
    (verdict.verdict === "undecided" ? verdict : LINEARIZABLE)
  )
}

/** Errors: Invalid, naming the option. */
export function readJudgement(options: StoreJudgement) {
  const names = ["evicts", "partitioned", "durable", "found", "lost", "limit", "snapshots"] as const
  const { evicts, partitioned = false, durable = false, found, lost, limit, snapshots } = checkOptions(options, names)
  if (typeof evicts !== "boolean") throw invalid("evicts", `must be true or false; got ${shown(evicts)}`)
  if (typeof partitioned !== "boolean") throw invalid("partitioned", `must be true or false; got ${shown(partitioned)}`)
  if (typeof durable !== "boolean") throw invalid("durable", `must be true or false; got ${shown(durable)}`)
  return {
    evicts,
    partitioned,
    durable,
    found: readLosses(found, "found"),
    lost: readLosses(lost, "lost"),
    limit: limitField(limit, "limit"),
    snapshots,
  }
}

const TELLING: Telling<StoreCall> = { asked: ({ asked }) => asked(), gave: ({ gave }) => gave() }

/** On disk there are whole milliseconds of the calendar alone: what is at the very end of its time may be there or not. */
const ROUNDING_MS = 2

// -- strands -----------------------------------------------------------------------------------------------------------

/** Keys of one transaction are judged together. */
function strandsOf(pieces: readonly Piece[], fate: StoreFate, machine: StoreMachine): readonly Strand<StoreState, StoreCall>[] {
  const aside = new Aside(pieces)
  const groups = new Groups()
  for (const { keys } of pieces) groups.join(keys)
  const strands: Strand<StoreState, StoreCall>[] = []
  for (const own of Map.groupBy(pieces, ({ keys }) => groups.of(keys[0] as string)).values()) {
    const keys = keysOf(own)
    const losses = fate.lost.map((loss) => pieceOfLoss(loss, keys)).filter((piece) => piece.keys.length > 0)
    const occurrences = [...own, ...losses, ...piecesOfFate(fate, keys, aside)].map(({ occurrence }) => occurrence)
    const names = fate.cuts.length === 0 ? keys : [...keys, ...fate.cuts.flatMap((cut) => keys.map((key) => aside.nameOf(cut, key)))]
    strands.push({ key: keys.join(", "), machine: machine(names), occurrences })
  }
  return strands
}

/** Each once. Of most strands all is about one. */
function keysOf(pieces: readonly Piece[]): readonly string[] {
  const [first] = pieces
  if (first?.keys.length === 1 && pieces.every(({ keys }) => keys.length === 1)) return first.keys
  return [...new Set(pieces.flatMap(({ keys }) => keys))]
}

/** For these keys. */
type StoreMachine = (keys: readonly string[]) => Machine<StoreState, StoreCall>

function machineFor(slackMs: number, isReading: (call: StoreCall) => boolean): StoreMachine {
  return (keys) => ({
    initial: new Map(),
    textOf: (state) => keys.map((key) => textOf(state.get(key) ?? NOTHING)).join("\n"),
    partsOf: (call) => call.keys,
    isReading,
    at: (state, key, from) => {
      const before = state.get(key) ?? NOTHING
      const after = known(before, from - slackMs)
      return after === before ? state : new Map(state).set(key, after)
    },
    step: (before, call, window, isJudged) =>
      call.step(before, { from: window.from - slackMs, to: window.to + slackMs }, isJudged ? call.answer : undefined),
  })
}

/** Which keys belong together. */
class Groups {
  readonly #parents = new Map<string, string>()

  join(keys: readonly string[]): void {
    const [first, ...others] = keys
    if (first === undefined) return
    for (const key of others) this.#parents.set(this.of(key), this.of(first))
  }

  of(key: string): string {
    let at = key
    for (let parent = this.#parents.get(at); parent !== undefined && parent !== at; parent = this.#parents.get(at)) at = parent
    return at
  }
}

// -- surroundings ------------------------------------------------------------------------------------------------------

/** Most operations ask for little of it: it is found out when it is asked for. */
class Around implements Surroundings {
  readonly rules: Rules
  readonly isPartitioned: boolean
  readonly #history: readonly Operation[]
  #keys: readonly string[] | undefined = undefined
  #loaded: ReadonlySet<string> | undefined = undefined
  #batches: readonly Operation[] | undefined = undefined

  constructor(history: readonly Operation[], rules: Rules, isPartitioned: boolean) {
    this.#history = history
    this.rules = rules
    this.isPartitioned = isPartitioned
  }

  get keys(): readonly string[] {
    this.#keys ??= [...new Set(this.#history.flatMap(keysNamed))]
    return this.#keys
  }

  get loaded(): ReadonlySet<string> {
    this.#loaded ??= new Set(this.#history.flatMap(({ argument }) => (argument instanceof LoadRequest ? [argument.key] : [])))
    return this.#loaded
  }

  isContended(operation: Operation, key: string): boolean {
    return this.#history.some((other) => other !== operation && overlap(operation, other) && keysNamed(other).includes(key))
  }

  isAlone(operation: Operation): boolean {
    // Who clears looks first for what is there, as long as that takes.
    this.#batches ??= this.#history.filter(
      ({ name, argument }) => name === "matching" || argument instanceof SetManyRequest || isRemoval(argument),
    )
    return isShort(operation) && this.#batches.every((other) => other === operation || !overlap(operation, other))
  }
}

function isRemoval(argument: unknown): boolean {
  return argument instanceof KeysRequest && (argument.cause === "delete" || argument.cause === "clear")
}

/** It is done in one slice. */
function isShort({ argument }: Operation): boolean {
  return (argument as { readonly keys: readonly string[] }).keys.length <= SLICE
}

function overlap(one: Operation, other: Operation): boolean {
  return one.asked <= endOf(other) && other.asked <= endOf(one)
}

/** One that nobody waits for any more may still go on. */
function endOf(operation: Operation): number {
  return fateOf(operation).type === "open" ? Number.POSITIVE_INFINITY : (operation.answered ?? Number.POSITIVE_INFINITY)
}

function keysNamed({ argument }: Operation): readonly string[] {
  if (typeof argument === "string") return [argument]
  if (typeof argument !== "object" || argument === null) return []
  const { key, keys } = argument as { readonly key?: unknown; readonly keys?: unknown }
  if (typeof key === "string") return [key]
  return Array.isArray(keys) ? keys : []
}
