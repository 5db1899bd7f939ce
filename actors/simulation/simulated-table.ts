/**
 * What a simulated database keeps: entries in memory, by the rules of the store's port. All of a commit is done in one go, or none of it; nothing here
 * waits for anybody. It outlives whoever has it open, as a file does.
 */

import { Internal, shown } from "../../src/index.ts"
import { type Change, type EntryFacts, type EntryRow, MOST_UNCOMMITTED, type Opened, type PageQuery } from "../durable/store-database.ts"

/** How far the mark of versions is ahead of what was committed. */
const VERSIONS_AHEAD = 2 * MOST_UNCOMMITTED
/** The clock is written down no more often than that. */
const CLOCK_STEP_MS = 1000
/** What an entry takes beside its key and its value. */
const ROW_BYTES = 50

export class SimulatedTable {
  readonly #epoch: string
  readonly #rows = new Map<string, EntryRow>()
  /** Versions up to it are taken to have been given. */
  #mark = 0
  #clock = 0
  /** Who has it open. */
  user: object | undefined = undefined

  constructor(epoch: string) {
    this.#epoch = epoch
  }

  /** What is in it, in no order. */
  get rows(): Iterable<EntryRow> {
    return this.#rows.values()
  }

  get size(): number {
    return this.#rows.size
  }

  /** About what they would take on a disk. */
  get bytes(): number {
    return Array.from(this.rows).reduce((sum, { key, value }) => sum + ROW_BYTES + key.length + value.length, 0)
  }

  open(): Opened {
    const lastVersion = this.#mark
    this.#mark += VERSIONS_AHEAD
    return { epoch: this.#epoch, lastVersion, clock: this.#clock, entries: this.size }
  }

  commit(changes: readonly Change[], now: number): void {
    // Looked at before anything is done: all of it, or nothing.
    const wrong = changes.find(({ version }) => !Number.isSafeInteger(version))
    if (wrong !== undefined) throw new Internal(`a version must be a whole number; got ${shown(wrong.version)}`)
    for (const change of changes) this.#apply(change)
    const highest = changes.reduce((most, { version }) => Math.max(most, version), 0)
    if (highest > this.#mark - MOST_UNCOMMITTED) this.#mark = highest + VERSIONS_AHEAD
    if (now >= this.#clock + CLOCK_STEP_MS) this.#clock = now
  }

  #apply(change: Change): void {
    const { key } = change
    const present = this.#rows.get(key)
    if (change.type === "remove") this.#rows.delete(key)
    else if (change.type === "put") this.#rows.set(key, rowIn(change))
    else if (present !== undefined) this.#rows.set(key, { ...factsIn(change), value: present.value })
  }

  /** With values of the caller's own. */
  read(keys: readonly string[]): (EntryRow | undefined)[] {
    return keys.map((key) => {
      const row = this.#rows.get(key)
      return row === undefined ? undefined : rowIn(row)
    })
  }

  look(keys: readonly string[]): (EntryFacts | undefined)[] {
    return keys.map((key) => {
      const row = this.#rows.get(key)
      return row === undefined ? undefined : factsIn(row)
    })
  }

  page({ prefix, after, limit, now }: PageQuery): EntryFacts[] {
    const found = this.#alive(prefix, now).filter(({ key }) => after === undefined || key > after)
    return found
      .sort((one, other) => (one.key < other.key ? -1 : 1))
      .slice(0, limit)
      .map(factsIn)
  }

  count(prefix: string, now: number): number {
    return this.#alive(prefix, now).length
  }

  removeExpired(now: number, limit: number): EntryFacts[] {
    const dead = Array.from(this.rows).filter((row) => endOf(row) <= now)
    const removed = dead.sort((one, other) => endOf(one) - endOf(other)).slice(0, limit)
    for (const { key } of removed) this.#rows.delete(key)
    return removed.map(factsIn)
  }

  #alive(prefix: string, now: number): EntryRow[] {
    return Array.from(this.rows).filter((row) => row.key.startsWith(prefix) && endOf(row) > now)
  }
}

const endOf = ({ expiresAt = Number.POSITIVE_INFINITY }: EntryFacts): number => expiresAt

function factsIn({ key, version, expiresAt, idleMs, limitAt }: EntryFacts): EntryFacts {
  return { key, version, expiresAt, idleMs, limitAt }
}

function rowIn(row: EntryRow): EntryRow {
  return { ...factsIn(row), value: row.value.slice() }
}
