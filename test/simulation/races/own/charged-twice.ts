import { actor, type MailboxOf, type Runtime, type StoreMailbox, server, store } from "pigeonhole"

export const about =
  "A cashier crashes when the card is charged and the receipt is not yet written; asked again, it charges again (effect before record)"
export const needs = ["crashes"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const MOST_TRIES = 8

interface Charge {
  readonly order: string
  /** What makes two requests one; without it each is a charge of its own. */
  readonly key: string | undefined
}
type Cashier = MailboxOf<ReturnType<typeof cashierOf>>
type Bank = MailboxOf<ReturnType<typeof bankOf>>

/** The way to the bank. Its book is the bank's own: no crash of ours touches that. */
const bankOf = (book: Charge[]) =>
  server({
    init: () => ({}),
    call: {
      charge: (_state, charge: Charge) => {
        const isKnown = charge.key !== undefined && book.some(({ key }) => key === charge.key)
        if (!isKnown) book.push(charge)
      },
    },
  })

/** Charges an order that has no receipt yet, and writes one. */
const cashierOf = (keyOf: (order: string) => string | undefined) =>
  server({
    init: async (_none: undefined, self) => ({
      bank: await self.acquire<Bank>("shop:bank"),
      receipts: await self.acquire<StoreMailbox<string>>("shop:receipts"),
    }),
    call: {
      pay: async ({ bank, receipts }, order: string): Promise<void> => {
        if (await receipts.has(order, patient)) return
        await bank.call.charge({ order, key: keyOf(order) }, patient)
        await receipts.set(order, "paid", undefined, patient)
      },
    },
  })

function shop(keyOf: (order: string) => string | undefined) {
  const book: Charge[] = []
  const paid: string[] = []
  /** Who hears of a failure tries again. */
  const customer = actor<string>(async (self, order) => {
    const cashier = await self.acquire<Cashier>("shop:cashier")
    for (let attempt = 1; attempt <= MOST_TRIES && !paid.includes(order); attempt += 1) {
      await cashier.call.pay(order, patient).then(
        () => paid.push(order),
        () => {},
      )
    }
  })
  return {
    tree: { "shop:bank": bankOf(book), "shop:receipts": store<string>(), "shop:cashier": cashierOf(keyOf) },
    async run(runtime: Runtime): Promise<void> {
      const customers = ["tea", "milk"].map((order) => runtime.spawn(customer, order))
      await Promise.all(customers.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      const orders = book.map(({ order }) => order)
      const isRight = new Set(orders).size === orders.length && paid.every((order) => orders.includes(order))
      return isRight ? undefined : `paid are ${paid.join(", ")}, and charged were ${orders.join(", ")}`
    },
  }
}

export function buggy() {
  return shop(() => undefined)
}

/** The bank knows an order by its name, and charges it once. */
export function fixed() {
  return shop((order) => order)
}
