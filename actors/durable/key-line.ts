/** What is under way for one key: operations that wait for their turn, and what was decided and is not committed yet. */

import type { PigeonholeError } from "../../src/index.ts"
import type { Removal } from "../store/table-observer.ts"
import type { Row } from "./entry-row.ts"
import type { Change } from "./store-database.ts"

/** Nobody has looked, or what was found may not be so any more. */
export const UNKNOWN = Symbol("unknown")

export type Known = Row | undefined | typeof UNKNOWN

/** An operation that waits for its turn under some keys. */
export class Task {
  readonly keys: readonly string[]
  readonly needsRows: boolean
  readonly run: () => void
  readonly fail: (error: unknown) => void
  #end: Promise<void> | undefined = undefined
  #resolve: () => void = () => {}

  /** `needsRows`: it cannot do without knowing what is there. */
  constructor(keys: readonly string[], needsRows: boolean, run: () => void, fail: (error: unknown) => void) {
    this.keys = keys
    this.needsRows = needsRows
    this.run = run
    this.fail = fail
  }

  /** Settles when it has had its turn, or never will. */
  get end(): Promise<void> {
    this.#end ??= new Promise((resolve) => {
      this.#resolve = resolve
    })
    return this.#end
  }

  ended(): void {
    this.#resolve()
  }
}

/** What becomes of some keys, as an operation has decided it. */
export interface Decided {
  /** What will be there; `undefined`: nothing. */
  readonly rows: ReadonlyMap<string, Row | undefined>
  /** The same, as the database is told it. */
  readonly changes: readonly Change[]
  /** What the operation calls it. */
  readonly cause: string
  /** How an entry went, where one did. Default `delete`. */
  readonly removal?: Removal
  /** It is about an entry that was in memory alone and has gone: it changes nothing, and is told in the order of what does. */
  readonly gone?: string
}

/** What was decided of some keys, and goes into one commit. */
export class Write {
  readonly decided: Decided
  /** When it was asked for: of two, the one that came later has the greater number. */
  readonly asked: number
  /** Those that were decided on the strength of this one: they fail with it. */
  readonly dependents: Write[] = []
  /** Why it will never be committed. */
  failure: PigeonholeError | undefined = undefined
  /** Settles when it was committed, or was not. */
  done: Promise<void> = Promise.resolve()

  constructor(decided: Decided, asked: number) {
    this.decided = decided
    this.asked = asked
  }

  get rows(): ReadonlyMap<string, Row | undefined> {
    return this.decided.rows
  }
}

export class KeyLine {
  readonly key: string
  /** What was committed last. */
  base: Known
  isLoading = false
  /** The version of what was removed from disk, as its time was over. */
  expired = 0
  readonly tasks: Task[] = []
  readonly writes: Write[] = []

  constructor(key: string, base: Known) {
    this.key = key
    this.base = base
  }

  /** What will be there once all that was decided is committed. */
  get latest(): Known {
    const last = this.writes.at(-1)
    return last === undefined ? this.base : last.rows.get(this.key)
  }

  get isIdle(): boolean {
    return this.tasks.length === 0 && this.writes.length === 0 && !this.isLoading
  }

  remove(write: Write): void {
    const place = this.writes.indexOf(write)
    if (place >= 0) this.writes.splice(place, 1)
  }

  drop(task: Task): void {
    const place = this.tasks.indexOf(task)
    if (place >= 0) this.tasks.splice(place, 1)
  }
}
