/** The home of a store's loads whose entries are in memory: what is kept is told of by the table, before `keep` returns. */

import type { PigeonholeError } from "../../src/index.ts"
import { type EntryTable, NOWHERE } from "./entry-table.ts"
import { fullError } from "./full-error.ts"
import type { LoadingIncarnation, StoreSelf } from "./incarnation.ts"
import { NEVER } from "./lifetime.ts"
import type { LoadedEntry, LoadFollower, LoadHome } from "./load-home.ts"
import { attemptFirst } from "./once-there-is-room.ts"
import { StaleValues } from "./stale-values.ts"
import type { Removal, TableObserver } from "./table-observer.ts"

export class TableLoadHome implements LoadHome, TableObserver {
  readonly self: StoreSelf
  readonly stale: StaleValues
  readonly #state: LoadingIncarnation
  readonly #table: EntryTable
  #follower: LoadFollower | undefined = undefined

  constructor(state: LoadingIncarnation) {
    this.self = state.self
    this.stale = new StaleValues(state.table, state.observers, state.self)
    this.#state = state
    this.#table = state.table
  }

  now(): number {
    return this.#state.now()
  }

  random(): number {
    return this.#state.random()
  }

  shown(stored: unknown, key: string): unknown {
    return this.#state.shown(stored, key)
  }

  /** Others' writes cost what they cost without, while nobody is told. */
  follow(follower: LoadFollower): void {
    this.#follower = follower
    this.#state.observers.add(this)
  }

  unfollow(): void {
    this.#follower = undefined
    this.#state.observers.remove(this)
  }

  whenTold(_key: string, goOn: () => void): void {
    goOn()
  }

  keep(loaded: LoadedEntry, refused: (error: PigeonholeError | undefined) => void): void {
    const table = this.#table
    const { key, weight } = loaded
    const attempt = (now: () => number): true | undefined => this.#kept(loaded, now)
    // A store that is full for now may have room another time.
    const done = (isKept?: true): void => {
      if (isKept === undefined) refused(weight > table.room.maxWeight ? fullError(table, key, weight) : undefined)
    }
    const isKept = attempt(this.#state.now)
    if (isKept === undefined && table.room.takeShortage()) attemptFirst(this.#state, attempt, done)
    else done(isKept)
  }

  /** `undefined`: there is no room for it. */
  #kept({ key, value, weight, lifetime, staleForMs }: LoadedEntry, now: () => number): true | undefined {
    const slot = this.#table.place(key, { ...lifetime, value, owner: 0, weight }, "load", now)
    if (slot === NOWHERE) return undefined
    if (staleForMs > 0) this.stale.mark(slot, staleForMs, weight)
    if (lifetime.deadline !== NEVER) this.#state.plan()
    return true
  }

  // -- the table -------------------------------------------------------------------------------------------------

  changing(): void {}

  written(slot: number): void {
    this.#follower?.written(this.#table.keyAt(slot) as string, this.#table.valueAt(slot))
  }

  removed(key: string, removal: Removal): void {
    if (removal === "delete") this.#follower?.deleted(key)
  }
}
