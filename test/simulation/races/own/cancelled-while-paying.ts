import { actor, type MailboxOf, type Runtime, server } from "pigeonhole"
import { statechart } from "pigeonhole/xstate"
import { createMachine } from "xstate"

export const about =
  "An order is cancelled while it is being paid, where nothing is said of that: the customer is told that it is, and it is sent (event nobody expects)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }

type Event = { type: "BUY" } | { type: "PAID" } | { type: "SEND" } | { type: "CANCEL" }
const orderOf = (whilePaying: object) =>
  statechart(
    createMachine({
      types: {} as { events: Event },
      initial: "open",
      states: {
        open: { on: { BUY: "paying", CANCEL: "cancelled" } },
        paying: { on: { PAID: "paid", ...whilePaying } },
        paid: { on: { SEND: "sent", CANCEL: "cancelled" } },
        sent: {},
        cancelled: {},
      },
    }),
  )
const bank = server({ init: () => ({}), call: { balance: () => 100, charge: () => true } })
type Order = MailboxOf<ReturnType<typeof orderOf>>

function shop(whilePaying: object) {
  const told: string[] = []
  const ends: unknown[] = []
  const till = actor(async (self) => {
    const order = await self.acquire<Order>("shop:order")
    const card = await self.acquire<MailboxOf<typeof bank>>("shop:bank")
    await order.transition({ type: "BUY" }, patient)
    await card.call.charge(undefined, patient)
    await order.transition({ type: "PAID" }, patient)
    await order.transition({ type: "SEND" }, patient)
    ends.push((await order.snapshot(patient)).value)
  })
  const customer = actor(async (self) => {
    const order = await self.acquire<Order>("shop:order")
    const card = await self.acquire<MailboxOf<typeof bank>>("shop:bank")
    for (let look = 1; look <= 6; look += 1) await card.call.balance(undefined, patient)
    const { value } = await order.transition({ type: "CANCEL" }, patient)
    told.push(value === "sent" ? "too late" : "cancelled")
  })
  return {
    tree: { "shop:bank": bank, "shop:order": orderOf(whilePaying) },
    async run(runtime: Runtime): Promise<void> {
      const both = [runtime.spawn(till), runtime.spawn(customer)]
      await Promise.all(both.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      const isSent = ends[0] === "sent"
      return isSent && told[0] === "cancelled" ? "the customer was told that it is cancelled, and it was sent" : undefined
    },
  }
}

export function buggy() {
  return shop({})
}

export function fixed() {
  return shop({ CANCEL: "cancelled" })
}
