/** A store's state without a process, as those see it who watch: what it sends itself is done when it is asked for. */

import { OwnWork } from "../../actors/store/own-work.ts"
import { settingsOf } from "../../actors/store/store-settings.ts"
import { StoreState } from "../../actors/store/store-state.ts"
import { type Wanted, Watcher } from "../../actors/store/watcher.ts"
import { idleSelf } from "./store-turns.ts"

export interface HubStage {
  readonly state: StoreState
  readonly now: () => number
  pass(ms: number): void
  set(key: string, value: unknown, deadline?: number): void
  /** So many of its own messages; how many there were. */
  settle(most?: number): number
  watch(wanted: Partial<Wanted>): Watcher
  /** Of each key what waits for who watches, taken out: what, the value, the cause of a writing. */
  told(watcher: Watcher): Map<string, string[]>
}

export function hubStage(history?: number): HubStage {
  const work: OwnWork[] = []
  let moment = 0
  const now = (): number => moment
  const later = (message: unknown): void => {
    if (message instanceof OwnWork) work.push(message)
  }
  const after = () => ({ cancel: (): false => false, missed: 0 })
  const self = idleSelf({ now, recently: now, systemTime: now, random: now, after, later })
  const state = new StoreState(settingsOf(history === undefined ? {} : { history }, "reject"), self)
  return {
    state,
    now,
    pass: (ms) => {
      moment += ms
    },
    set: (key, value, deadline = Number.POSITIVE_INFINITY) => void state.table.set(key, value, deadline, 0, 0, now),
    settle: (most = Number.POSITIVE_INFINITY) => {
      let done = 0
      for (; done < most && work.length > 0; done += 1) work.shift()?.carryOut()
      return done
    },
    watch: (wanted) => {
      const watcher = new Watcher({ text: "", isPrefix: true, hasInitial: false, from: undefined, room: 10_000, ...wanted }, 1)
      state.watches.join(watcher)
      return watcher
    },
    told: ({ queue }) => {
      const told = new Map<string, string[]>()
      for (let change = queue.peek(); change !== undefined; change = queue.peek()) {
        const { type, key = "", stored = "", cause } = change
        if (type !== "mark") told.set(key, [...(told.get(key) ?? []), type === "set" ? `set ${stored} ${cause}` : type])
        queue.shift()
      }
      return told
    },
  }
}
