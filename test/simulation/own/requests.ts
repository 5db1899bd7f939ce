/** Requests: each settles once, and no message is lost, whoever crashes, gives up, is full or is stopped. */

import type { Application, ExploreOptions, World } from "pigeonhole/simulation"
import { child, type MailboxOf, type ProcessSelf, type ServerSelf, server, supervisor } from "../../../actors/index.ts"
import { type OwnScenario, parts } from "./scenario.ts"

/** Answers now, later, never, after a wait, or crashes. */
const moody = server({
  init: () => ({ later: [] as (() => unknown)[] }),
  call: {
    now: (state) => {
      for (const answer of state.later.splice(0)) answer()
      return "now"
    },
    later: (state, _none: undefined, self: ServerSelf) => {
      const deferred = self.defer<string>()
      state.later.push(() => deferred.reply("later"))
      return deferred
    },
    never: (_state, _none: undefined, self: ServerSelf) => self.defer(),
    waits: (_state, _none: undefined, self: ServerSelf) => self.asyncNoLink(() => "waited").result(),
    puts: (state, _none: undefined, self: ServerSelf) => {
      if (state.later.length === 0) return "put"
      self.stash()
      self.unstashAll()
      state.later.splice(0)
      return undefined
    },
    crash: () => {
      throw new Error("boom")
    },
  },
  cast: { note: () => {} },
})
type Moody = MailboxOf<typeof moody>

const NAMES = ["now", "later", "never", "waits", "puts", "crash"] as const

interface Settings {
  readonly drop?: boolean
  readonly stop?: { readonly drain: boolean }
}

/** Each request of each caller has an outcome, and one. */
const asking = (settings: Settings) => (): Application => {
  let [asked, settled, open] = [0, 0, 0]
  const inbox = settings.drop === true ? { capacity: 2, overflow: "drop_oldest" as const } : { capacity: 3 }
  const service = (state: "reset" | "retain") => child(moody, { inbox, state, backoff: { initialMs: 5 } })
  const children = { "app:one": service("reset"), "app:two": service("retain") }
  const caller = (id: string, world: World) => async (self: ProcessSelf<unknown>) => {
    open += 1
    const box = await self.acquire<Moody>(id)
    for (let step = 0; step < 3; step += 1) {
      const giveUp = new AbortController()
      if (world.random() < 0.2) setTimeout(() => giveUp.abort(), 10)
      asked += 1
      box.cast.note()
      const name = NAMES[Math.floor(world.random() * NAMES.length)] ?? "now"
      await box.call[name](undefined, { timeoutMs: 30, signal: giveUp.signal }).catch(() => {})
      settled += 1
    }
    open -= 1
    box.release()
  }
  return {
    tree: { "app:both": supervisor({ children, strategy: "one_for_all", intensity: 20 }) },
    async run(runtime, world) {
      const all = parts(runtime, ...["app:one", "app:two", "app:one"].map((id) => caller(id, world)))
      if (settings.stop !== undefined) await runtime.stop({ ...settings.stop, timeoutMs: 60_000 })
      await all
    },
    // Who was killed in the middle has not heard of its last request.
    check: () => (asked - settled <= open ? undefined : `${settled} of ${asked} requests were settled, and ${open} who asked were killed`),
  }
}

const faults: ExploreOptions["faults"] = { crash: 2, callerDies: 1, slowReply: 1, slowHandler: 1, startFails: 1, inboxFull: 0.05 }

export const requests: OwnScenario = { promises: [2, 3, 8], make: asking({}), options: { faults } }
export const dropped: OwnScenario = { promises: [2, 3, 4], make: asking({ drop: true }), options: { faults } }
export const stopped: OwnScenario = { promises: [2, 3, 23], make: asking({ stop: { drain: false } }), options: { faults } }
export const drained: OwnScenario = { promises: [2, 3, 23], make: asking({ stop: { drain: true } }), options: { faults } }
