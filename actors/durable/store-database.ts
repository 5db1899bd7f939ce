/**
 * The port between a durable store and its database: what a store needs of one, and no more.
 *
 * Invariants of whatever stands behind it
 * - `commit` is all or nothing, and settles once what was given is on disk, or is known not to be. Commits are carried out in the order they
 *   were asked for, `removeExpired` among them.
 * - `read`, `look`, `page` and `count` show what was committed, and wait for no commit.
 * - Keys are in the order of their UTF-16 code units, as JavaScript compares texts.
 * - Time is the calendar's, in whole milliseconds since 1970: no monotonic clock outlives its machine.
 * - It has one user at a time: who opens what another has open is refused.
 *
 * It knows nothing of values: they are bytes, which the store makes and reads.
 */

/** What is known of an entry beside its value. */
export interface EntryFacts {
  /** The key. */
  readonly key: string
  /** The version of the write that made it. */
  readonly version: number
  /** When it ends, in whole ms since 1970; `undefined`: never. Dead from that very moment on. */
  readonly expiresAt: number | undefined
  /** Where its end moves with its use: by how many ms. */
  readonly idleMs: number | undefined
  /** The moment beyond which no use moves its end, in whole ms since 1970. */
  readonly limitAt: number | undefined
}

/** An entry, with its value in bytes. */
export interface EntryRow extends EntryFacts {
  /** The value, as the store has encoded it. */
  readonly value: Uint8Array
}

/** What becomes of one key. `touch` leaves the value as it is, and does nothing where there is no entry. */
export type Change =
  /** A new entry, or another in the place of the old. */
  | ({ readonly type: "put" } & EntryRow)
  /** All but the value. */
  | ({ readonly type: "touch" } & EntryFacts)
  /** No entry any more, where there is one. The version is that of the removal: no later write has it. The key may be empty, which no entry's is. */
  | { readonly type: "remove"; readonly key: string; readonly version: number }

/** What was found when a database was opened. */
export interface Opened {
  /** Names this collection of entries: another one, or a new one in its place, has another name. */
  readonly epoch: string
  /** No write so far has had a higher version, acknowledged or not, of whatever user: the next is to be above it. */
  readonly lastVersion: number
  /** The latest reading of the calendar that was committed, in ms since 1970. An earlier one is that of a clock that was set back. */
  readonly clock: number
  /** How many entries there are, with those whose time is over and that were not removed. */
  readonly entries: number
}

/** Which part of the keys, and of what is alive at `now` alone. */
export interface PageQuery {
  /** What the keys begin with; empty: all. */
  readonly prefix: string
  /** The key behind which to begin, which need not be there; `undefined`: at the first. */
  readonly after: string | undefined
  /** How many at most. */
  readonly limit: number
  /** The calendar's reading in ms: what ends at it, or has ended, is left out. */
  readonly now: number
}

/** How much there is. */
export interface DatabaseSize {
  /** Entries, with those whose time is over and that were not removed. */
  readonly entries: number
  /** What they take on disk, with what is free for others. */
  readonly bytes: number
}

/**
 * Versions that a user may have given to writes which are not committed yet. With more of them, one that was lost in a crash might be given
 * again.
 */
export const MOST_UNCOMMITTED = 500_000

/** A key that no entry has: what is removed under it says that no later write is to have the version of the removal, and nothing else. */
export const MARK_KEY = ""

/**
 * What a durable store stands on. Write one for a database of your own, and let `test/contracts/store-database.ts` judge it.
 *
 * Errors  Unavailable, for what is locked, full, not to be written, lost or not open: `retryable` says whether it may come right by itself.
 *         Invalid, for what is there and is no store's, or one of another version. Internal, for what is damaged.
 */
export interface StoreDatabase {
  /**
   * Opens it, and makes what is not there yet. `signal` is aborted where nobody wants it any more before it is open: then it may fail at once, and is to keep no program
   * alive. Errors  Conflict, where it is open.
   */
  open(signal?: AbortSignal): Promise<Opened>
  /** Ends all that is under way, and lets go of it. Closing what is closed does nothing. */
  close(): Promise<void>
  /**
   * Carries `changes` out in one transaction, in their order; resolves once it is durable. `now` is the calendar's reading, which is kept where
   * it has moved on by a second. What is given may be changed by its owner afterwards.
   */
  commit(changes: readonly Change[], now: number): Promise<void>
  /**
   * Tells ahead what the next `commit` is to hold, before what that is given: it can be carried out while others are still gathered. Nobody sees anything
   * of it before that commit is done, and nothing is left of it where the commit fails, which tells of what went wrong here, too; or where the
   * database is closed before. Nothing but readings is asked for in between. Need not be there; what throws here has taken nothing.
   */
  stage?(changes: readonly Change[]): void
  /** The entries of `keys`, in their order, whether their time is over or not. */
  read(keys: readonly string[]): Promise<readonly (EntryRow | undefined)[]>
  /** As `read`, without the values. */
  look(keys: readonly string[]): Promise<readonly (EntryFacts | undefined)[]>
  /** The next entries in the order of the keys. Costs what it gives, and what is dead in between. */
  page(query: PageQuery): Promise<readonly EntryFacts[]>
  /** How many keys begin with `prefix` and are alive at `now`. Costs a look at each. */
  count(prefix: string, now: number): Promise<number>
  /** Removes what ends at `now` or before, the earliest first, at most `limit`; gives what was removed. */
  removeExpired(now: number, limit: number): Promise<readonly EntryFacts[]>
  /** How much there is. Costs a look at each key. */
  size(): Promise<DatabaseSize>
}
