/** Promises 29 and 8, judged in every schedule without being asked: jobs of pools, and who is told of a crash. Where the runtime is broken on purpose, it is told how. */

import type { Application } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { actor, child, type MailboxOf, type ProcessSelf, pool, type Startable, server } from "../../../actors/index.ts"
import type { Inbox } from "../../../src/kernel/inbox.ts"
import { InboxQueue } from "../../../src/kernel/inbox-queue.ts"
import { Kernel } from "../../../src/kernel/kernel.ts"
import { Process } from "../../../src/kernel/process.ts"
import { ProcessRequests } from "../../../src/kernel/process-requests.ts"
import { PoolSupervisor } from "../../../src/supervision/pool-supervisor.ts"
import { brokenBy, brokenInside, failureOf } from "../../support/broken-runtime.ts"
import { patient } from "../../support/explored.ts"
import { parts } from "../own/scenario.ts"

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 1))
const handlers = {
  init: () => ({}),
  call: {
    ask: pause,
    crash: async () => {
      await pause()
      throw new Error("wanted")
    },
  },
  cast: { note: pause },
}
const moody = server(handlers)
const busy = server({ ...handlers, concurrency: 3 })
type Box = MailboxOf<typeof moody>

const visited = (service: Startable, names: readonly ("ask" | "crash")[]) => (): Application => ({
  tree: { "app:desk": child(service, { backoff: { initialMs: 0, maxMs: 0 } }) },
  run: (runtime) =>
    parts(
      runtime,
      ...names.map((name) => async (self: ProcessSelf<unknown>) => {
        const box = await self.acquire<Box>("app:desk")
        box.cast.note()
        await box.call[name](undefined, patient).catch(() => {})
        box.cast.note()
      }),
    ),
})
const pooled = visited(pool(moody, { size: 2, queue: 20 }), ["ask", "ask", "crash"])
const together = visited(busy, ["ask", "ask", "crash"])
const alone = visited(moody, ["ask", "crash"])
const told = (name: string, how: RegExp) => ({ kind: "promise", name, message: expect.stringMatching(how) })

describe("promise 29: pools, and promise 8: who is told of a crash", () => {
  it("hold, whoever crashes", async () => {
    for (const make of [pooled, together, alone]) {
      expect(await failureOf(make, { schedules: 60 })).toBeUndefined()
      const faults = { crash: 2, callerDies: 1, slowHandler: 1, slowReply: 1, givesUp: 1 }
      expect(await failureOf(make, { schedules: 60, faults })).toBeUndefined()
    }
  })
})

describe("promise 3: each request of a pool is answered", () => {
  it("holds where the answer of a worker is slow, and its pool stops meanwhile", async () => {
    const left = (): Application => ({
      tree: { "app:desk": pool(moody, { size: 1, queue: 20 }) },
      run: async (runtime) => {
        const asking = actor(async (self) => {
          const box = await self.acquire<Box>("app:desk")
          await box.call.ask(undefined, patient)
        })
        runtime.spawn(asking)
        await parts(runtime, pause, pause, pause)
      },
    })
    expect((await failureOf(left, { schedules: 200, faults: { slowReply: 1 } }))?.message).toBeUndefined()
  })
})

describe("promise 29", () => {
  it("is told to be broken by a worker that is given a job while it is at another", async () => {
    const atOnce = (original: Kernel["signal"]) =>
      function (this: Kernel, ...[inbox, kind, argument, ...more]: Parameters<Kernel["signal"]>): boolean {
        if (kind !== "marker" || !isWorkers(inbox)) return original.call(this, inbox, kind, argument, ...more)
        const over = argument as () => void
        over()
        return true
      }
    const failure = await brokenBy(Kernel.prototype, "signal", atOnce, () => failureOf(pooled, { schedules: 100 }))
    expect(failure).toMatchObject(told("29", /app:desk.* was given \w+, and is not done with note/))
  })

  it("is told to be broken by a job that is given before one that has waited longer", async () => {
    const newest = (original: InboxQueue["takeHeld"]) =>
      function (this: InboxQueue, wanted: Parameters<InboxQueue["takeHeld"]>[0]) {
        const last = this.first(Number.MAX_SAFE_INTEGER).at(-1)
        return original.call(this, (each) => each === last && wanted(each)) ?? original.call(this, wanted)
      }
    const failure = await brokenBy(InboxQueue.prototype, "takeHeld", newest, () => failureOf(pooled, { schedules: 100 }))
    expect(failure).toMatchObject(told("29", /app:desk gave a worker \w+ before \w+, which had waited longer/))
  })
})

describe("promise 8", () => {
  it("is told to be broken where every caller is told what one has made crash", async () => {
    let thrown: unknown
    const listening: Parameters<typeof brokenInside>[2] = (original) =>
      function (this: unknown, ...parameters) {
        thrown = parameters[0]
        return original.apply(this, [...parameters])
      }
    const talking: Parameters<typeof brokenInside>[2] = (original) =>
      function (this: unknown, ...parameters) {
        return original.apply(this, [parameters[0], { error: thrown }])
      }
    const open = () => brokenInside(ProcessRequests.prototype, "failOpen", talking, () => failureOf(together, { schedules: 60 }))
    expect(await brokenInside(Process.prototype, "crash", listening, open)).toMatchObject(
      told("8", /was told of ask what app:desk has crashed with at another's request/),
    )
  })
})

function isWorkers({ owner }: Inbox): boolean {
  return owner instanceof Process && owner.parent instanceof PoolSupervisor
}
