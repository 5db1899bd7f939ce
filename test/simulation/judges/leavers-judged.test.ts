/** Promise 10, judged in every schedule without being asked, where work goes on: a detach behind jobs of a pool's workers, and behind handlers side by side. */

import type { Application } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import {
  child,
  type DetachPolicy,
  keep,
  type MailboxOf,
  type ProcessSelf,
  pool,
  reset,
  SupervisorMailbox,
  server,
  stopWhenIdle,
  supervisor,
} from "../../../actors/index.ts"
import type { Envelope } from "../../../src/kernel/envelope.ts"
import { HandlersBeside } from "../../../src/server/handlers-beside.ts"
import { PoolLeavers } from "../../../src/supervision/pool-leavers.ts"
import { brokenBy, failureOf } from "../../support/broken-runtime.ts"
import { patient } from "../../support/explored.ts"
import { parts } from "../own/scenario.ts"

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const desk = server({
  init: () => ({}),
  concurrency: 3,
  call: { ask: () => pause(1) },
  cast: { note: () => pause(1) },
})
type Desk = MailboxOf<typeof desk>
const worker = server({ init: () => ({}), call: { ask: () => pause(1) }, cast: { note: () => pause(1) } })

/** Two post several things, and leave. */
const posting = (service: Parameters<typeof child>[0], onDetach: DetachPolicy) => (): Application => ({
  tree: { "app:desk": child(service, { onDetach, backoff: { initialMs: 0, maxMs: 0 } }) },
  run: (runtime) => {
    const post = async (self: ProcessSelf<unknown>): Promise<void> => {
      const box = await self.acquire<Desk>("app:desk")
      for (let left = 2; left > 0; left -= 1) box.cast.note()
      await box.call.ask(undefined, patient).catch(() => {})
      box.cast.note()
      await box.release()
    }
    return parts(runtime, post, post)
  },
})
const policies = { keep, reset, stopWhenIdle: stopWhenIdle() }
const services = { desk, pool: pool(worker, { size: 2, queue: 20 }) }
const told = {
  kind: "promise",
  name: "10",
  message: expect.stringMatching(/was given back before what it had posted before was done with: note/),
}

describe("promise 10, where work goes on", () => {
  it.each(Object.entries(services))("holds, whatever the policy is, and whoever crashes: %s", async (_name, service) => {
    for (const policy of Object.values(policies)) {
      expect(await failureOf(posting(service, policy), { schedules: 60 })).toBeUndefined()
      const faults = { crash: 2, callerDies: 1, slowHandler: 1, givesUp: 1 }
      expect(await failureOf(posting(service, policy), { schedules: 60, faults })).toBeUndefined()
    }
  })

  it("holds where one crashes that is to stop, and nobody comes after it", async () => {
    const note = async (self: ProcessSelf<unknown>): Promise<void> => void (await self.acquire<Desk>("app:desk")).cast.note()
    const leaving = (): Application => ({
      tree: { "app:desk": server({ init: () => ({}), cast: { note: () => {} }, detached: () => {} }) },
      run: (runtime) => parts(runtime, note, note),
    })
    expect(await failureOf(leaving, { schedules: 300, faults: { crash: 1, slowHandler: 1 } })).toBeUndefined()
  })

  it("holds where the next incarnation takes what was posted while one clears up that has outlived its supervisor", async () => {
    const slow = server({ init: () => ({}), cast: { note: () => {} }, detached: () => {}, terminate: () => pause(50) })
    const make = (): Application => ({
      tree: { "app:above": supervisor({ children: { "app:desk": child(slow, { shutdown: "infinity" }) } }) },
      run: (runtime) =>
        parts(
          runtime,
          async (self) => {
            const box = await self.acquire<MailboxOf<typeof slow>>("app:desk")
            for (let left = 3; left > 0; left -= 1) {
              box.cast.note()
              await pause(10)
            }
          },
          async (self) => {
            const root = await self.acquire("root", { as: SupervisorMailbox })
            const { pid } = await root.whichChild("app:above")
            if (pid !== undefined) self.exit(pid, "kill")
          },
        ),
    })
    expect(await failureOf(make, { schedules: 300 })).toBeUndefined()
  })

  it("holds where all workers of a pool leave that pool in the middle of their jobs, and what they have posted waits for a worker", async () => {
    const busy = server({
      init: () => ({}),
      call: {
        ask: async (_state: object, depth: number, self: Pick<ProcessSelf<unknown>, "acquire">): Promise<void> => {
          if (depth === 0) return pause(1)
          const box = (await self.acquire<object>("app:desk")) as {
            call: { ask(depth: number, options: object): Promise<void> }
            release(): Promise<boolean>
          }
          void box.call.ask(depth - 1, { timeoutMs: 20 }).catch(() => {})
          await box.release()
        },
      },
    })
    const make = (): Application => ({
      tree: { "app:desk": pool(busy, { size: 2, queue: 20 }) },
      run: (runtime) => {
        const ask = async (self: ProcessSelf<unknown>): Promise<void> =>
          (await self.acquire<MailboxOf<typeof busy>>("app:desk")).call.ask(2, { timeoutMs: 50 }).catch(() => {})
        return parts(runtime, ask, ask, ask)
      },
    })
    expect(await failureOf(make, { schedules: 300 })).toBeUndefined()
  })

  it("is told to be broken by a detach that does not wait for casts side by side", async () => {
    const nobody = () => () => false
    expect(await brokenBy(HandlersBeside.prototype, "hasCastOf", nobody, () => failureOf(posting(desk, keep)))).toMatchObject(told)
  })

  it("is told to be broken by a detach that does not wait for workers of a pool, or for jobs that wait for one", async () => {
    const crowded = () => failureOf(posting(services.pool, keep), { schedules: 60 })
    const atOnce = () => (marker: Envelope) => (marker.argument as () => void)()
    expect(await brokenBy(PoolLeavers.prototype, "leaves", atOnce, crowded)).toMatchObject(told)
    const never = () => () => false
    expect(await brokenBy(PoolLeavers.prototype, "mayWait", never, crowded)).toMatchObject(told)
  })
})
