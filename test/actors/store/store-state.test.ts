import { describe, expect, it } from "vitest"
import type { StoreSelf } from "../../../actors/store/incarnation.ts"
import { settingsOf } from "../../../actors/store/store-settings.ts"
import { StoreState, SWEEP } from "../../../actors/store/store-state.ts"
import { Watcher } from "../../../actors/store/watcher.ts"

/** A store of so many entries that are all dead, the messages that it has sent itself, and its timers. */
function storeOfDead(entries: number) {
  let now = 0
  const later: unknown[] = []
  const after: { readonly delayMs: number; readonly message: unknown }[] = []
  const self: StoreSelf = {
    now: () => now,
    recently: () => now,
    systemTime: () => now,
    random: () => 0,
    after: (delayMs, message) => {
      after.push({ delayMs, message })
      return { cancel: () => false, missed: 0 }
    },
    later: (message) => void later.push(message),
    signal: new AbortController().signal,
  }
  const state = new StoreState(settingsOf({ maxEntries: 0 }, "reject"), self)
  for (let n = 0; n < entries; n += 1) state.table.set(`key ${n}`, n, 10, 0, 0, self.now)
  now = 100
  after.length = 0
  return { state, later, after }
}

describe("StoreState.sweep", () => {
  it("does a part, and sends itself for the next one, which stands behind what waits", () => {
    const { state, later, after } = storeOfDead(150)
    const sizes = [state.table.size]
    while (later.length < sizes.length && sizes.at(-1) !== 0) {
      state.sweep()
      sizes.push(state.table.size)
    }
    expect(sizes).toEqual([150, 86, 22, 0])
    expect(later).toEqual([SWEEP, SWEEP])
    expect(after).toEqual([])
  })

  it("while somebody watches lets the host have its turn before the next part, which is less than who watches has room for", () => {
    const { state, later, after } = storeOfDead(1000)
    state.watches.join(new Watcher({ text: "", isPrefix: true, hasInitial: false, from: undefined, room: 1024 }, 1))
    state.sweep()
    expect(state.table.size).toBe(104)
    expect(after).toEqual([{ delayMs: 0, message: SWEEP }])
    expect(later).toEqual([])
  })
})
