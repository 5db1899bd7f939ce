/** Explores applications, and knows what a store should answer. */

import {
  type ActorKnowledge,
  type ExploreOptions,
  exploreWith,
  type HistoryJudge,
  isA,
  type Loss,
  type Make,
  type Report,
  replayWith,
  sweepLimitOf,
  type Tree,
  type World,
} from "../../src/simulation.ts"
import { KeptOnDisk } from "../durable/kept-on-disk.ts"
import { putDisk } from "../durable/simulated-disk.ts"
import { putSnapshotWitness } from "../store/snapshot-witness.ts"
import { StoreState } from "../store/store-state.ts"
import { putSweepLimit } from "../store/sweep-limit.ts"
import { claimActOf } from "./claims.ts"
import { heldUp } from "./held-up.ts"
import { stillBound } from "./judge-bound.ts"
import { judgeOperations, type ReadStoreJudgement, readJudgement } from "./judge-store.ts"
import { SimulatedDatabase } from "./simulated-database.ts"
import { ToldWatches } from "./told-watches.ts"
import { diskOf } from "./world-disk.ts"

/**
 * Runs an application under many schedules, each other than those before, until one fails: what happens next, when an answer arrives, how late a timer is and
 * whether a fault falls is decided by a seeded scheduler. The failure is made short, and can be repeated.
 *
 * Judged without being asked: the runtime's promises, rejections that nobody looks at, whoever waits for ever, and what each store answered.
 *
 * Shape   `application` makes it anew for each schedule: its tree, a scenario (`run`) and what must hold (`check`); nothing of one may be left for the next.
 * Errors  Invalid, naming the option; Conflict, where another exploration is under way in this program; Canceled, by its
 *         `signal`.
 * Cost    about a millisecond a schedule of some thirty decisions.
 *
 * @example
 * import { explore } from "pigeonhole/simulation"
 *
 * const desk = server({ init: () => ({ left: 1 }), call: { left: (state) => state.left, take: (state) => void (state.left -= 1) } })
 * const report = await explore(() => ({
 *   tree: { "app:desk": desk },
 *   async run(runtime) {
 *     const buy = async () => {
 *       const box = await runtime.acquire("app:desk")
 *       if ((await box.call.left()) > 0) await box.call.take()
 *     }
 *     await Promise.all([buy(), buy()])
 *   },
 *   check: (_runtime, world) => (world.stateOf("app:desk") as { left: number }).left >= 0,
 * }))
 * report.failure?.kind // => "check"
 */
export function explore<const T extends Tree>(application: Make<T>, options?: ExploreOptions): Promise<Report> {
  return exploreWith(KNOWLEDGE, application, options)
}

/**
 * Carries out one schedule again, as the `schedule` of a report names it: the same steps, in an ordinary debugger.
 *
 * Errors  Invalid, for what is no schedule, and for one of another application, of other options, or of another version of one of them; Conflict; Canceled, by its `signal`.
 */
export function replay<const T extends Tree>(application: Make<T>, schedule: string, options?: ExploreOptions): Promise<Report> {
  return replayWith(KNOWLEDGE, application, schedule, options)
}

/** Of a store of which nothing is known but that it was empty: read once for all schedules. */
const EMPTY = readJudgement({ evicts: false })

/** Stores are judged by a plain map with deadlines. */
function judgeOf(state: unknown): HistoryJudge | undefined {
  if (isA(state, KeptOnDisk)) return judgeOnDisk(state)
  if (!isA(state, StoreState)) return undefined
  const { whenFull, partitions = 1, snapshot } = state.settings
  const known: ReadStoreJudgement = { ...EMPTY, evicts: whenFull !== "reject", partitioned: partitions > 1 }
  const world = presentWorld
  if (snapshot === undefined || world === undefined) return (operations, lost) => judgeOperations(operations, { ...known, lost })
  const { snapshots, files } = diskOf(world)
  const isWhole = (path: string): boolean => files.isWhole(path)
  return (operations, lost) => {
    const notes = snapshots.of(operations[0]?.service ?? "")
    return judgeOperations(operations, { ...known, lost, snapshots: { notes, isWhole } })
  }
}

/** What was acknowledged is there, whatever happens: but where that is on disk only after a while, and where nobody knows what a database does. */
function judgeOnDisk({ stoodOn, isInterval, foundEntries }: KeptOnDisk): HistoryJudge {
  const isKnown = stoodOn instanceof SimulatedDatabase && !isInterval
  const before: readonly Loss[] = stoodOn instanceof SimulatedDatabase && foundEntries === 0 ? [] : [SOMETHING_THERE]
  return (operations, lost) => judgeOperations(operations, { ...EMPTY, durable: isKnown, found: before, lost })
}

/** Before all that was asked. */
const SOMETHING_THERE: Loss = { at: -1, keys: "all", leaves: "unknown" }

/** What is not over, by key, in no order: of a durable store what is on disk. */
function entriesOf(state: unknown): ReadonlyMap<string, unknown> | undefined {
  if (isA(state, KeptOnDisk)) return entriesOnDisk(state)
  if (!isA(state, StoreState)) return undefined
  const { table } = state
  const now = state.now()
  const entries = new Map<string, unknown>()
  for (let slot = 0; slot < table.slots; slot += 1) {
    const key = table.keyAt(slot)
    if (key !== undefined && table.lifetimeAt(slot).deadline > now) entries.set(key, table.valueAt(slot))
  }
  return entries
}

function entriesOnDisk(state: KeptOnDisk): ReadonlyMap<string, unknown> | undefined {
  const { stoodOn } = state
  if (!(stoodOn instanceof SimulatedDatabase)) return undefined
  const there = Array.from(stoodOn.table.rows).filter(({ expiresAt }) => !state.isOver(expiresAt))
  return new Map(there.map((row) => [row.key, state.storedIn(row)]))
}

let presentWorld: World | undefined

/** While a schedule has the program, files of stores are of its world, and so is how much a store removes at once. */
function present(world: World | undefined): void {
  presentWorld = world
  const disk = world === undefined ? undefined : diskOf(world)
  putSnapshotWitness(disk?.snapshots)
  putSweepLimit(world === undefined ? undefined : () => sweepLimitOf(world))
  putDisk(disk)
}

const KNOWLEDGE: ActorKnowledge = { judgeOf, entriesOf, stillBound, claimActOf, judgeTellings: () => new ToldWatches(), heldUp, present }
