/** A store's state without a process around it, for what it does in slices: the test says when the next one comes, and what happens between. */

import type { StoreOptions, Timer } from "../../actors/index.ts"
import type { TableSelf } from "../../actors/store/incarnation.ts"
import { OwnWork } from "../../actors/store/own-work.ts"
import { Lane, type Slices } from "../../actors/store/slices.ts"
import { settingsOf } from "../../actors/store/store-settings.ts"
import { StoreState } from "../../actors/store/store-state.ts"
import { Deferred } from "../../src/index.ts"

/** What a store needs of its process, where that does nothing. */
export function idleSelf(own: Partial<TableSelf> = {}): TableSelf {
  const timer: Timer = { cancel: () => false, missed: 0 }
  return {
    now: () => 0,
    recently: () => 0,
    systemTime: () => 0,
    calendarLead: () => 0,
    random: () => 0.5,
    after: () => timer,
    later: () => {},
    continue: () => {},
    defer: () => new Deferred<never>(undefined),
    signal: new AbortController().signal,
    ...own,
  }
}

export class StoreTurns {
  readonly state: StoreState
  now = 0
  /** What comes before anything else. */
  readonly first: unknown[] = []

  constructor(options: StoreOptions = {}, own: Partial<TableSelf> = {}) {
    const now = (): number => this.now
    const first = (message: unknown): void => void this.first.push(message)
    const self = idleSelf({ now, recently: now, systemTime: now, continue: first, ...own })
    this.state = new StoreState(settingsOf({ maxEntries: 0, ...options }, "reject"), self)
  }

  /** `false`: there is no room. `ttlMs`: 0 for none. */
  set(key: string, value: unknown, ttlMs = 0, weight = 0): boolean {
    return this.state.table.set(key, value, ttlMs === 0 ? Number.POSITIVE_INFINITY : this.now + ttlMs, 0, weight, this.state.now)
  }

  delete(key: string): boolean {
    return this.state.table.delete(key, this.state.now)
  }

  /** A turn of what comes first; `false`: there is nothing. */
  goOn(): boolean {
    const message = this.first.shift()
    if (message instanceof OwnWork) message.carryOut()
    else if (message instanceof Lane) message.step()
    return message !== undefined
  }

  /** What the work comes to; `between` is called after each of its slices but the last, which are counted. */
  run<Answer>(work: Slices<Answer>, between: (slice: number) => void = () => {}): Answer {
    for (let slice = 1; ; slice += 1) {
      const { done, value } = work.next()
      if (done === true) return value
      between(slice)
    }
  }
}
