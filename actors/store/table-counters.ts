/** What a table counts. */

/** What became of entries, counted. */
export interface TableCounters {
  hits: number
  misses: number
  sets: number
  deletes: number
  /** Entries removed because their time was over. */
  expired: number
  /** Entries removed to make room for others. */
  evicted: number
  /** Entries refused because there was no room. */
  refused: number
}
