import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  actor,
  child,
  type Pid,
  PigeonholeError,
  reset,
  StoreMailbox,
  server,
  stopWhenIdle,
  store,
  supervisor,
} from "../../actors/index.ts"
import { bootTree } from "../support/app.ts"
import { seeds } from "../support/seeds.ts"

/** Asks that answer now, answer late, never answer, or crash their server; casts; and what happens to services meanwhile. */
const command = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constantFrom("answer", "later", "never", "busy", "busy", "crash", "cast", "cast", "set", "get", "bind"),
      at: fc.nat(2),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom("exit", "kill", "crashes", "free", "release", "acquire", "holder", "raw"),
      at: fc.nat(2),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("advance"), at: fc.nat(4000) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("settle"), at: fc.constant(0) }) },
)

/** Lets busy handlers go on. */
class Latch {
  #waiting: (() => void)[] = []
  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
  open(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

function tree(latch: Latch) {
  const moody = server({
    init: () => ({ later: [] as (() => void)[] }),
    call: {
      answer: (state) => {
        for (const answer of state.later.splice(0)) answer()
        return "answer"
      },
      later: (state, _argument: undefined, self) => {
        const deferred = self.defer<string>()
        state.later.push(() => void deferred.reply("later"))
        return deferred
      },
      never: (_state, _argument: undefined, self) => self.defer<string>(),
      busy: () => latch.wait(),
      crash: () => {
        throw new Error("crash")
      },
    },
    cast: { note: () => {} },
  })
  const inbox = { capacity: 6 }
  return supervisor({
    intensity: 4,
    periodMs: 1000,
    children: {
      "m:0": child(moody, { inbox }),
      "m:1": child(moody, { inbox: { ...inbox, overflow: "drop_oldest" }, onDetach: stopWhenIdle({ lingerMs: 10 }) }),
      "m:2": child(moody, { inbox, onDetach: reset, restart: "transient" }),
      "s:0": child(store(), { inbox }),
      "s:1": child(store(), { inbox, state: "retain", onDetach: stopWhenIdle() }),
      "s:2": child(store({ maxEntries: 2 }), { inbox, onDetach: reset }),
    },
  })
}

const holder = (id: string) =>
  actor(async (self) => {
    const mailbox = await self.acquire(id, { as: StoreMailbox })
    void mailbox.set("held", 1, { bound: true }).catch(() => {})
    throw new Error("dies holding a mailbox")
  })

const unlimited = { timeoutMs: Number.POSITIVE_INFINITY }

describe("conservation (promise 2)", () => {
  it("holds under random crashes, restarts, overflows, timeouts, detaches and stops: nothing is lost, each ask settles once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
        const latch = new Latch()
        const { runtime, time } = await bootTree(tree(latch))
        const acquireMood = (at: number) => runtime.acquire(`m:${at}` as "m:0")
        const moods = new Map<number, Awaited<ReturnType<typeof acquireMood>>>()
        const stores = new Map<number, StoreMailbox<unknown>>()
        let asked = 0
        let settled = 0
        const strangers: unknown[] = []
        const account = (answer: Promise<unknown> | undefined): void => {
          if (answer === undefined) return
          asked += 1
          const note = (error?: unknown): void => {
            settled += 1
            if (error !== undefined && !(error instanceof PigeonholeError)) strangers.push(error)
          }
          answer.then(() => note(), note)
        }
        const acquire = (at: number): void => {
          account(acquireMood(at).then((mailbox) => void moods.set(at, mailbox)))
          account(runtime.acquire(`s:${at}` as "s:0").then((mailbox) => void stores.set(at, mailbox)))
        }
        for (const at of [0, 1, 2]) acquire(at)
        await time.settle()

        for (const { type, at } of commands) {
          const [mood, kept] = [moods.get(at), stores.get(at)]
          // Without a time limit of their own: what is lost would never settle.
          if (type === "answer" || type === "later" || type === "busy" || type === "crash") account(mood?.call[type](undefined, unlimited))
          else if (type === "never") account(mood?.call.never(undefined, { timeoutMs: 100 }))
          else if (type === "crashes") for (let crash = 0; crash < 6; crash += 1) account(mood?.call.crash(undefined, unlimited))
          else if (type === "free") latch.open()
          else if (type === "cast") mood?.cast.note()
          else if (type === "set") account(kept?.set(`k${asked}`, asked, 1, unlimited))
          else if (type === "bind") account(kept?.set(`b${asked}`, asked, { bound: true }))
          else if (type === "get") account(kept?.get("k1"))
          else if (type === "release") account(kept?.release())
          else if (type === "acquire") acquire(at)
          else if (type === "holder" && runtime.tree().state === "running") runtime.spawn(holder(`s:${at}`))
          else if (type === "advance") await time.advance(at)
          else if (type === "settle") await time.settle()
          else {
            const pid: Pid | undefined = runtime.whereis(`s:${at}`)
            if (pid !== undefined && type === "raw") account(runtime.ask(pid, "raw"))
            else if (pid !== undefined) runtime.exit(pid, type === "kill" ? "kill" : { error: new Error("exit") })
          }
        }
        await time.advance(200)
        const stopped = runtime.stop()
        await time.advance(60_000)
        await stopped

        const { accepted, handled, returned, reported, waiting, processes, spawned, exited } = runtime.statistics()
        expect(strangers).toEqual([])
        expect(settled).toBe(asked)
        expect(handled + returned + reported + waiting).toBe(accepted)
        expect({ waiting, processes, unburied: spawned - exited, timers: time.armedTimers }).toEqual({
          waiting: 0,
          processes: 0,
          unburied: 0,
          timers: 0,
        })
      }),
      seeds(700, 8),
    )
  }, 60_000)
})
