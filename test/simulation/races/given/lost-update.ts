import { actor, type Runtime, server } from "pigeonhole"

export const about =
  "Two tills read a stock count and write it back less one; a read between the other's read and write loses a sale (atomicity)"
export const needs = ["order"]

const stock = server({
  init: (count: number) => ({ count }),
  call: {
    count: (state) => state.count,
    setCount: (state, count: number) => {
      state.count = count
    },
    take: (state) => {
      state.count -= 1
    },
  },
})
const prices = server({ init: () => ({ tea: 3 }), call: { tea: (state) => state.tea } })
const patient = { timeoutMs: Number.POSITIVE_INFINITY }

type Stock = ReturnType<typeof spawnStock>
const spawnStock = (runtime: Runtime) => runtime.spawn(stock, 10)

function shop(takeOne: (pid: Stock) => Promise<void>) {
  let shelf: Stock
  const sold: number[] = []
  return {
    tree: {},
    async run(runtime: Runtime): Promise<void> {
      shelf = spawnStock(runtime)
      const tariff = runtime.spawn(prices)
      const till = actor<number>(async (_self, customers) => {
        // The second till opens later: it looks up its prices first.
        for (let look = 1; look < customers; look += 1) await tariff.call.tea(undefined, patient)
        await takeOne(shelf)
        sold.push(await tariff.call.tea(undefined, patient))
      })
      const tills = [runtime.spawn(till, 1), runtime.spawn(till, 6)]
      await Promise.all(tills.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      const left = await shelf.call.count(undefined, patient)
      return sold.length === 2 && left === 8 ? undefined : `${sold.length} of 10 were sold, and ${left} are left`
    },
  }
}

export function buggy() {
  return shop(async (shelf) => {
    const count = await shelf.call.count(undefined, patient)
    await shelf.call.setCount(count - 1, patient)
  })
}

export function fixed() {
  return shop((shelf) => shelf.call.take(undefined, patient))
}
