import { actor, Conflict, type ProcessSelf, type Runtime, StoreMailbox, store } from "pigeonhole"

export const about =
  "A lease is renewed between two parts of a work; where it is lost it is asked for anew, and the work goes on with what was read before another had it (lost lease)"
export const needs = ["timers"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const LEASE_S = 1
const PART_MS = 600
const WAIT_MS = 300
const MOST_TRIES = 6

type Ledger = StoreMailbox<number>
type Lease = Awaited<ReturnType<Ledger["lease"]>>

const pause = async (self: ProcessSelf<unknown>, ms: number): Promise<void> => {
  self.after(ms, "pause is over")
  await self.receive((message) => message === "pause is over")
}

/** `undefined` where somebody else has it. */
async function take(ledger: Ledger): Promise<Lease | undefined> {
  return ledger.lease("sum", { ttl: LEASE_S }, patient).catch((error: unknown) => {
    if (error instanceof Conflict) return undefined
    throw error
  })
}

const renew = (lease: Lease): Promise<boolean> =>
  lease.renew().then(
    () => true,
    () => false,
  )

function bank(goesOn: boolean) {
  let booked = 0
  const clerk = actor<number>(async (self, amount) => {
    const ledger = await self.acquire<Ledger>("bank:ledger")
    for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
      const lease = await take(ledger)
      if (lease === undefined) {
        await pause(self, WAIT_MS)
        continue
      }
      const before = (await ledger.get("sum", patient)) ?? 0
      await pause(self, PART_MS)
      const mayGoOn = (await renew(lease)) || (goesOn && (await take(ledger)) !== undefined)
      if (!mayGoOn || !(await write(ledger, before, amount))) continue
      booked += amount
      return
    }
  })
  const write = (ledger: Ledger, before: number, amount: number): Promise<boolean> =>
    goesOn
      ? ledger.set("sum", before + amount, undefined, patient)
      : ledger.transaction(
          ["sum"],
          (tx) => {
            if ((tx.get("sum") ?? 0) !== before) return false
            tx.set("sum", before + amount)
            return true
          },
          patient,
        )
  return {
    tree: { "bank:ledger": store<number>() },
    async run(runtime: Runtime): Promise<void> {
      const clerks = [1, 10].map((amount) => runtime.spawn(clerk, amount))
      await Promise.all(clerks.map((pid) => runtime.whenEnded(pid)))
    },
    async check(runtime: Runtime): Promise<string | undefined> {
      const ledger = await runtime.acquire("bank:ledger", { as: StoreMailbox<number> })
      const sum = (await ledger.get("sum", patient)) ?? 0
      return sum === booked ? undefined : `${booked} is booked, and the sum is ${sum}`
    },
  }
}

export function buggy() {
  return bank(true)
}

/** What is lost is begun anew, and written only over what was read. */
export function fixed() {
  return bank(false)
}
