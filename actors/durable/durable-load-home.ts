/**
 * The home of a durable store's loads. What was loaded is kept by a commit, and who waits is answered after it.
 *
 * The loads are told of what was written once readers see it, and of what is to be gone as soon as that is decided: should its commit fail, what they
 * come to is given to who waits, and not kept.
 */

import { type Failure, failure, PigeonholeError } from "../../src/index.ts"
import type { StoreSelf } from "../store/incarnation.ts"
import type { LoadedEntry, LoadFollower } from "../store/load-home.ts"
import { newRow } from "./durable-changes.ts"
import type { DurableLoadPlace } from "./durable-incarnation.ts"
import { DurableStaleValues } from "./durable-stale-values.ts"
import type { DurableState } from "./durable-state.ts"
import { UNHELD } from "./entry-row.ts"
import { type Decided, OneRow } from "./key-line.ts"

export class DurableLoadHome implements DurableLoadPlace {
  readonly self: StoreSelf
  readonly stale: DurableStaleValues
  readonly #state: DurableState
  #follower: LoadFollower | undefined = undefined

  constructor(state: DurableState) {
    this.self = state.self
    this.stale = new DurableStaleValues(state.self, state.settings)
    this.#state = state
  }

  now(): number {
    return this.#state.now()
  }

  random(): number {
    return this.#state.random()
  }

  shown(stored: unknown, key: string): unknown | Failure {
    try {
      return this.#state.shown(stored, key)
    } catch (error) {
      if (error instanceof PigeonholeError) return failure(error)
      throw error
    }
  }

  follow(follower: LoadFollower): void {
    this.#follower = follower
  }

  unfollow(): void {
    this.#follower = undefined
  }

  /** Where what was asked for before has failed, there is nothing of it to be told. */
  whenTold(key: string, goOn: () => void): void {
    this.#state.see(key, goOn, goOn)
  }

  keep({ key, value, lifetime, staleForMs }: LoadedEntry, refused: (error: PigeonholeError | undefined) => void): void {
    const state = this.#state
    try {
      state.watched.lookAt(key)
      const { row, change } = newRow(state, key, value, lifetime, UNHELD)
      const write = state.write({ rows: new OneRow(key, row), changes: [change], cause: "load" }, [])
      state.counters.sets += 1
      if (staleForMs > 0) this.stale.mark(key, row, staleForMs)
      write.done.catch(() => refused(undefined))
    } catch (error) {
      if (!(error instanceof PigeonholeError)) throw error
      // What there is no room for now may be kept another time.
      refused(error.retryable ? undefined : error)
    }
  }

  decided({ rows, removal = "delete" }: Decided): void {
    if (removal === "expire") return
    for (const [key, row] of rows) {
      this.stale.decided(key, row)
      if (row === undefined) this.#follower?.deleted(key)
    }
  }

  told({ rows, changes }: Decided): void {
    if (this.#follower === undefined) return
    for (const { key, type } of changes) {
      const row = rows.get(key)
      if (row !== undefined && type !== "touch") this.#follower?.written(key, row.value)
    }
  }
}
