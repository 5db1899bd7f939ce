/** What is under way for one key: operations that wait for their turn, and what was decided and is not committed yet. */

import type { PigeonholeError } from "../../src/index.ts"
import type { Removal } from "../store/table-observer.ts"
import type { Waiter } from "./commit-queue.ts"
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

/** What will be under some keys, in their order; `undefined`: nothing. */
export interface Rows extends Iterable<readonly [key: string, row: Row | undefined]> {
  readonly size: number
  forEach(see: (row: Row | undefined, key: string) => void): void
  get(key: string): Row | undefined
  keys(): Iterable<string>
  values(): Iterable<Row | undefined>
}

/** What will be under one key, as nearly always: a map would take several times its room. */
export class OneRow implements Rows {
  readonly size = 1
  readonly #key: string
  readonly #row: Row | undefined

  constructor(key: string, row: Row | undefined) {
    this.#key = key
    this.#row = row
  }

  forEach(see: (row: Row | undefined, key: string) => void): void {
    see(this.#row, this.#key)
  }

  get(key: string): Row | undefined {
    return key === this.#key ? this.#row : undefined
  }

  keys(): Iterable<string> {
    return [this.#key]
  }

  values(): Iterable<Row | undefined> {
    return [this.#row]
  }

  [Symbol.iterator](): Iterator<readonly [string, Row | undefined]> {
    return [[this.#key, this.#row] as const].values()
  }
}

/** What becomes of some keys, as an operation has decided it. */
export interface Decided {
  readonly rows: Rows
  /** The same, as the database is told it. */
  readonly changes: readonly Change[]
  /** What the operation calls it. */
  readonly cause: string
  /** How an entry went, where one did. Default `delete`. */
  readonly removal?: Removal
  /** It is about an entry that was in memory alone and has gone: it changes nothing, and is told in the order of what does. */
  readonly gone?: string
}

/** Who is told what has become of a write. */
export interface WriteOwner {
  committed(write: Write): void
  failed(write: Write, error: unknown): void
}

/** What a write is about that is settled: whoever still knows of it holds no value by it. */
const SETTLED: Decided = { rows: new Map(), changes: [], cause: "settled" }

/** What was decided of some keys, and goes into one commit. */
export class Write implements Waiter {
  /** When it was asked for: of two, the one that came later has the greater number. */
  readonly asked: number
  /** Those that were decided on the strength of this one: they fail with it. */
  readonly dependents: Write[] = []
  /** Why it will never be committed. */
  failure: PigeonholeError | undefined = undefined
  readonly #owner: WriteOwner
  #decided: Decided
  #isSettled = false
  #done: PromiseWithResolvers<void> | undefined = undefined
  /** Who is told that it is settled: nearly always one. */
  #tell: (() => void) | undefined = undefined
  #tellAlso: (() => void)[] | undefined = undefined

  constructor(decided: Decided, asked: number, owner: WriteOwner) {
    this.#decided = decided
    this.asked = asked
    this.#owner = owner
  }

  /** Until it is settled. */
  get decided(): Decided {
    return this.#decided
  }

  get rows(): Rows {
    return this.#decided.rows
  }

  /** Settles when it was committed, or was not. Nobody need wait for it. */
  get done(): Promise<void> {
    if (this.#done === undefined) {
      this.#done = Promise.withResolvers()
      if (this.#isSettled) this.settle()
    }
    return this.#done.promise
  }

  /** As `done`, without a promise: `tell`, which must not throw, is called when it is settled, or at once where it is. */
  whenSettled(tell: () => void): void {
    if (this.#isSettled) return tell()
    if (this.#tell === undefined) this.#tell = tell
    else {
      this.#tellAlso ??= []
      this.#tellAlso.push(tell)
    }
  }

  /** It was committed, and readers see it; or it has failed, as `failure` says. */
  settle(): void {
    this.#isSettled = true
    if (this.failure === undefined) this.#done?.resolve()
    else this.#done?.reject(this.failure)
    this.#decided = SETTLED
    const tell = this.#tell
    const others = this.#tellAlso
    this.#tell = undefined
    this.#tellAlso = undefined
    tell?.()
    if (others !== undefined) for (const other of others) other()
  }

  // -- as the queue of commits has it ------------------------------------------------------------------------------

  committed(): void {
    this.#owner.committed(this)
  }

  failed(error: unknown): void {
    this.#owner.failed(this, error)
  }

  refusal(): PigeonholeError | undefined {
    return this.failure
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
  #writes: Write[] = []

  constructor(key: string, base: Known) {
    this.key = key
    this.base = base
  }

  /** What was decided and is not committed yet. */
  get writes(): readonly Write[] {
    return this.#writes
  }

  /** What will be there once all that was decided is committed. */
  get latest(): Known {
    const last = this.#writes.at(-1)
    return last === undefined ? this.base : last.rows.get(this.key)
  }

  get isIdle(): boolean {
    return this.tasks.length === 0 && this.#writes.length === 0 && !this.isLoading
  }

  /** Most keys have one write at a time: a list that has grown has room for many. */
  add(write: Write): void {
    if (this.#writes.length === 0) this.#writes = [write]
    else this.#writes.push(write)
  }

  remove(write: Write): void {
    const place = this.#writes.indexOf(write)
    if (place === 0) this.#writes.shift()
    else if (place > 0) this.#writes.splice(place, 1)
  }

  drop(task: Task): void {
    const place = this.tasks.indexOf(task)
    if (place >= 0) this.tasks.splice(place, 1)
  }
}
