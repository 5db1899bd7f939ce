/** Who holds a mailbox: a service that stops when it is idle is there for each that has acquired it; what a policy decides is seen by the next one. */

import type { Application } from "pigeonhole/simulation"
import { child, keyedLock, type MailboxOf, pool, refuse, reset, server, stopWhenIdle } from "../../../actors/index.ts"
import { type OwnScenario, parts, type Self, Verdict } from "./scenario.ts"

const patient = { timeoutMs: Number.POSITIVE_INFINITY }

const counter = server({
  init: () => ({ count: 0 }),
  call: {
    add: (state) => {
      state.count += 1
      return state.count
    },
  },
})
type Counter = MailboxOf<typeof counter>

/** While it is held, each request is answered, whoever else comes and goes. */
const idle = (): Application => {
  const verdict = new Verdict()
  return {
    tree: { "app:counter": child(counter, { onDetach: stopWhenIdle({ lingerMs: 10 }) }) },
    async run(runtime, world) {
      const visit = async (self: Self): Promise<void> => {
        for (let visits = 0; visits < 2; visits += 1) {
          const box = await self.acquire<Counter>("app:counter")
          let last = 0
          for (let step = 0; step < 2; step += 1) {
            const count = await box.call.add(undefined, patient).catch((error: unknown) => `${error}`)
            // Of one that was killed nobody waits any more.
            if (!self.pid.isAlive) return
            verdict.expect(typeof count === "number" && count > last, `held, it answered ${count} after ${last}`)
            last = Number(count)
          }
          box.release()
          if (world.random() < 0.5) await new Promise((resolve) => setTimeout(resolve, 10))
        }
      }
      const reasons = await parts(runtime, visit, visit, visit)
      verdict.expect(
        reasons.every((reason) => reason === "normal" || reason === "killed"),
        `a visitor ended: ${JSON.stringify(reasons)}`,
      )
    },
    check: verdict.look,
  }
}

/** Who comes after a reset finds it empty. */
const anew = (): Application => {
  const verdict = new Verdict()
  return {
    tree: { "app:counter": child(counter, { onDetach: reset }) },
    async run(runtime) {
      const visit = async (self: Self): Promise<number> => {
        const box = await self.acquire<Counter>("app:counter")
        const count = await box.call.add(undefined, patient)
        await box.release()
        return count
      }
      await parts(runtime, visit, visit)
      await parts(runtime, async (self) => {
        const count = await visit(self)
        verdict.expect(count === 1, `after all had left, and each leaving was a reset, it counted ${count}`)
      })
    },
    check: verdict.look,
  }
}

/** One at a time under a key, and whoever dies lets go. */
const locks = (): Application => {
  const verdict = new Verdict()
  const holders = new Map<string, object>()
  return {
    tree: { "app:locks": keyedLock() },
    async run(runtime, world) {
      const work = (key: string) => async (self: Self) => {
        const box = await self.acquire<MailboxOf<ReturnType<typeof keyedLock>>>("app:locks")
        for (let step = 0; step < 2; step += 1) {
          await box.hold(
            key,
            async () => {
              const other = holders.get(key) as { readonly isAlive: boolean } | undefined
              verdict.expect(other === undefined || !other.isAlive, `${key} had two holders`)
              holders.set(key, self.pid)
              if (world.random() < 0.5) await new Promise((resolve) => setTimeout(resolve, 5))
              if (holders.get(key) === self.pid) holders.delete(key)
            },
            patient,
          )
        }
      }
      await parts(runtime, work("x"), work("x"), work("x"), work("y"))
    },
    check: verdict.look,
  }
}

/** Each job is done by one worker, one at a time, and all are done where nobody crashes. */
const jobs = (): Application => {
  const verdict = new Verdict()
  const done: string[] = []
  const worker = server({
    init: () => ({ isBusy: false }),
    call: {
      job: async (state, name: string) => {
        verdict.expect(!state.isBusy, "a worker had two jobs at a time")
        state.isBusy = true
        await new Promise((resolve) => setTimeout(resolve, 1))
        state.isBusy = false
        done.push(name)
        return name
      },
    },
  })
  return {
    tree: { "app:pool": pool(worker, { size: 2, queue: 100 }) },
    async run(runtime) {
      const ask = (name: string) => async (self: Self) => {
        const box = await self.acquire<{ readonly call: { job(name: string, options: object): Promise<string> } }>("app:pool")
        for (const part of ["1", "2"])
          verdict.expect((await box.call.job(name + part, patient)) === name + part, "a job had the answer of another")
      }
      const reasons = await parts(runtime, ask("a"), ask("b"), ask("c"))
      verdict.expect(
        reasons.every((reason) => reason === "normal"),
        `who asked ended: ${reasons.map(String).join()}`,
      )
      verdict.expect(new Set(done).size === 6 && done.length === 6, `jobs done: ${done.join()}`)
    },
    check: verdict.look,
  }
}

/** Nobody leaves where leaving is refused. */
const refused = (): Application => {
  const verdict = new Verdict()
  return {
    tree: { "app:counter": child(counter, { onDetach: refuse }) },
    async run(runtime) {
      const visit = async (self: Self): Promise<void> => {
        const box = await self.acquire<Counter>("app:counter")
        verdict.expect((await box.release()) === false, "who was refused was let go")
        verdict.expect((await box.call.add(undefined, patient)) > 0, "who was refused was not answered")
      }
      await parts(runtime, visit, visit)
    },
    check: verdict.look,
  }
}

export const stoppedWhenIdle: OwnScenario = { promises: [10, 8], make: idle, options: { faults: { callerDies: 1 } } }
export const begunAnew: OwnScenario = { promises: [10], make: anew, options: {} }
export const neverLeft: OwnScenario = { promises: [10], make: refused, options: {} }
export const locked: OwnScenario = { promises: [30], make: locks, options: { faults: { callerDies: 2 } } }
export const pooled: OwnScenario = { promises: [29], make: jobs, options: {} }
