import { actor, failure, type MailboxOf, type Runtime, server, Unavailable } from "pigeonhole"

export const about =
  "A breaker opens as two requests have failed; one that was begun before them comes back well, and closes it: what is broken is asked on (late success)"
export const needs = ["replies"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const REST_MS = 1_000
const MOST_FAILURES = 2

interface Breaker {
  isOpen: boolean
  failures: number
  /** How often it has opened. */
  openings: number
  restsUntil: number
  /** How many were let through while it was to rest. */
  tooSoon: number
}
interface Outcome {
  readonly isGood: boolean
  /** How often it had opened when the request was begun. */
  readonly openings: number
}
/** Whether it says anything of how things are now. */
type Counts = (outcome: Outcome, breaker: Breaker) => boolean

const breakerOf = (counts: Counts) =>
  server({
    init: (): Breaker => ({ isOpen: false, failures: 0, openings: 0, restsUntil: 0, tooSoon: 0 }),
    call: {
      enter: (state, _none: undefined, self): number | undefined => {
        const isResting = self.now() < state.restsUntil
        if (state.isOpen && isResting) return undefined
        if (isResting) state.tooSoon += 1
        state.isOpen = false
        return state.openings
      },
      leave: (state, outcome: Outcome, self) => {
        if (!counts(outcome, state)) return
        state.failures = outcome.isGood ? 0 : state.failures + 1
        if (outcome.isGood) state.isOpen = false
        if (state.isOpen || state.failures < MOST_FAILURES) return
        state.isOpen = true
        state.openings += 1
        state.restsUntil = self.now() + REST_MS
      },
      tooSoon: (state) => state.tooSoon,
    },
  })

/** Breaks after the first request. */
const printer = server({
  init: () => ({ printed: 0 }),
  call: {
    print: (state) => {
      state.printed += 1
      return state.printed === 1 ? "a page" : failure(new Unavailable("out of order"))
    },
  },
})

function office(counts: Counts) {
  const breaker = breakerOf(counts)
  let tooSoon = 0
  const clerk = actor<number>(async (self, looks) => {
    const door = await self.acquire<MailboxOf<typeof breaker>>("office:breaker")
    const pages = await self.acquire<MailboxOf<typeof printer>>("office:printer")
    for (let look = 1; look <= looks; look += 1) await door.call.tooSoon(undefined, patient)
    const openings = await door.call.enter(undefined, patient)
    if (openings === undefined) return
    const isGood = await pages.call.print(undefined, patient).then(
      () => true,
      () => false,
    )
    await door.call.leave({ isGood, openings }, patient)
    tooSoon = await door.call.tooSoon(undefined, patient)
  })
  return {
    tree: { "office:breaker": breaker, "office:printer": printer },
    async run(runtime: Runtime): Promise<void> {
      const early = [0, 3, 6].map((looks) => runtime.spawn(clerk, looks))
      await Promise.all(early.map((pid) => runtime.whenEnded(pid)))
      await runtime.whenEnded(runtime.spawn(clerk, 0))
    },
    async check(): Promise<string | undefined> {
      return tooSoon === 0 ? undefined : `${tooSoon} were let through while the breaker was to rest`
    },
  }
}

export function buggy() {
  return office(() => true)
}

/** What was begun before it opened says nothing. */
export function fixed() {
  return office((outcome, { openings }) => outcome.openings === openings)
}
