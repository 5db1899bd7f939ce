import { actor, type MailboxOf, type Runtime, server } from "pigeonhole"

export const about =
  "Orders asks stock in the middle of an order while stock asks orders in the middle of a count: both wait for ever (deadlock)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
type Orders = MailboxOf<ReturnType<typeof ordersOf>>
type Stock = MailboxOf<ReturnType<typeof stockOf>>
type Reserved = (open: number, orders: () => Promise<Orders>) => number | Promise<number>

/** Takes orders, and asks stock whether there is something left. */
const ordersOf = () =>
  server({
    init: () => ({ open: 0 }),
    call: {
      countOpen: (state) => state.open,
      place: async (state, _none: undefined, self): Promise<boolean> => {
        const stock = await self.acquire<Stock>("shop:stock")
        const isThere = await stock.call.take(undefined, patient)
        if (isThere) state.open += 1
        return isThere
      },
    },
  })

/** Keeps the goods. Its count says how many of them are promised; that is known to orders, or counted here as they are taken. */
const stockOf = (reserved: Reserved) =>
  server({
    init: () => ({ left: 5, taken: 0 }),
    call: {
      take: (state): boolean => {
        if (state.left === 0) return false
        state.left -= 1
        state.taken += 1
        return true
      },
      count: async (state, _none: undefined, self): Promise<{ left: number; promised: number }> => {
        const promised = await reserved(state.taken, () => self.acquire<Orders>("shop:orders"))
        return { left: state.left, promised }
      },
    },
  })

function shop(reserved: Reserved) {
  const counts: { left: number; promised: number }[] = []
  const customer = actor(async (self) => {
    const orders = await self.acquire<Orders>("shop:orders")
    await orders.call.place(undefined, patient)
  })
  const auditor = actor(async (self) => {
    const orders = await self.acquire<Orders>("shop:orders")
    const stock = await self.acquire<Stock>("shop:stock")
    for (let look = 1; look <= 6; look += 1) await orders.call.countOpen(undefined, patient)
    counts.push(await stock.call.count(undefined, patient))
  })
  return {
    tree: { "shop:orders": ordersOf(), "shop:stock": stockOf(reserved) },
    async run(runtime: Runtime): Promise<void> {
      const both = [runtime.spawn(customer), runtime.spawn(auditor), runtime.spawn(customer)]
      await Promise.all(both.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return counts.length === 1 ? undefined : "the goods were not counted"
    },
  }
}

export function buggy() {
  return shop(async (_taken, acquireOrders) => (await acquireOrders()).call.countOpen(undefined, patient))
}

export function fixed() {
  return shop((taken) => taken)
}
