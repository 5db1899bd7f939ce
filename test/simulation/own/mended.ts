/**
 * Faults of interleaving that were there once, each as a scenario that finds it where its mend is taken out: who is found and has ended, a drain that
 * waits for who waits no more, a batch against what came after it, a clear against a load, a pool that is left before its jobs are done, who acquires what is told to end.
 */

import type { Application } from "pigeonhole/simulation"
import {
  child,
  type DynamicSupervisorMailbox,
  dynamicSupervisor,
  type MailboxOf,
  pool,
  registry,
  type ServerSelf,
  StoreMailbox,
  type SupervisorMailbox,
  server,
  stopWhenIdle,
  store,
  supervisor,
} from "../../../actors/index.ts"
import { type OwnScenario, parts, type Self, Verdict } from "./scenario.ts"

const patient = { timeoutMs: Number.POSITIVE_INFINITY }

const room = server({
  init: () => ({}),
  call: { leave: (_state, _none: undefined, self: ServerSelf) => self.stop() },
})
const rooms = registry<undefined, typeof room>({ keys: "unique" })

/** Who is looked up or started lives when its asker hears of it. */
const looked = (): Application => {
  const verdict = new Verdict()
  return {
    tree: { "app:rooms": dynamicSupervisor({ intensity: 50 }) },
    async run(runtime) {
      const visit = async (self: Self): Promise<void> => {
        const box = await self.acquire<DynamicSupervisorMailbox>("app:rooms")
        for (let step = 0; step < 2; step += 1) {
          const pid = await box.lookUpOrStart(rooms, "lobby", child(room, { restart: "temporary" }), { ...patient })
          verdict.expect(pid.isAlive, "who was found had ended before its asker heard of it")
          await pid.call.leave(undefined, patient).catch(() => {})
        }
      }
      await parts(runtime, visit, visit)
    },
    check: verdict.look,
  }
}

/** A drain ends once nobody waits any more for what was put aside. */
const drained = (): Application => {
  const verdict = new Verdict()
  const waiting = server({ init: () => ({}), info: (_state, _message, self) => self.stash() })
  return {
    tree: { "app:waiting": waiting },
    async run(runtime, world) {
      const pid = runtime.whereis("app:waiting")
      const asked = pid === undefined ? undefined : runtime.ask(pid, "wait", { timeoutMs: 1000 }).catch(() => {})
      await runtime.stop({ drain: true, timeoutMs: 600_000 })
      verdict.expect(world.now <= 1000, `the drain took ${world.now} ms`)
      await asked
    },
    check: verdict.look,
  }
}

const MANY = Array.from({ length: 200 }, (_none, index) => [`k${index}`, index] as const)

/** Who comes after a batch has the last word: judged by what the store answers. */
const batched = (): Application => ({
  tree: { "app:store": store<number>() },
  async run(runtime) {
    const batch = async (self: Self): Promise<void> => {
      const box = await self.acquire<StoreMailbox<number>>("app:store")
      const all = box.setMany(MANY, undefined, patient)
      await box.set("k199", -1, undefined, patient)
      await all
    }
    const one = async (self: Self): Promise<void> => {
      const box = await self.acquire<StoreMailbox<number>>("app:store")
      await box.set("k150", -2, undefined, patient)
      await box.get("k150", patient)
    }
    await parts(runtime, batch, one)
  },
  async check(runtime) {
    const box = await runtime.acquire("app:store", { as: StoreMailbox<number> })
    const last = await box.get("k199", patient)
    return last === -1 ? undefined : `what was set after the batch is ${last}`
  },
})

/** What was cleared does not come back by a load that was under way then. */
const cleared = (): Application => {
  let [hasBegun, isLoaded, wasOutrun] = [false, false, false]
  return {
    tree: { "app:store": store<number>() },
    async run(runtime, world) {
      const load = async (self: Self): Promise<void> => {
        const box = await self.acquire<StoreMailbox<number>>("app:store")
        const read = async (): Promise<number> => {
          hasBegun = true
          const value = await world.external("database", () => 1)
          isLoaded = true
          return value
        }
        await box.getOrSet("a", read, patient)
      }
      const clear = async (self: Self): Promise<void> => {
        const box = await self.acquire<StoreMailbox<number>>("app:store")
        await box.get("b", patient)
        const mayOutrun = hasBegun
        await box.clear("", patient)
        wasOutrun = mayOutrun && !isLoaded
      }
      await parts(runtime, load, clear)
    },
    async check(runtime) {
      const box = await runtime.acquire("app:store", { as: StoreMailbox<number> })
      return !wasOutrun || (await box.get("a", patient)) === undefined
    },
  }
}

/** A pool that stops when it is idle has done what was asked of it before it was left. */
const leftPool = (): Application => {
  const verdict = new Verdict()
  let [asked, done] = [0, 0]
  const worker = server({
    init: () => ({}),
    cast: {
      job: async () => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        done += 1
      },
    },
  })
  return {
    tree: { "app:pool": child(pool(worker, { size: 1, queue: 20 }), { onDetach: stopWhenIdle({ lingerMs: 0 }) }) },
    async run(runtime) {
      const leave = async (self: Self): Promise<void> => {
        const box = await self.acquire<{ readonly cast: { job(): boolean }; release(): Promise<boolean> }>("app:pool")
        for (let job = 0; job < 3; job += 1) if (box.cast.job()) asked += 1
        await box.release()
      }
      await parts(runtime, leave, leave)
      // However long it takes: time may pass while a job waits, and one that is lost is waited for in vain.
      while (done < asked) await new Promise((resolve) => setTimeout(resolve, 1000))
    },
    check: () => {
      verdict.expect(done === asked, `of ${asked} jobs ${done} were done`)
      return verdict.look()
    },
  }
}

/** Who acquires the supervisor above it, which has been told to end and has not heard that yet, is refused: it would wait for itself. */
const clinging = (): Application => {
  const below = server({
    init: () => ({}),
    call: {
      cling: async (_state, _none: undefined, self: ServerSelf): Promise<void> => {
        await self.acquire<SupervisorMailbox>("app:above").catch(() => {})
      },
    },
  })
  return {
    tree: { "app:above": supervisor({ children: { "app:below": child(below, { shutdown: "infinity" }) } }) },
    async run(runtime) {
      const ask = async (self: Self): Promise<void> => {
        const box = await self.acquire<MailboxOf<typeof below>>("app:below").catch(() => undefined)
        await box?.call.cling(undefined, patient).catch(() => {})
      }
      const end = async (self: Self): Promise<void> => {
        const root = await self.acquire<SupervisorMailbox>("root")
        await root.terminateChild("app:above", patient)
      }
      await parts(runtime, ask, end)
    },
  }
}

export const clingsFromBelow: OwnScenario = { promises: [7, 23], make: clinging, options: {} }
export const foundAndEnded: OwnScenario = { promises: [28], make: looked, options: {} }
export const drainedInTime: OwnScenario = { promises: [17, 23], make: drained, options: { order: "runtime" } }
export const lastWord: OwnScenario = { promises: [32], make: batched, options: {} }
export const clearedLoads: OwnScenario = { promises: [39], make: cleared, options: {} }
export const leftBehind: OwnScenario = { promises: [10, 29], make: leftPool, options: {} }
