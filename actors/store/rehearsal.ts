/**
 * Does once, with a store of nobody's, all that a request may come to: a request is served on its caller's stack, which may be nearly full, and
 * there must be no code left then that the host has yet to compile. That takes tens of kilobytes of it, and would cut the request short.
 */

import type { Self, Timer } from "../../src/index.ts"
import { HostDate } from "./builtin-copies.ts"
import { entryCalls } from "./entry-operations.ts"
import { SetRequest } from "./set-request.ts"
import { settingsOf } from "./store-settings.ts"
import { type StoreSelf, StoreState } from "./store-state.ts"
import { statisticsOf } from "./store-statistics.ts"
import { copyIn } from "./stored-value.ts"
import { LATEST_MS } from "./time-to-live.ts"

let isRehearsed = false

export function rehearse(self: Self): void {
  if (isRehearsed) return
  isRehearsed = true
  let now = self.now()
  const timers: Timer[] = []
  const after = (delayMs: number, message: unknown): Timer => {
    timers.push(self.after(delayMs, message))
    return timers.at(-1) as Timer
  }
  const own: StoreSelf = { now: () => now, systemTime: () => 0, random: () => 0, after, later: () => {} }
  const state = new StoreState(settingsOf({ maxEntries: 6 }, "reject"), own)
  const values = [1, { list: [1] }, new Map([[1, new HostDate(0)]]), new Set([1]), new Uint8Array(1), new Error("rehearsed")].map(copyIn)
  for (const ttlMs of [Number.POSITIVE_INFINITY, 2, 3, LATEST_MS]) {
    for (const [index, value] of values.entries()) {
      entryCalls.set(state, new SetRequest(`${index}`, value, ttlMs, index % 2, 0))
      entryCalls.get(state, `${index}`)
    }
    entryCalls.set(state, new SetRequest("one too many", 1, ttlMs, 0, 0))
    entryCalls.has(state, "one too many")
    entryCalls.delete(state, "5")
    now += 2
  }
  state.table.disown(1)
  state.sweep()
  statisticsOf(state)
  for (const timer of timers) timer.cancel()
}
