/** Promises 30 and 36, judged in every schedule without being asked: keys of locks and leases of stores. Where they are broken on purpose, it is told how. */

import type { Application, ExploreOptions } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import {
  type AskOptions,
  child,
  type KeyedLockMailbox,
  keyedLock,
  type ProcessSelf,
  type ServerSelf,
  StoreMailbox,
  SupervisorMailbox,
  server,
  start,
  store,
} from "../../../actors/index.ts"
import { LockTable, type Ticket } from "../../../actors/lock/lock-table.ts"
import { LeaseTable } from "../../../actors/store/lease-table.ts"
import type { LeaseToken } from "../../../actors/store/lease-token.ts"
import { SupervisedChild } from "../../../src/supervision/supervised-child.ts"
import { brokenBy, failureOf } from "../../support/broken-runtime.ts"
import { patient } from "../../support/explored.ts"
import { parts } from "../own/scenario.ts"

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 1))
const at = { backoff: { initialMs: 0, maxMs: 0 } }

/** Three hold one key after the other, one of them twice, and one leaves with its mailbox. */
const locking = (ask: AskOptions) => (): Application => ({
  tree: { "app:locks": child(keyedLock(), at) },
  run: (runtime) => {
    const work =
      (times: number, leaves = false) =>
      async (self: ProcessSelf<unknown>): Promise<void> => {
        const box = await self.acquire<KeyedLockMailbox>("app:locks")
        for (let left = times; left > 0; left -= 1) {
          const held = box.hold("k", pause, ask).catch(() => {})
          if (leaves) await pause().then(() => box.release())
          await held
        }
      }
    return parts(runtime, work(1), work(2), work(1), work(1, true))
  },
})

/** The same with leases, which end by their time, too. */
const leasing = (state: "reset" | "retain", ask: AskOptions) => (): Application => ({
  tree: { "app:store": child(store(), { ...at, state }) },
  run: (runtime) => {
    const work = (ttl: number | undefined, wait: boolean) => async (self: ProcessSelf<unknown>) => {
      const box = await self.acquire("app:store", { as: StoreMailbox })
      const lease = await box.lease("k", { ttl, wait }, ask).catch(() => undefined)
      await pause()
      if (ttl === 1) await lease?.renew(0.002).catch(() => {})
      if (ttl === 3) await box.breakLease("k").catch(() => {})
      await lease?.release()
    }
    return parts(runtime, work(undefined, true), work(0.01, true), work(1, true), work(3, true), work(0.01, false))
  },
})
const faults = { crash: 2, callerDies: 1, slowHandler: 1, slowReply: 1, lostReply: 1, givesUp: 1, inboxFull: 0.1, clockJump: 1 }
const told = (name: string, how: RegExp) => ({ kind: "promise", name, message: expect.stringMatching(how) })

describe("promises 30 and 36", () => {
  it("hold, whoever crashes, leaves or gives up", async () => {
    const programs = [locking(patient), locking({}), locking({ timeoutMs: 20 }), leasing("reset", patient), leasing("retain", {})]
    for (const make of programs) {
      expect(await failureOf(make, { schedules: 30 })).toBeUndefined()
      const found = await failureOf(make, { schedules: 50, faults: { ...faults, lostReply: make === programs[1] ? 1 : 0 } })
      expect(found?.message).toBeUndefined()
    }
  })

  it("hold where a lock or a store is stopped, and started again", async () => {
    const stopping = (make: () => Application, id: string) => (): Application => {
      const { tree, run } = make()
      return {
        tree,
        run: async (runtime, world) => {
          const all = run(runtime, world)
          const root = await runtime.acquire("root", { as: SupervisorMailbox })
          await root.terminateChild(id).catch(() => {})
          await root.restartChild(id).catch(() => {})
          await all
        },
      }
    }
    for (const faults of [{}, { crash: 2 }]) {
      expect((await failureOf(stopping(locking({}), "app:locks"), { schedules: 80, faults }))?.message).toBeUndefined()
      expect((await failureOf(stopping(leasing("retain", {}), "app:store"), { schedules: 80, faults }))?.message).toBeUndefined()
    }
  })
})

describe("promise 30", () => {
  const look = (options: ExploreOptions = {}, ask: AskOptions = patient) => failureOf(locking(ask), { schedules: 60, ...options })

  it("is told to be broken by two that hold a key at once", async () => {
    const generous = (original: LockTable["take"]) =>
      function (this: LockTable, ticket: Ticket) {
        original.call(this, ticket)
        return true
      }
    expect(await brokenBy(LockTable.prototype, "take", generous, look)).toMatchObject(
      told("30", /was given the key "k" of app:locks, while .* holds it/),
    )
  })

  it("is told to be broken by a lock that forgets at a crash who holds what", async () => {
    const forgetful = () => () => undefined
    const crashing = () => look({ schedules: 300, faults: { crash: 1 } })
    expect(await brokenBy(SupervisedChild.prototype, "legacy", forgetful, crashing)).toMatchObject(
      told("30", /was given the key "k" of app:locks, while .* holds it/),
    )
  })

  it("is told to be broken by one who is passed over", async () => {
    const waiting = new Set<Ticket>()
    const noting = (original: LockTable["take"]) =>
      function (this: LockTable, ticket: Ticket) {
        const isGiven = original.call(this, ticket)
        if (!isGiven) waiting.add(ticket)
        return isGiven
      }
    // Whoever waits longest is taken for one that waits no more.
    const passesOver = (original: LockTable["leave"]) =>
      function (this: LockTable, ticket: Ticket) {
        const first = [...waiting].find(({ table, hasLeft }) => table === this && !hasLeft)
        if (first !== undefined) first.hasLeft = true
        original.call(this, ticket)
        if (first !== undefined) first.hasLeft = false
      }
    const unfair = () => brokenBy(LockTable.prototype, "leave", passesOver, look)
    expect(await brokenBy(LockTable.prototype, "take", noting, unfair)).toMatchObject(
      told("30", /was given the key "k" of app:locks before .*, which had waited longer/),
    )
  })

  it("is told to be broken by one whom nobody lets in", async () => {
    const deaf = () => () => {}
    const lost = told("30", /waits for the key "k" of app:locks, which nobody has/)
    expect(await brokenBy(LockTable.prototype, "leave", deaf, look)).toMatchObject(lost)
    expect(await brokenBy(LockTable.prototype, "leave", deaf, () => look({}, {}))).toMatchObject(lost)
  })

  it("is told to be broken by one whom nobody lets in, whatever timer a service of that id has in another runtime", async () => {
    const deaf = () => () => {}
    const waiting = server({ init: (_none: undefined, self: ServerSelf) => self.after(1e9, "later"), info: () => {} })
    const beside = (): Application => {
      const { tree, run } = locking({})()
      return {
        tree,
        async run(runtime, world) {
          await start({ "app:locks": waiting }, { host: world.host, log: () => {} })
          await run(runtime, world)
        },
      }
    }
    // In the first already: in others that timer may have fired before.
    const look = () => failureOf(beside, { schedules: 1 })
    expect(await brokenBy(LockTable.prototype, "leave", deaf, look)).toMatchObject(
      told("30", /waits for the key "k" of app:locks, which nobody has/),
    )
  })
})

describe("promise 36", () => {
  const look = (state: "reset" | "retain" = "reset", options: ExploreOptions = {}) =>
    failureOf(leasing(state, patient), { schedules: 100, ...options })

  it("is told to be broken by two that hold a lease at once", async () => {
    const generous = (original: LeaseTable["take"]) =>
      function (this: LeaseTable, token: LeaseToken) {
        const knows = LeaseTable.prototype.knows
        LeaseTable.prototype.knows = () => false
        try {
          return original.call(this, token)
        } finally {
          LeaseTable.prototype.knows = knows
        }
      }
    expect(await brokenBy(LeaseTable.prototype, "take", generous, look)).toMatchObject(
      told("36", /was given the lease of "k" of app:store, while .* holds it/),
    )
  })

  it("is told to be broken by one whom nobody lets in", async () => {
    const deaf = () => () => {}
    const unheard = () => brokenBy(LeaseTable.prototype, "leaveSoon", deaf, look)
    expect(await brokenBy(LeaseTable.prototype, "leaveAll", deaf, unheard)).toMatchObject(
      told("36", /waits for the lease of "k" of app:store, which nobody has/),
    )
  })
})
