/** A database in memory, by the store's port: for rules of the store above it, and for what a disk does only when it fails. */

import type { Change, DatabaseSize, EntryFacts, EntryRow, Opened, PageQuery, StoreDatabase } from "../../actors/durable.ts"
import { Unavailable } from "../../actors/index.ts"

const VERSIONS_AHEAD = 1_000_000

export class MemoryDatabase implements StoreDatabase {
  readonly rows = new Map<string, EntryRow>()
  /** What each commit held. */
  readonly commits: (readonly Change[])[] = []
  reads = 0
  clock = 0
  isOpen = false
  /** What the next commits wait for, and whether they fail then. */
  gate: Promise<unknown> = Promise.resolve()
  failing: Unavailable | undefined = undefined
  /** Whether what fails is done all the same. */
  isDoneThough = false
  /** Whether nothing is answered any more but by an error. */
  isLost = false
  #mark = 0
  /** What it was told ahead of the next commit. */
  staged: Change[] = []

  async open(): Promise<Opened> {
    if (this.isOpen) throw new Unavailable("it is open")
    this.isOpen = true
    this.isLost = false
    const lastVersion = this.#mark
    this.#mark += VERSIONS_AHEAD
    return { epoch: "memory", lastVersion, clock: this.clock, entries: this.rows.size }
  }

  async close(): Promise<void> {
    this.isOpen = false
    this.staged = []
  }

  stage(changes: readonly Change[]): void {
    this.staged.push(...structuredClone(changes))
  }

  async commit(changes: readonly Change[], now: number): Promise<void> {
    const given = [...this.staged, ...structuredClone(changes)]
    this.staged = []
    await this.gate
    this.#check()
    if (this.failing !== undefined && !this.isDoneThough) throw this.failing
    this.commits.push(given)
    this.clock = Math.max(this.clock, now)
    for (const change of given) this.#apply(change)
    if (this.failing !== undefined) throw this.failing
  }

  async read(keys: readonly string[]): Promise<readonly (EntryRow | undefined)[]> {
    this.reads += 1
    this.#check()
    return keys.map((key) => this.rows.get(key))
  }

  look(keys: readonly string[]): Promise<readonly (EntryFacts | undefined)[]> {
    return this.read(keys)
  }

  async page({ prefix, after = "", limit, now }: PageQuery): Promise<readonly EntryFacts[]> {
    this.#check()
    return this.#alive(prefix, now)
      .filter(({ key }) => key > after)
      .sort((one, other) => (one.key < other.key ? -1 : 1))
      .slice(0, limit)
  }

  async count(prefix: string, now: number): Promise<number> {
    this.#check()
    return this.#alive(prefix, now).length
  }

  async removeExpired(now: number, limit: number): Promise<readonly EntryFacts[]> {
    this.#check()
    const dead = [...this.rows.values()].filter(({ expiresAt = Number.POSITIVE_INFINITY }) => expiresAt <= now).slice(0, limit)
    for (const { key } of dead) this.rows.delete(key)
    return dead
  }

  async size(): Promise<DatabaseSize> {
    this.#check()
    return { entries: this.rows.size, bytes: 0 }
  }

  #apply(change: Change): void {
    this.#mark = Math.max(this.#mark, change.version)
    const present = this.rows.get(change.key)
    if (change.type === "put") this.rows.set(change.key, change)
    else if (change.type === "remove") this.rows.delete(change.key)
    else if (present !== undefined) this.rows.set(change.key, { ...change, value: present.value })
  }

  #alive(prefix: string, now: number): EntryRow[] {
    return [...this.rows.values()].filter(({ key, expiresAt = Number.POSITIVE_INFINITY }) => key.startsWith(prefix) && expiresAt > now)
  }

  #check(): void {
    if (!this.isOpen || this.isLost) throw new Unavailable("the database is gone", { retryable: false })
  }
}
