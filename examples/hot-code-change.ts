/**
 * Hot code change: a till is given new code while it is open. Its state is migrated, and what waits in its inbox is kept.
 *
 * Prints:
 *   by the old code: 300 cents
 *   a migration that fails: Invalid, and still 300 cents
 *   asked before the change, answered after it: 5 EUR
 *   the state now: { amounts: [ 3, 2 ], currency: 'EUR' }
 *   restarted, it runs the new code: 0 EUR
 */

import { PigeonholeError, server, start } from "pigeonhole"

const till = server({
  init: () => ({ cents: 0 }),
  call: {
    total: (state) => `${state.cents} cents`,
    add: (state, amount: number) => {
      state.cents += amount * 100
    },
  },
})

const newTill = server({
  init: () => ({ amounts: [] as number[], currency: "EUR" }),
  call: {
    total: ({ amounts, currency }) => `${amounts.reduce((sum, amount) => sum + amount, 0)} ${currency}`,
    add: (state, amount: number) => {
      state.amounts.push(amount)
    },
  },
})

await using runtime = await start({ "app:till": till }, { log: () => {} })
const mailbox = await runtime.acquire("app:till")

await mailbox.call.add(3)
console.log("by the old code:", await mailbox.call.total())

const broken = (): never => {
  throw new Error("no exchange rate")
}
await runtime.sys.changeCode("app:till", newTill, { migrate: broken }).catch(async (error) => {
  console.log("a migration that fails:", error instanceof PigeonholeError && `${error._tag}, and still ${await mailbox.call.total()}`)
})

await runtime.sys.suspend("app:till")
const waiting = [mailbox.call.add(2), mailbox.call.total()]
const migrate = ({ cents }: { cents: number }) => ({ amounts: [cents / 100], currency: "EUR" })
const pid = await runtime.sys.changeCode("app:till", newTill, { migrate })
await runtime.sys.resume("app:till")
console.log("asked before the change, answered after it:", (await Promise.all(waiting))[1])
console.log("the state now:", await runtime.sys.getState("app:till"))

await runtime.stopProcess(pid)
console.log("restarted, it runs the new code:", await mailbox.call.total())
