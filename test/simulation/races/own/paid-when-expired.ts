import { actor, type MailboxOf, type Runtime, server } from "pigeonhole"
import { statechart } from "pigeonhole/xstate"
import { createMachine } from "xstate"

export const about =
  "An order is asked whether it can be paid, then the card is charged; meanwhile its time runs out (a guard that was asked too early)"
export const needs = ["timers"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const OPEN_MS = 1_000

/** Open for so long; once its payment has begun, it waits for that. */
const order = statechart(
  createMachine({
    types: {} as { events: { type: "BEGIN" } | { type: "PAY" } },
    initial: "open",
    states: {
      open: { after: { [OPEN_MS]: "expired" }, on: { BEGIN: "paying", PAY: "paid" } },
      paying: { on: { PAY: "paid" } },
      paid: {},
      expired: {},
    },
  }),
)
const card = server({
  init: () => ({ charged: 0 }),
  call: {
    charge: (state) => {
      state.charged += 1
    },
  },
})
type Order = MailboxOf<typeof order>

function shop(mayPay: (order: Order) => Promise<boolean>) {
  const ends: { readonly charged: boolean; readonly order: unknown }[] = []
  const cashier = actor(async (self) => {
    const open = await self.acquire<Order>("shop:order")
    const bank = await self.acquire<MailboxOf<typeof card>>("shop:card")
    const charged = await mayPay(open)
    if (charged) {
      await bank.call.charge(undefined, patient)
      open.send({ type: "PAY" })
    }
    const { value } = await open.snapshot(patient)
    ends.push({ charged, order: value })
  })
  return {
    tree: { "shop:order": order, "shop:card": card },
    async run(runtime: Runtime): Promise<void> {
      await runtime.whenEnded(runtime.spawn(cashier))
    },
    async check(): Promise<string | undefined> {
      const [end] = ends
      const isRight = end !== undefined && end.charged === (end.order === "paid")
      return isRight ? undefined : `the card was ${end?.charged ? "charged" : "left alone"}, and the order is ${end?.order}`
    },
  }
}

export function buggy() {
  return shop((open) => open.can({ type: "PAY" }, patient))
}

/** From here on no time runs out. */
export function fixed() {
  return shop(async (open) => (await open.transition({ type: "BEGIN" }, patient)).value === "paying")
}
