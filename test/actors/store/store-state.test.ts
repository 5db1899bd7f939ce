import { describe, expect, it } from "vitest"
import { settingsOf } from "../../../actors/store/store-settings.ts"
import { StoreState, SWEEP } from "../../../actors/store/store-state.ts"
import { Watcher } from "../../../actors/store/watcher.ts"
import { idleSelf } from "../../support/store-turns.ts"

/** A store of so many entries that are all dead, the messages that it has sent itself, and its timers. */
function storeOfDead(entries: number) {
  let now = 0
  const later: unknown[] = []
  const after: { readonly delayMs: number; readonly message: unknown }[] = []
  const self = idleSelf({
    now: () => now,
    after: (delayMs, message) => {
      after.push({ delayMs, message })
      return { cancel: () => false, missed: 0 }
    },
    later: (message) => void later.push(message),
  })
  const state = new StoreState(settingsOf({ maxEntries: 0 }, "reject"), self)
  for (let n = 0; n < entries; n += 1) state.table.set(`key ${n}`, n, 10, 0, 0, self.now)
  now = 100
  after.length = 0
  return { state, later, after, pass: (ms: number) => (now += ms) }
}

/** Parts that are done in one turn of the host, as what is left after each; `tookMs`: how long each takes. */
function partsOfOneTurn({ state, later, after, pass }: ReturnType<typeof storeOfDead>, tookMs = 0): readonly number[] {
  const sizes: number[] = []
  later.length = 1
  after.length = 0
  while (later.length > 0 && after.length === 0) {
    later.pop()
    state.sweep()
    pass(tookMs)
    sizes.push(state.table.size)
  }
  return sizes
}

function watchAll({ watches }: StoreState): void {
  watches.join(new Watcher({ text: "", isPrefix: true, hasInitial: false, from: undefined, room: 1024 }, 1))
}

describe("StoreState.sweep", () => {
  it("does a part, and sends itself for the next one, which stands behind what waits", () => {
    const { state, later, after } = storeOfDead(150)
    const sizes = [state.table.size]
    while (later.length < sizes.length && sizes.at(-1) !== 0) {
      state.sweep()
      sizes.push(state.table.size)
    }
    expect(sizes).toEqual([150, 118, 86, 54, 22, 0])
    expect(later).toEqual([SWEEP, SWEEP, SWEEP, SWEEP])
    expect(after).toEqual([])
  })

  it("while somebody watches lets the host have its turn after less than who watches has room for", () => {
    const dead = storeOfDead(2000)
    watchAll(dead.state)
    expect(partsOfOneTurn(dead)).toEqual([1872, 1744, 1616, 1488, 1360, 1232, 1104])
    expect(dead.after).toEqual([{ delayMs: 0, message: SWEEP }])
    expect(partsOfOneTurn(dead)).toEqual([976, 848, 720, 592, 464, 336, 208])
    expect(partsOfOneTurn(dead)).toEqual([80, 0])
    expect(dead.after).toEqual([])
  })

  it("while somebody watches lets the host have its turn sooner where parts take their time, and goes on all the same", () => {
    const dead = storeOfDead(1000)
    watchAll(dead.state)
    expect(partsOfOneTurn(dead, 0.5)).toEqual([872, 744, 616])
    expect(partsOfOneTurn(dead, 100)).toEqual([488, 360])
    expect(partsOfOneTurn(dead, 0)).toEqual([232, 104, 0])
  })
})
