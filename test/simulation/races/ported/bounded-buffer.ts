import { actor, type Deferred, type MailboxOf, type Runtime, server } from "pigeonhole"

export const about =
  "A buffer of one place wakes whoever has waited longest, a putter where a taker is meant: that one waits again, and nobody is woken (lost wake-up)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const EACH = 4

type Kind = "putter" | "taker"
interface Waiter {
  readonly kind: Kind
  readonly turn: Deferred<"again">
}
type Wake = (waiting: Waiter[], wanted: Kind) => void

/** Who finds no room, or nothing, waits until it is told to try again. */
const bufferOf = (wake: Wake) =>
  server({
    init: () => ({ items: [] as string[], waiting: [] as Waiter[] }),
    call: {
      put: (state, item: string, self) => {
        if (state.items.length === 1) {
          const turn = self.defer<"again">()
          state.waiting.push({ kind: "putter", turn })
          return turn
        }
        state.items.push(item)
        wake(state.waiting, "taker")
        return "done" as const
      },
      take: (state, _none: undefined, self) => {
        const item = state.items.shift()
        if (item === undefined) {
          const turn = self.defer<"again">()
          state.waiting.push({ kind: "taker", turn })
          return turn
        }
        wake(state.waiting, "putter")
        return { item }
      },
    },
  })

function factory(wake: Wake) {
  const buffer = bufferOf(wake)
  const packed: string[] = []
  const putter = actor<string>(async (self, name) => {
    const belt = await self.acquire<MailboxOf<typeof buffer>>("factory:belt")
    for (let nth = 1; nth <= EACH; nth += 1) while ((await belt.call.put(`${name}${nth}`, patient)) === "again");
  })
  const packer = actor(async (self) => {
    const belt = await self.acquire<MailboxOf<typeof buffer>>("factory:belt")
    while (packed.length < 2 * EACH) {
      const taken = await belt.call.take(undefined, patient)
      if (taken !== "again") packed.push(taken.item)
    }
  })
  return {
    tree: { "factory:belt": buffer },
    async run(runtime: Runtime): Promise<void> {
      const all = [runtime.spawn(putter, "a"), runtime.spawn(putter, "b"), runtime.spawn(packer)]
      await Promise.all(all.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      const isEach = new Set(packed).size === 2 * EACH
      return isEach ? undefined : `packed were ${packed.join(" ")}`
    },
  }
}

export function buggy() {
  return factory((waiting) => waiting.shift()?.turn.reply("again"))
}

/** Of each kind the one that has waited longest: a line for each. */
export function fixed() {
  return factory((waiting, wanted) => {
    const place = waiting.findIndex(({ kind }) => kind === wanted)
    if (place >= 0) waiting.splice(place, 1)[0]?.turn.reply("again")
  })
}
