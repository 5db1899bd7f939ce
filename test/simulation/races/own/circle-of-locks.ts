import { actor, type KeyedLockMailbox, keyedLock, type Runtime } from "pigeonhole"

export const about = "Each of three clerks holds an account and asks for the next one's: all wait for ever (circle of three locks)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
type Locks = KeyedLockMailbox

function bank(keysOf: (clerk: number) => readonly string[]) {
  /** Who comes later has had more coffee before. */
  const clerk = actor<number>(async (self, nth) => {
    const locks = await self.acquire<Locks>("bank:locks")
    for (let cup = 1; cup <= 3 * nth; cup += 1) await locks.hold("coffee", () => {}, patient)
    const [from = "", to = ""] = keysOf(nth)
    await locks.hold(from, () => locks.hold(to, () => {}, patient), patient)
  })
  return {
    tree: { "bank:locks": keyedLock() },
    async run(runtime: Runtime): Promise<void> {
      const clerks = [0, 1, 2].map((nth) => runtime.spawn(clerk, nth))
      await Promise.all(clerks.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return undefined
    },
  }
}

const accounts = (clerk: number): string[] => [`account ${clerk}`, `account ${(clerk + 1) % 3}`]

export function buggy() {
  return bank(accounts)
}

/** All ask in one order. */
export function fixed() {
  return bank((clerk) => accounts(clerk).sort())
}
