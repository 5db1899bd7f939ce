/** A store's state without a process around it, for what it does in slices: the test says when the next one comes, and what happens between. */

import type { StoreOptions, Timer } from "../../actors/index.ts"
import { settingsOf } from "../../actors/store/store-settings.ts"
import { StoreState } from "../../actors/store/store-state.ts"

export class StoreTurns {
  readonly state: StoreState
  now = 0

  constructor(options: StoreOptions = {}) {
    const timer: Timer = { cancel: () => false, missed: 0 }
    this.state = new StoreState(settingsOf({ maxEntries: 0, ...options }, "reject"), {
      now: () => this.now,
      recently: () => this.now,
      systemTime: () => this.now,
      calendarLead: () => 0,
      random: () => 0.5,
      after: () => timer,
      later: () => {},
      signal: new AbortController().signal,
    })
  }

  /** `false`: there is no room. `ttlMs`: 0 for none. */
  set(key: string, value: unknown, ttlMs = 0, weight = 0): boolean {
    return this.state.table.set(key, value, ttlMs === 0 ? Number.POSITIVE_INFINITY : this.now + ttlMs, 0, weight, this.state.now)
  }

  delete(key: string): boolean {
    return this.state.table.delete(key, this.state.now)
  }

  /** What the work comes to; `between` is called after each of its slices but the last, which are counted. */
  run<Answer>(work: Generator<undefined, Answer, undefined>, between: (slice: number) => void = () => {}): Answer {
    for (let slice = 1; ; slice += 1) {
      const { done, value } = work.next()
      if (done === true) return value
      between(slice)
    }
  }
}
