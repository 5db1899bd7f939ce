import { actor, child, type MailboxOf, type Runtime, StoreMailbox, server, store } from "pigeonhole"

export const about =
  "A till that knows the last payment by its number crashes before it answers; another pays, and the first one, asked again, is paid twice (retry)"
export const needs = ["crashes", "order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const MOST_TRIES = 6
const PRICE = 10

type Book = StoreMailbox<number | string>
/** The key under which it is known that this was paid. */
type Mark = (payment: string) => string

const tillOf = (mark: Mark) =>
  server({
    init: (_none: undefined, self) => self.acquire<Book>("shop:book"),
    call: {
      pay: (book, payment: string): Promise<void> =>
        book.transaction(
          [mark(payment), "sum"],
          (tx) => {
            if (tx.get(mark(payment)) === payment) return
            tx.set(mark(payment), payment)
            tx.set("sum", Number(tx.get("sum") ?? 0) + PRICE)
          },
          patient,
        ),
    },
  })

function shop(mark: Mark) {
  const till = tillOf(mark)
  const paid: string[] = []
  /** Who is not told that it was done asks again, with the same number. */
  const customer = actor<string>(async (self, payment) => {
    const desk = await self.acquire<MailboxOf<typeof till>>("shop:till")
    for (let attempt = 1; attempt <= MOST_TRIES && !paid.includes(payment); attempt += 1) {
      await desk.call.pay(payment, patient).then(
        () => paid.push(payment),
        () => {},
      )
    }
  })
  return {
    tree: { "shop:book": child(store<number | string>(), { state: "retain" }), "shop:till": till },
    async run(runtime: Runtime): Promise<void> {
      const customers = ["first", "second"].map((payment) => runtime.spawn(customer, payment))
      await Promise.all(customers.map((pid) => runtime.whenEnded(pid)))
    },
    async check(runtime: Runtime): Promise<string | undefined> {
      const book = await runtime.acquire("shop:book", { as: StoreMailbox<number> })
      const sum = (await book.get("sum", patient)) ?? 0
      return sum <= 2 * PRICE ? undefined : `two payments of ${PRICE}, and the book says ${sum}`
    },
  }
}

export function buggy() {
  return shop(() => "last")
}

/** Each payment is known for good. */
export function fixed() {
  return shop((payment) => `paid:${payment}`)
}
