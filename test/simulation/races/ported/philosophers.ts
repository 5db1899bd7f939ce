import { actor, type KeyedLockMailbox, keyedLock, type Runtime } from "pigeonhole"

export const about = "Three philosophers each hold their left fork and wait for their right one: all wait for ever (dining philosophers)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const SEATS = 3

function table(forksOf: (seat: number) => readonly [string, string]) {
  const eaten: number[] = []
  const philosopher = actor<number>(async (self, seat) => {
    const forks = await self.acquire<KeyedLockMailbox>("table:forks")
    const [first, second] = forksOf(seat)
    for (let guest = 0; guest < 2 * seat; guest += 1) await forks.hold(`bread of ${seat}`, () => {}, patient)
    await forks.hold(first, () => forks.hold(second, () => eaten.push(seat), patient), patient)
  })
  return {
    tree: { "table:forks": keyedLock() },
    async run(runtime: Runtime): Promise<void> {
      const seated = Array.from({ length: SEATS }, (_, seat) => runtime.spawn(philosopher, seat))
      await Promise.all(seated.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return eaten.length === SEATS ? undefined : `of ${SEATS}, ${eaten.length} have eaten`
    },
  }
}

const fork = (place: number) => `fork ${place % SEATS}`

export function buggy() {
  return table((seat) => [fork(seat), fork(seat + 1)])
}

/** Each takes that of the lower number first, so somebody has both. */
export function fixed() {
  return table((seat) => {
    const [low, high] = [fork(seat), fork(seat + 1)].sort()
    return [low as string, high as string]
  })
}
