import { actor, child, type MailboxOf, type Runtime, type StoreMailbox, server, store } from "pigeonhole"

export const about =
  "Numbers are given out of a block, and that it is used up is written down when it is; a crash in the middle, and they are given once more (high and low)"
export const needs = ["crashes"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const BLOCK = 3

type Ends = StoreMailbox<number>
interface Block {
  next: number
  end: number
  readonly ends: Ends
}
/** Where a block begins. */
type Begin = (ends: Ends) => Promise<number>

/** The end of one block more. */
const oneMore = async (ends: Ends): Promise<number> => (await ends.increment("numbers", BLOCK, undefined, patient)).value

const clerkOf = (begin: Begin, finish: (ends: Ends) => Promise<unknown>) => {
  const blockOf = async (ends: Ends): Promise<Block> => {
    const next = await begin(ends)
    return { next, end: next + BLOCK, ends }
  }
  return server({
    init: async (_none: undefined, self) => blockOf(await self.acquire<Ends>("office:ends")),
    call: {
      draw: async (state): Promise<number> => {
        const number = state.next
        state.next += 1
        if (state.next < state.end) return number
        await finish(state.ends)
        Object.assign(state, await blockOf(state.ends))
        return number
      },
    },
  })
}

function office(begin: Begin, finish: (ends: Ends) => Promise<unknown>) {
  const clerk = clerkOf(begin, finish)
  const drawn: number[] = []
  const visitor = actor(async (self) => {
    const desk = await self.acquire<MailboxOf<typeof clerk>>("office:clerk")
    for (let nth = 1; nth <= 3; nth += 1) {
      const number = await desk.call.draw(undefined, patient).catch(() => undefined)
      if (number !== undefined) drawn.push(number)
    }
  })
  return {
    tree: { "office:ends": child(store<number>(), { state: "retain" }), "office:clerk": clerk },
    async run(runtime: Runtime): Promise<void> {
      const visitors = [runtime.spawn(visitor), runtime.spawn(visitor)]
      await Promise.all(visitors.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return new Set(drawn).size === drawn.length ? undefined : `given out: ${drawn.join(", ")}`
    },
  }
}

export function buggy() {
  return office(async (ends) => (await ends.get("numbers", patient)) ?? 0, oneMore)
}

/** It is written down before the first of its numbers is given out. */
export function fixed() {
  return office(
    async (ends) => (await oneMore(ends)) - BLOCK,
    async () => {},
  )
}
