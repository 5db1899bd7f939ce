import { actor, type Runtime, type ServerMailbox, server } from "pigeonhole"

export const about =
  "The head of a chain of copies says done before the tail has the value; who reads at the tail then is given the old one (chain replication)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const CHAIN = ["chain:head", "chain:middle", "chain:tail"]
type Copy = ServerMailbox<{ read(): number; write(value: number): Promise<void> }, { pass(value: number): void }>
type Hand = (next: Copy, value: number) => unknown

const copyOf = (next: string | undefined, hand: Hand) =>
  server({
    init: async (_none: undefined, self) => ({ value: 0, next: next === undefined ? undefined : await self.acquire<Copy>(next) }),
    call: {
      read: (state): number => state.value,
      write: async (state, value: number): Promise<void> => {
        state.value = value
        if (state.next !== undefined) await hand(state.next, value)
      },
    },
    cast: {
      pass: (state, value: number): void => {
        state.value = value
        if (state.next !== undefined) state.next.cast.pass(value)
      },
    },
  })

function chain(hand: Hand) {
  const stale: string[] = []
  const client = actor(async (self) => {
    const head = await self.acquire<Copy>("chain:head")
    const tail = await self.acquire<Copy>("chain:tail")
    for (let value = 1; value <= 2; value += 1) {
      await head.call.write(value, patient)
      for (let look = 1; look <= 4; look += 1) await head.call.read(undefined, patient)
      const seen = await tail.call.read(undefined, patient)
      if (seen !== value) stale.push(`${value} was written, and the tail says ${seen}`)
    }
  })
  const copies = CHAIN.map((id, place) => [id, copyOf(CHAIN[place + 1], hand)] as const)
  return {
    tree: Object.fromEntries(copies.toReversed()),
    async run(runtime: Runtime): Promise<void> {
      await runtime.whenEnded(runtime.spawn(client))
    },
    async check(): Promise<string | undefined> {
      return stale[0]
    },
  }
}

export function buggy() {
  return chain((next, value) => void next.cast.pass(value))
}

/** Done is what the tail has. */
export function fixed() {
  return chain((next, value) => next.call.write(value, patient))
}
