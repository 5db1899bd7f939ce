/** How others hear of what becomes of a table's entries. */

/** How an entry went: by request or with its last holder, as its time was over, or to make room. */
export type Removal = "delete" | "expire" | "evict"

/** Told of every change. Must not change the table; what throws before a change (on a full stack) has it not made. */
export interface TableObserver {
  /** What is in the slot is about to change: an entry to be written over, to live otherwise, or to go; nothing, to be an entry. */
  changing(slot: number): void
  /** The slot holds what was written; `cause` is what the writer calls it. */
  written(slot: number, cause: string): void
  /** The key is free; `version` is that of the removal. */
  removed(key: string, removal: Removal, cause: string, version: number): void
}

/** An index of the keys beside the map, which is kept up to date. */
export interface SlotIndex {
  /** The key is to stand in the slot: the table does not say so yet. */
  add(slot: number, key: string): void
  /** The key stood in the slot. */
  remove(slot: number, key: string): void
}
