import { actor, child, type MailboxOf, type Runtime, StoreMailbox, server, store } from "pigeonhole"

export const about =
  "A teller crashes between taking from one account and giving to the other: the money is nowhere (two writes that should be one)"
export const needs = ["crashes"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const AMOUNT = 30

type Accounts = StoreMailbox<number>
type Move = (accounts: Accounts, from: string, to: string) => Promise<unknown>

const tellerOf = (move: Move) =>
  server({
    init: (_none: undefined, self) => self.acquire<Accounts>("bank:accounts"),
    call: {
      transfer: async (accounts, { from, to }: { readonly from: string; readonly to: string }) => void (await move(accounts, from, to)),
    },
  })

function bank(move: Move) {
  const teller = tellerOf(move)
  /** Hears whether it was done, and leaves it at that. */
  const customer = actor<readonly [string, string]>(async (self, [from, to]) => {
    const desk = await self.acquire<MailboxOf<typeof teller>>("bank:teller")
    await desk.call.transfer({ from, to }, patient).catch(() => {})
  })
  return {
    tree: { "bank:accounts": child(store<number>(), { state: "retain" }), "bank:teller": teller },
    async run(runtime: Runtime): Promise<void> {
      const customers = [runtime.spawn(customer, ["Ann", "Bob"] as const), runtime.spawn(customer, ["Bob", "Eve"] as const)]
      await Promise.all(customers.map((pid) => runtime.whenEnded(pid)))
    },
    async check(runtime: Runtime): Promise<string | undefined> {
      const accounts = await runtime.acquire("bank:accounts", { as: StoreMailbox<number> })
      const balances = (await accounts.getMany(["Ann", "Bob", "Eve"], patient)).map((balance) => balance ?? 0)
      const sum = balances.reduce((total, balance) => total + balance, 0)
      return sum === 0 ? undefined : `the accounts come to ${sum}, and should to 0: ${balances.join(", ")}`
    },
  }
}

export function buggy() {
  return bank(async (accounts, from, to) => {
    await accounts.increment(from, -AMOUNT, undefined, patient)
    await accounts.increment(to, AMOUNT, undefined, patient)
  })
}

/** Both are written, or neither. */
export function fixed() {
  return bank((accounts, from, to) =>
    accounts.transaction(
      [from, to],
      (tx) => {
        tx.set(from, (tx.get(from) ?? 0) - AMOUNT)
        tx.set(to, (tx.get(to) ?? 0) + AMOUNT)
      },
      patient,
    ),
  )
}
