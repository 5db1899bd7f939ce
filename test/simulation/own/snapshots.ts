/**
 * Stores that keep snapshots in a file, under crashes, files that fail and files that are torn: whatever a store begins with was its state at one moment. That
 * is judged unasked; what is asked for here is only much of it.
 */

import { fileSnapshot } from "pigeonhole/durable"
import type { Application } from "pigeonhole/simulation"
import { child, type StoreMailbox, store } from "../../../actors/index.ts"
import { type OwnScenario, parts, type Self, Verdict } from "./scenario.ts"

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const snapshot = { to: fileSnapshot("own.snapshot"), everyMs: 5 }
const stores = { "app:store": child(store<number>({ snapshot }), { backoff: { initialMs: 5 } }) }
const boxOf = (self: Self) => self.acquire<StoreMailbox<number>>("app:store")
const shortly = () => new Promise((resolve) => setTimeout(resolve, 5))

/** Money is moved from one key to another: after a crash there is as much of it as before, or none at all. */
const moved = (): Application => {
  const verdict = new Verdict()
  return {
    tree: stores,
    async run(runtime) {
      const begin = async (box: StoreMailbox<number>) => {
        if (!(await box.has("a", patient))) await box.setMany([["c", 0]], undefined, patient)
        await box.transaction(
          ["a", "b"],
          (tx) => {
            if (tx.get("a") !== undefined) return
            tx.set("a", 5)
            tx.set("b", 5)
          },
          patient,
        )
      }
      const move = async (self: Self) => {
        const box = await boxOf(self)
        for (let round = 0; round < 3; round += 1) {
          await begin(box).catch(() => {})
          const step = async (): Promise<unknown> =>
            box.transaction(
              ["a", "b"],
              (tx) => {
                const [a, b] = [tx.get("a"), tx.get("b")]
                if (a === undefined || b === undefined) return void verdict.expect(a === b, `${a} and ${b}`)
                verdict.expect(a + b === 10, `${a} and ${b}`)
                tx.set("a", a - 1)
                tx.set("b", b + 1)
              },
              patient,
            )
          await step().catch(() => {})
          await shortly()
        }
      }
      await parts(runtime, move, move)
    },
    check: verdict.look,
  }
}

/** Entries that live for a time, and are written by two: no crash makes one live longer, and none gives an old version again. */
const lasting = (): Application => ({
  tree: stores,
  async run(runtime) {
    const write = (key: string) => async (self: Self) => {
      const box = await boxOf(self)
      for (let round = 1; round <= 3; round += 1) {
        await box.put(key, round, round === 2 ? { idle: 0.01, ttl: 0.03 } : { ttl: 0.02 }, patient).catch(() => {})
        await box.entry(key, patient).catch(() => {})
        await shortly()
        await box.delete("both", patient).catch(() => {})
        await box.getMany([key, "both"], patient).catch(() => {})
        await box.increment("both", 1, undefined, patient).catch(() => {})
      }
    }
    await parts(runtime, write("a"), write("b"))
  },
})

const faults = { crash: 2, fileFails: 1, tornFile: 1 } as const

export const snapshotsOfTwoKeys: OwnScenario = { promises: [37], make: moved, options: { faults } }
export const snapshotsInTime: OwnScenario = { promises: [37], make: lasting, options: { faults } }
