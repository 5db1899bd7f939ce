/**
 * The order of a table's keys: made when it is first asked for, some keys at a time, and kept up to date from then on by the table itself.
 *
 * Invariant: what counts is what the table tells of changes, its `index`. The table lets go of it where a change was cut short, which nobody can tell
 * from the order afterwards; it is made anew then, when it is next asked for.
 */

import type { EntryTable } from "./entry-table.ts"
import type { KeyOrder } from "./key-order.ts"
import { KeyOrderBuilder } from "./key-order-builder.ts"

export class OrderKeeper {
  readonly #table: EntryTable

  constructor(table: EntryTable) {
    this.#table = table
  }

  /** Where it is made. */
  get ready(): KeyOrder | undefined {
    const { index } = this.#table
    return index instanceof KeyOrderBuilder ? index.order : undefined
  }

  /** Begins to make it, if it is neither there nor begun: of an empty table it is ready at once. */
  begin(): KeyOrderBuilder {
    const table = this.#table
    if (table.index instanceof KeyOrderBuilder) return table.index
    const builder = new KeyOrderBuilder((slot) => table.keyAt(slot), table.slots)
    table.index = builder
    return builder
  }

  /** Deals with so many slots more; the order, once it is made. */
  build(slots: number): KeyOrder | undefined {
    const builder = this.begin()
    builder.step(slots)
    return builder.order
  }
}
