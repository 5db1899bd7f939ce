/**
 * Applications as one might have them, to tell what a schedule of about thirty decisions costs: a supervisor with a store and two servers, and an order that
 * goes through three of them. None of them is wrong.
 */

import { actor, type Children, type MailboxOf, type Runtime, StoreMailbox, server, store, supervisor } from "pigeonhole"

/** Made anew for each schedule. */
export interface TimedApplication {
  readonly tree: Children
  run(runtime: Runtime): Promise<void>
  check(runtime: Runtime): Promise<string | undefined>
}

const tickets = store<number>()
type Prices = MailboxOf<typeof prices>
type Desk = MailboxOf<typeof desk>
type Stock = MailboxOf<typeof stock>

const prices = server({ init: () => ({ adult: 12, child: 7 }), call: { of: (state, who: "adult" | "child") => state[who] } })

/** Sells what there is, one at a time. */
const desk = server({
  init: () => ({ sold: 0 }),
  call: {
    sell: async (state, who: "adult" | "child", self): Promise<number | undefined> => {
      const left = await self.acquire("hall:tickets", { as: StoreMailbox<number> })
      const price = await (await self.acquire<Prices>("hall:prices")).call.of(who)
      const before = await left.update("stalls", (count = 0) => Math.max(count - 1, 0))
      if (before === undefined) return undefined
      state.sold += 1
      return price
    },
  },
})

/** Two visitors at the desk of a hall, under a supervisor of its own. */
function hall(): TimedApplication {
  const paid: (number | undefined)[] = []
  return {
    tree: {
      "hall:all": supervisor({ strategy: "one_for_one", children: { "hall:tickets": tickets, "hall:prices": prices, "hall:desk": desk } }),
    },
    async run(runtime: Runtime): Promise<void> {
      const left = await runtime.acquire("hall:tickets", { as: StoreMailbox<number> })
      await left.set("stalls", 5)
      const visitor = actor<"adult" | "child">(async (self, who) => {
        const box = await self.acquire<Desk>("hall:desk")
        paid.push(await box.call.sell(who))
      })
      await Promise.all((["adult", "child"] as const).map((who) => runtime.whenEnded(runtime.spawn(visitor, who))))
    },
    async check(): Promise<string | undefined> {
      return paid.toSorted().join(" ") === "12 7" ? undefined : `paid were ${paid.join(" ")}`
    },
  }
}

const stock = server({
  init: () => ({ left: 10 }),
  call: {
    reserve: (state, count: number) => {
      state.left -= count
      return state.left
    },
  },
})

const audit = server({ init: () => ({ lines: [] as string[] }), cast: { note: (state, line: string) => void state.lines.push(line) } })

/** Orders that are taken at once, each told to an audit that nobody waits for. */
function orders(): TimedApplication {
  const lefts: number[] = []
  return {
    tree: { "orders:stock": stock, "orders:audit": audit, "orders:paid": store<string>() },
    async run(runtime: Runtime): Promise<void> {
      const order = actor<string>(async (self, name) => {
        const [shelf, paid] = [await self.acquire<Stock>("orders:stock"), await self.acquire("orders:paid", { as: StoreMailbox<string> })]
        const log = await self.acquire<MailboxOf<typeof audit>>("orders:audit")
        lefts.push(await shelf.call.reserve(1))
        await paid.set(name, "paid")
        log.cast.note(name)
      })
      await Promise.all(["a", "b", "c"].map((name) => runtime.whenEnded(runtime.spawn(order, name))))
    },
    async check(runtime: Runtime): Promise<string | undefined> {
      const paid = await runtime.acquire("orders:paid", { as: StoreMailbox<string> })
      return lefts.length === 3 && (await paid.has("c")) ? undefined : `left were ${lefts.join(" ")}`
    },
  }
}

export const APPLICATIONS: Readonly<Record<string, () => TimedApplication>> = { hall, orders }
