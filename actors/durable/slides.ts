/**
 * What readings change on disk: the ends of entries that slide.
 *
 * Invariants
 * - Whoever reads does not wait for it. It goes into the next commit, each key once in it, however often it was read.
 * - Until it is on disk, the entry stays in memory: it does not come back from there with an older end.
 * - An older end never stands in the place of what was written since.
 */

import { lifetimeFrom, NO_IDLE } from "../store/lifetime.ts"
import type { Calendar } from "./calendar.ts"
import type { CommitQueue } from "./commit-queue.ts"
import { type Row, UNHELD } from "./entry-row.ts"
import type { KeyLines } from "./key-lines.ts"
import type { RowMemory } from "./row-memory.ts"
import type { Change } from "./store-database.ts"

export interface SlidesOptions {
  readonly memory: RowMemory
  readonly lines: KeyLines
  readonly queue: CommitQueue
  readonly calendar: Calendar
}

export class Slides {
  readonly #memory: RowMemory
  readonly #lines: KeyLines
  readonly #queue: CommitQueue
  readonly #calendar: Calendar
  readonly #waiting = new Map<string, Row>()
  #isBusy = false

  constructor({ memory, lines, queue, calendar }: SlidesOptions) {
    this.#memory = memory
    this.#lines = lines
    this.#queue = queue
    this.#calendar = calendar
  }

  get isIdle(): boolean {
    return this.#waiting.size === 0 && !this.#isBusy
  }

  /** It was read: it lives on from now, where it slides. */
  read(key: string, row: Row, now: number): void {
    const { idleMs, limit, deadline } = row.lifetime
    if (idleMs === NO_IDLE) return
    const next = this.#calendar.rounded(lifetimeFrom(now, idleMs, limit))
    if (next.deadline === deadline) return
    row.lifetime = next
    if (row.owner !== UNHELD) return this.#memory.retime(key, row)
    this.#memory.pin(key, row)
    this.#waiting.set(key, row)
    if (!this.#isBusy) void this.#work()
  }

  /** Puts all that was read so far into the queue; settles when it is on disk, or cannot be. */
  async flush(): Promise<void> {
    const slid = [...this.#waiting]
    this.#waiting.clear()
    const changes = slid.filter(([key, row]) => this.#lines.latest(key) === row).map(([key, row]) => this.#touch(key, row))
    try {
      if (changes.length > 0) await this.#queue.add(changes)
    } catch {
      // Nobody was promised anything: the entry ends sooner than it might.
    }
    for (const [key, row] of slid) if (this.#waiting.get(key) !== row) this.#memory.unpin(key, row)
  }

  async #work(): Promise<void> {
    this.#isBusy = true
    while (this.#waiting.size > 0) await this.flush()
    this.#isBusy = false
  }

  #touch(key: string, row: Row): Change {
    return { type: "touch", key, version: row.version, ...this.#calendar.endsOf(row.lifetime) }
  }
}
