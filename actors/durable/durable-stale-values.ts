/**
 * Values whose time is over and which are given for a while yet, to who asks for it: by `getOrSet` alone, to no other reader.
 *
 * They stand in memory beside what is asked for most, from the moment somebody wants them, within bounds as large as that has: on disk an entry whose
 * time is over may be removed at any moment. What was deleted or written over is none.
 */

import { Aside } from "../store/aside.ts"
import type { StoreSelf } from "../store/incarnation.ts"
import type { OldValues } from "../store/load-home.ts"
import type { Row } from "./entry-row.ts"
import type { MemoryLimits } from "./row-memory.ts"

interface Kept {
  readonly row: Row
  /** For how long it is given beyond its time. */
  readonly spanMs: number
}

export class DurableStaleValues implements OldValues {
  readonly #self: StoreSelf
  readonly #aside: Aside

  constructor(self: StoreSelf, { maxHotEntries, maxHotBytes }: MemoryLimits) {
    this.#self = self
    this.#aside = new Aside(self, { maxEntries: maxHotEntries, maxWeight: maxHotBytes })
  }

  /** What is there is given for so long beyond its time, which moves on while it is read. */
  mark(key: string, row: Row, spanMs: number): void {
    this.#aside.keep(key, { row, spanMs } satisfies Kept, row.lifetime.limit + spanMs, row.bytes)
  }

  find(key: string): unknown {
    const kept = this.#aside.find(key) as Kept | undefined
    if (kept === undefined) return undefined
    const { deadline } = kept.row.lifetime
    const now = this.#self.now()
    return deadline <= now && now < deadline + kept.spanMs ? kept.row.value : undefined
  }

  forget(key: string): void {
    this.#aside.forget(key)
  }

  under(prefix: string): readonly string[] {
    return this.#aside.under(prefix)
  }

  /** Something was decided of the key: another value in its place, none, or another time for the one that is there. */
  decided(key: string, row: Row | undefined): void {
    const kept = this.#aside.find(key) as Kept | undefined
    if (kept === undefined) return
    if (row?.version === kept.row.version) this.mark(key, row, kept.spanMs)
    else this.#aside.forget(key)
  }
}
