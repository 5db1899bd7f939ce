/** A supervisor of like children, of which a key picks one, by Elixir's manual: PartitionSupervisor. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  child,
  dynamicSupervisor,
  PartitionSupervisorMailbox,
  partitionSupervisor,
  StoreMailbox,
  server,
  store,
  supervisor,
} from "../../actors/index.ts"
import { partitionIndex } from "../../src/service/partition.ts"
import { bootApp } from "../support/app.ts"
import { fieldOf, refusal } from "../support/errors.ts"

const counter = server({
  init: (from: number) => ({ count: from }),
  call: {
    add: (state) => {
      state.count += 1
      return state.count
    },
    crash: () => {
      throw new Error("boom")
    },
  },
})

describe("acquire with a key", () => {
  it("gives the same partition for the same key, and others for others", async () => {
    const { runtime } = await bootApp({ "app:cache": partitionSupervisor({ child: store<number>(), partitions: 4 }) })
    const ids = new Set<string>()
    for (let user = 0; user < 100; user += 1) {
      const key = `user:${user}`
      const [one, again] = [await runtime.acquire("app:cache", { key }), await runtime.acquire("app:cache", { key })]
      await one.set(key, user)
      expect(await again.get(key)).toBe(user)
      expect(again.id).toBe(one.id)
      ids.add(one.id)
    }
    expect([...ids].sort()).toEqual(["app:cache#0", "app:cache#1", "app:cache#2", "app:cache#3"])
    await runtime.stop()
  })

  it("takes a whole number by its remainder, as Elixir does", () => {
    expect([0, 1, 5, -5, 8].map((key) => partitionIndex(key, 4))).toEqual([0, 1, 1, 1, 0])
  })

  it("spreads keys evenly: no partition gets more than a third beyond its share", () => {
    for (const keys of [
      Array.from({ length: 8000 }, (_, index) => `user:${index}`),
      Array.from({ length: 8000 }, (_, index) => index.toString(36)),
      Array.from({ length: 8000 }, (_, index) => `${index}`.padStart(12, "0")),
    ]) {
      const counts = new Array<number>(8).fill(0)
      for (const key of keys) counts[partitionIndex(key, 8)] = (counts[partitionIndex(key, 8)] ?? 0) + 1
      expect(Math.max(...counts)).toBeLessThan(1333)
      expect(Math.min(...counts)).toBeGreaterThan(667)
    }
  })

  it("picks one of those there are, whatever the key", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.maxSafeInteger()), fc.integer({ min: 1, max: 1000 }), (key, partitions) => {
        const index = partitionIndex(key, partitions)
        expect(Number.isInteger(index) && index >= 0 && index < partitions).toBe(true)
        expect(partitionIndex(key, partitions)).toBe(index)
      }),
    )
  })

  it("refuses a key that is none, and a key where there are no partitions", async () => {
    const { runtime } = await bootApp({ "app:p": partitionSupervisor({ child: store(), partitions: 2 }), "app:s": store() })
    for (const key of [1.5, Number.NaN, {}, null] as never[]) {
      expect((await refusal(runtime.acquire("app:p", { key }))).details.field).toBe("key")
    }
    expect((await refusal(runtime.acquire("app:s", { as: StoreMailbox, key: "k" }))).details.field).toBe("key")
    await runtime.stop()
  })

  it("is there for processes, too", async () => {
    const { runtime } = await bootApp({ "app:p": partitionSupervisor({ child: store<number>(), partitions: 2 }) })
    const writer = server({
      init: async (_argument: undefined, self) => {
        const box = await self.acquire("app:p", { as: StoreMailbox<number>, key: 3 })
        await box.set("k", 3)
        return {}
      },
      call: { ready: () => true },
    })
    await runtime.spawn(writer).call.ready()
    expect(await (await runtime.acquire("app:p#1", { as: StoreMailbox<number> })).get("k")).toBe(3)
    await runtime.stop()
  })
})

describe("a partition supervisor", () => {
  it("restarts a partition alone, with the options of its child", async () => {
    const partitioned = partitionSupervisor({ child: child(counter, { argument: 10, state: "retain" }), partitions: 2 })
    const { runtime, time } = await bootApp({ "app:p": partitioned })
    const [even, odd] = [await runtime.acquire("app:p", { key: 0 }), await runtime.acquire("app:p", { key: 1 })]
    expect([await even.call.add(), await odd.call.add(), await odd.call.add()]).toEqual([11, 11, 12])
    await refusal(odd.call.crash())
    await time.settle()
    expect([await even.call.add(), await odd.call.add()]).toEqual([12, 13])
    await runtime.stop()
  })

  it("lists and counts its partitions; it takes and loses none", async () => {
    const { runtime } = await bootApp({ "app:p": partitionSupervisor({ child: store(), partitions: 3 }) })
    const box = await runtime.acquire("app:p")
    expect(box).toBeInstanceOf(PartitionSupervisorMailbox)
    expect(box.partitions).toBe(3)
    expect(await box.countChildren()).toEqual({ specs: 3, active: 3, supervisors: 0, workers: 3 })
    expect((await box.whichChildren()).map(({ id }) => id)).toEqual(["app:p#0", "app:p#1", "app:p#2"])
    expect(runtime.tree().children[0]?.children.map(({ id }) => id)).toEqual(["app:p#0", "app:p#1", "app:p#2"])
    expect("startChild" in box).toBe(false)
    await runtime.stop()
  })

  it("gives up beyond its intensity, as any supervisor", async () => {
    const { runtime, time, events } = await bootApp({
      "app:p": partitionSupervisor({ child: child(counter, { argument: 0 }), partitions: 2, intensity: 0 }),
    })
    const box = await runtime.acquire("app:p", { key: 0 })
    await refusal(box.call.crash())
    await time.settle()
    expect(events).toContainEqual(expect.objectContaining({ type: "gave_up", supervisor: "app:p", child: "app:p#0" }))
    // Its supervisor has started it anew.
    expect(await box.call.add()).toBe(1)
    await runtime.stop()
  })

  it("can be required, as a whole and by partition", async () => {
    const order: string[] = []
    const noted = (name: string) => server({ init: () => ({ at: order.push(name) }) })
    const { runtime } = await bootApp({
      "app:after": child(noted("after"), { requires: ["app:p#1"] }),
      "app:last": child(noted("last"), { requires: ["app:p"] }),
      "app:p": partitionSupervisor({ child: noted("partition"), partitions: 2 }),
    })
    expect(order).toEqual(["partition", "partition", "after", "last"])
    await runtime.stop()
  })

  it("is checked when it is defined", () => {
    expect(fieldOf(() => partitionSupervisor({ child: store(), partitions: 0 }))).toBe("partitions")
    expect(fieldOf(() => partitionSupervisor({ child: store(), partitions: 1.5 }))).toBe("partitions")
    expect(fieldOf(() => partitionSupervisor({ child: store(), partitions: 65_537 }))).toBe("partitions")
    expect(partitionSupervisor({ child: store(), partitions: 65_536 }).partitions).toBe(65_536)
    expect(fieldOf(() => partitionSupervisor({ child: {} as never, partitions: 1 }))).toBe("child")
    expect(fieldOf(() => partitionSupervisor({ child: supervisor({ children: {} }), partitions: 1 }))).toBe("child")
    expect(fieldOf(() => partitionSupervisor({ child: dynamicSupervisor(), partitions: 1 }))).toBe("child")
    expect(fieldOf(() => partitionSupervisor({ child: child(store(), { restart: "no" as never }), partitions: 1 }))).toBe("child.restart")
    const significant = child(store(), { restart: "temporary", significant: true })
    expect(fieldOf(() => partitionSupervisor({ child: significant, partitions: 1 }))).toBe("child.significant")
  })
})
