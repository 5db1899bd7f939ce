/**
 * A statechart under supervision: an order waits for its payment. The bank cannot be reached at first, which crashes the machine. Its
 * state is retained, so the next incarnation goes on where it was, and pays again.
 *
 * Prints:
 *   paying for 2 books
 *   restarting shop:order: Error: the bank cannot be reached
 *   paying for 2 books
 *   paid: receipt for 2 books
 *   shop:order is unavailable: it is stopped (last: normal)
 */

import { setTimeout } from "node:timers/promises"
import { child, formatExitReason, start } from "pigeonhole"
import { statechart } from "pigeonhole/xstate"
import { assign, fromPromise, setup } from "xstate"

let attempts = 0
const paid = Promise.withResolvers<string>()

const payment = fromPromise(async ({ input }: { input: number }) => {
  console.log(`paying for ${input} books`)
  await setTimeout(5)
  attempts += 1
  if (attempts === 1) throw new Error("the bank cannot be reached")
  return `receipt for ${input} books`
})

const order = setup({
  types: { context: {} as { books: number; receipt: string }, events: {} as { type: "ADD"; books: number } | { type: "PAY" } },
  actors: { payment },
}).createMachine({
  context: { books: 0, receipt: "" },
  initial: "cart",
  states: {
    cart: { on: { ADD: { actions: assign({ books: ({ context, event }) => context.books + event.books }) }, PAY: "paying" } },
    paying: {
      invoke: {
        src: "payment",
        input: ({ context }) => context.books,
        onDone: { target: "paid", actions: assign({ receipt: ({ event }) => event.output }) },
      },
    },
    paid: { type: "final", entry: ({ context }) => paid.resolve(context.receipt) },
  },
})

await using runtime = await start({ "shop:order": child(statechart(order), { restart: "transient", state: "retain" }) }, { log: () => {} })
runtime.inspect((event) => {
  if (event.type === "restarting") console.log(`restarting ${event.child}:`, formatExitReason(event.reason))
})

const mailbox = await runtime.acquire("shop:order")
mailbox.send({ type: "ADD", books: 2 })
mailbox.send({ type: "PAY" })
console.log("paid:", await paid.promise)
await mailbox.snapshot().catch((error) => console.log(error.message))
