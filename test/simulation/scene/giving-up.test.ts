/** A request that is given up by its signal while its answer is on its way: who has given up is told so, though it was done. */

import { actor, isKind, type MailboxOf, type Runtime, server } from "pigeonhole"
import { type ExploreOptions, explore, type World } from "pigeonhole/simulation"
import { expect, it } from "vitest"

function book(state: { booked: number }): void {
  state.booked += 1
}
const hotel = server({ init: () => ({ booked: 0 }), call: { book } })
const LIMITS = [Number.POSITIVE_INFINITY, 10_000]

/** What a guest is told that gives up after a while, and how many rooms are booked then; of all schedules. */
async function seenBy(timeoutMs: number, options: ExploreOptions = {}): Promise<readonly string[]> {
  const seen = new Set<string>()
  const application = () => {
    let told = ""
    const guest = actor(async (self) => {
      const { call } = await self.acquire<MailboxOf<typeof hotel>>("trip:hotel")
      const giveUp = new AbortController()
      self.after(300, "enough")
      const tick = self.receive().then(() => giveUp.abort(new Error("enough")))
      const booking = call.book(undefined, { timeoutMs, signal: giveUp.signal })
      const outcome = await booking.catch((error: unknown) => error)
      told = isKind(outcome, "CANCELED") && outcome.cause instanceof Error ? `given up: ${outcome.cause.message}` : String(outcome)
      await tick
    })
    return {
      tree: { "trip:hotel": hotel },
      run: (runtime: Runtime) => runtime.whenEnded(runtime.spawn(guest)),
      check: (_runtime: Runtime, world: World) => {
        const { booked } = world.stateOf("trip:hotel") as { booked: number }
        seen.add(`${told}, ${booked} booked`)
      },
    }
  }
  const { failure } = await explore(application, { schedules: 300, ...options })
  expect(failure).toBeUndefined()
  return [...seen].sort()
}

const OUTCOMES = ["given up: enough, 0 booked", "given up: enough, 1 booked", "undefined, 1 booked"]

it.each(LIMITS)("is given up before it is done, behind it, or not at all, with a limit of %d ms", async (timeoutMs) => {
  expect(await seenBy(timeoutMs)).toEqual(OUTCOMES)
})

it("is not given up behind it where an answer arrives at once", async () => {
  expect(await seenBy(Number.POSITIVE_INFINITY, { order: "runtime" })).toEqual(["given up: enough, 0 booked", "undefined, 1 booked"])
})

it("is given up where its answer is lost: nobody waits for ever", async () => {
  expect(await seenBy(10_000, { faults: { lostReply: 1 } })).toEqual(OUTCOMES)
})

it("is given up where it was done and its signal is aborted in the same step", async () => {
  const seen = new Set<string>()
  const application = () => {
    const giveUp = new AbortController()
    const desk = server({ init: () => ({}), call: { book: () => queueMicrotask(() => giveUp.abort()) } })
    const run = async (untyped: Runtime) => {
      const runtime = untyped as Runtime<{ "trip:desk": MailboxOf<typeof desk> }>
      const { call } = await runtime.acquire("trip:desk")
      const outcome = await call.book(undefined, { signal: giveUp.signal }).catch((error: unknown) => error)
      seen.add(isKind(outcome, "CANCELED") ? "given up" : String(outcome))
    }
    return { tree: { "trip:desk": desk }, run }
  }
  const { failure } = await explore(application, { schedules: 100 })
  expect(failure).toBeUndefined()
  expect([...seen]).toEqual(["given up"])
})
