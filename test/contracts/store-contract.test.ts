/** The contract of stores tells a store that keeps it from one that does not, and passes over what a store does not claim. */

import { describe, expect, it } from "vitest"
import { store } from "../../actors/index.ts"
import { type OpenStage, stageStore, storeContract, type TestedStore, virtualTime } from "../../actors/testing.ts"

/** Runs all of it, or what begins so; gives the names of what failed, and of what was passed over. */
async function outcomeOf(open: OpenStage, beginning = "") {
  const runs: [name: string, run: () => Promise<void>][] = []
  const passedOver: string[] = []
  storeContract((name, run) => runs.push([name, run]), open, { passedOver: (name) => passedOver.push(name), without: ["limits"] })
  const failed: string[] = []
  for (const [name, run] of runs) if (name.startsWith(beginning)) await run().catch(() => failed.push(name))
  return { names: runs.map(([name]) => name), failed, passedOver }
}

/** A store whose mailboxes do one thing otherwise. */
const spoiled =
  (spoil: (mailbox: TestedStore) => Partial<TestedStore>): OpenStage =>
  async (wish) => {
    const stage = await stageStore(({ maxEntries = 0 }) => store({ maxEntries }))(wish)
    return {
      ...stage,
      async acquire(principal) {
        const mailbox = await stage.acquire(principal)
        return Object.assign(mailbox, spoil(Object.create(mailbox, bound(mailbox))))
      },
    }
  }

/** Its everyday operations as they were. */
function bound(mailbox: TestedStore): PropertyDescriptorMap {
  const names = ["get", "set", "has", "delete", "increment"] as const
  return Object.fromEntries(names.map((name) => [name, { value: mailbox[name]?.bind(mailbox) }]))
}

describe("the contract of stores", () => {
  it.each<[fault: string, failing: string, spoil: (mailbox: TestedStore) => Partial<TestedStore>]>([
    ["forgets TTLs", "ttl: an entry is there until its time is over", ({ set }) => ({ set: (key, value) => set(key, value) })],
    [
      "says that nothing was deleted",
      "delete: says whether it was there",
      (one) => ({ delete: (key) => one.delete(key).then(() => false) }),
    ],
    [
      "takes bad keys",
      "keys: what is none is Invalid, for each operation",
      (one) => ({ get: async (key) => (key === "" ? undefined : one.get(key)) }),
    ],
    ["gives what can be changed", "values: no reader can change", (one) => ({ get: async (key) => structuredClone(await one.get(key)) })],
    ["counts one too many", "increment: counts from 0", (one) => ({ increment: (key, by = 1) => one.increment?.(key, by + 1) as never })],
  ])("finds a store that %s", async (_fault, failing, spoil) => {
    const { failed } = await outcomeOf(spoiled(spoil), failing)
    expect(failed.length).toBeGreaterThan(0)
    expect(
      (
        await outcomeOf(
          spoiled(() => ({})),
          failing,
        )
      ).failed,
    ).toEqual([])
  })

  it("passes over what a store does not have, by name", async () => {
    const { names, failed, passedOver } = await outcomeOf(spoiled(() => ({ put: undefined as never, watch: undefined as never })))
    expect(failed).toEqual([])
    const needing = (word: string) => names.filter((name) => name.startsWith(word))
    expect(passedOver).toEqual(
      expect.arrayContaining([...needing("put:"), ...needing("watch:"), ...needing("full:"), ...needing("reopen:")]),
    )
    expect(passedOver.length).toBeLessThan(names.length / 2)
  })

  describe("says of what is no store what it lacks", () => {
    const firstOf = async (open: unknown): Promise<string> => {
      const runs: (() => Promise<void>)[] = []
      storeContract((_name, run) => runs.push(run), open as OpenStage)
      return String(await runs[0]?.().catch((error: unknown) => error))
    }
    const giving = (mailbox: unknown) => async () => ({ time: virtualTime(), acquire: async () => mailbox, close: async () => {} })
    const map = new Map()
    const half = { get: async () => undefined, set: async () => true, info: 5 }

    it.each<[said: string, open: unknown]>([
      ["open must give a stage; got undefined", () => undefined],
      ["the stage must have time, acquire and close; it lacks close", async () => ({ time: virtualTime(), acquire: async () => map })],
      ["acquire must give a store; got undefined", giving(undefined)],
      ["acquire must give a store, with get, set, has, delete and release at least; it lacks release", giving(map)],
      ["acquire must give a store, with get, set, has, delete and release at least; it lacks has, delete, release", giving(half)],
    ])("%s", async (said, open) => {
      expect(await firstOf(open)).toContain(said)
    })

    it("and of what answers at once what it has answered", async () => {
      const atOnce = { get: () => 1, set: () => true, has: () => true, delete: () => true, release: () => true }
      const { failed } = await outcomeOf(giving(atOnce) as never, "keys: what is none is Invalid, for each")
      expect(failed).toHaveLength(1)
      const runs: (() => Promise<void>)[] = []
      storeContract((name, run) => name.startsWith("keys: what is none") && runs.push(run), giving(atOnce) as never)
      expect(String(await runs[0]?.().catch((error: unknown) => error))).toContain("should be refused with INVALID; it was answered with")
    })
  })
})
