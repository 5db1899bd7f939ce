import { AlreadyExists, actor, type ProcessSelf, type Runtime, type StoreMailbox, store } from "pigeonhole"

export const about =
  "A seat that was held for a second is sold to its holder, whose payment has taken longer, and to the next holder too (hold that ran out)"
export const needs = ["timers"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const HOLD_S = 1
const PAYING_MS = 300
const MOST_TRIES = 5

type Seats = StoreMailbox<string>
type Sell = (seats: Seats, buyer: string) => Promise<boolean>

const pause = async (self: ProcessSelf<unknown>, ms: number): Promise<void> => {
  self.after(ms, "pause is over")
  await self.receive((message) => message === "pause is over")
}

/** Whether the seat is this buyer's, for so long. */
const hold = (seats: Seats, buyer: string): Promise<boolean> =>
  seats.put("hold", buyer, { onlyIfAbsent: true, ttl: HOLD_S }, patient).then(
    () => true,
    (error: unknown) => {
      if (error instanceof AlreadyExists) return false
      throw error
    },
  )

function hall(sell: Sell) {
  const tickets: string[] = []
  const buyer = actor<string>(async (self, name) => {
    const seats = await self.acquire<Seats>("hall:seats")
    let isHeld = await hold(seats, name)
    for (let attempt = 1; !isHeld && attempt < MOST_TRIES; attempt += 1) {
      await pause(self, PAYING_MS)
      isHeld = await hold(seats, name)
    }
    if (!isHeld || (await seats.has("sold", patient))) return
    await pause(self, PAYING_MS)
    if (await sell(seats, name)) tickets.push(name)
  })
  return {
    tree: { "hall:seats": store<string>() },
    async run(runtime: Runtime): Promise<void> {
      const buyers = ["Ann", "Bob"].map((name) => runtime.spawn(buyer, name))
      await Promise.all(buyers.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return tickets.length <= 1 ? undefined : `one seat, and tickets for ${tickets.join(" and ")}`
    },
  }
}

export function buggy() {
  return hall(async (seats, buyer) => {
    await seats.set("sold", buyer, undefined, patient)
    await seats.delete("hold", patient)
    return true
  })
}

/** Whether it is held still is looked at in the step that sells it. */
export function fixed() {
  return hall((seats, buyer) =>
    seats.transaction(
      ["hold", "sold"],
      (tx) => {
        if (tx.get("hold") !== buyer || tx.has("sold")) return false
        tx.set("sold", buyer)
        tx.delete("hold")
        return true
      },
      patient,
    ),
  )
}
