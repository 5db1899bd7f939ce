/** A store that is asked by callers whose stack is nearly full goes on, whatever comes to its code for the first time. */

import { describe, expect, it, onTestFinished } from "vitest"
import { type InspectionEvent, type StoreMailbox, start, store } from "../../../actors/index.ts"
import { nearStackEnd } from "../../support/near-stack-end.ts"

/** Messages after which the host has its turn, however fast they are. */
const MORE_THAN_A_TURN = 20_000

interface Stage {
  readonly cache: StoreMailbox<unknown>
  readonly crashes: readonly InspectionEvent[]
}

async function opened(options: Parameters<typeof store>[0]): Promise<Stage> {
  const crashes: InspectionEvent[] = []
  const inspect = (event: InspectionEvent): void => void (event.type === "crash_report" && crashes.push(event))
  const runtime = await start({ "app:cache": store<unknown>(options) }, { log: () => {}, inspect })
  onTestFinished(() => runtime.stop())
  const cache = await runtime.acquire("app:cache")
  // As in most programs some were served where they were asked, and some posted, and the host had its turn: near the end of the stack all are posted.
  await Promise.all([cache.set("kept", 1), cache.set("kept", 1, 0), ...Array.from({ length: MORE_THAN_A_TURN }, () => cache.get("kept"))])
  return { cache, crashes }
}

/** What `ask` keeps of what it asks for; it contains what is thrown: so near the end nothing can be called, and that is the caller's own. */
interface Asked {
  answer?: Promise<unknown>
}

/** What becomes of what is asked so many frames above the end of the stack; `undefined`: nothing could be asked. */
function askedAtTheEnd(frames: number, ask: (asked: Asked) => void): Promise<unknown> {
  const asked: Asked = {}
  nearStackEnd(frames, () => ask(asked))
  return asked.answer?.catch((error: unknown) => error) ?? Promise.resolve(undefined)
}

it.each(["reject", "lru", "adaptive", "soonest"] as const)("when it is full: %s", async (whenFull) => {
  const { cache, crashes } = await opened({ maxEntries: 400, whenFull })
  let answered = 0
  for (let frames = 1; frames < 600; frames += 1) {
    const answer = await askedAtTheEnd(frames, (asked) => {
      try {
        asked.answer = frames % 3 === 0 ? cache.get("kept") : cache.set(`k${frames}`, frames, frames % 2 === 0 ? 60 : 0)
      } catch {}
    })
    if (answer !== undefined && !(answer instanceof Error)) answered += 1
  }
  expect(crashes).toEqual([])
  expect(answered).toBeGreaterThan(300)
})

/** More has to go for it than may go at once. */
const HEAVY = "x".repeat(6000)
const HEAVY_WRITES: Readonly<Record<string, (cache: StoreMailbox<unknown>, value: string) => Promise<unknown>>> = {
  set: (cache, value) => cache.set("heavy", value, 60),
  put: (cache, value) => cache.put("heavy", value, { ttl: 60 }),
  update: (cache, value) => cache.update("heavy", () => value, { ttl: 60 }),
  transaction: (cache, value) => cache.transaction(["heavy"], (tx) => tx.set("heavy", value, 60) ?? true),
  setMany: (cache, value) => cache.setMany([["heavy", value]], 60),
}

describe.each(["lru", "adaptive", "soonest"] as const)("a write for which many have to go: %s", (whenFull) => {
  it.each(Object.entries(HEAVY_WRITES))("%s", async (_name, write) => {
    const { cache, crashes } = await opened({ maxBytes: 8192, whenFull })
    // Its usual way has run before, as in most stores; this one has not.
    await write(cache, "light")
    let answered = 0
    for (let frames = 1; frames < 1200; frames += 9) {
      for (let index = 0; index < 80; index += 1) await cache.set(`k${index}`, index, 3600 + index)
      const answer = await askedAtTheEnd(frames, (asked) => {
        try {
          asked.answer = write(cache, HEAVY)
        } catch {}
      })
      expect(crashes).toEqual([])
      // Its caller has come to the end of the stack itself.
      if (answer === undefined || answer instanceof Error) continue
      answered += 1
      expect(await cache.get("heavy")).toBe(HEAVY)
      await cache.delete("heavy")
    }
    expect(answered).toBeGreaterThan(50)
  })
})

/** As the host throws where its stack has ended, or something is no text of that sort. */
const FAILURES: readonly [error: string, fail: () => never][] = [
  ["RangeError", () => void new Date(Number.NaN).toISOString() as never],
  ["SyntaxError", () => JSON.parse("{") as never],
]
const CALLS: Readonly<Record<string, (cache: StoreMailbox<unknown>, fail: () => never) => Promise<unknown>>> = {
  update: (cache, fail) => cache.update("kept", fail),
  "update, which gives what cannot be read": (cache, fail) =>
    cache.update("kept", () => ({
      get part() {
        return fail()
      },
    })),
  transaction: (cache, fail) => cache.transaction(["kept"], fail),
}

describe.each(FAILURES)("a function of a caller's that throws a %s", (_error, fail) => {
  it.each(Object.entries(CALLS))("costs nobody but that caller anything, however full the stack is: %s", async (_name, call) => {
    const { cache, crashes } = await opened({})
    let failed = 0
    for (let frames = 1; frames < 6000; frames += 97) {
      const error = await askedAtTheEnd(frames, (asked) => {
        try {
          asked.answer = call(cache, fail)
        } catch {}
      })
      expect(crashes).toEqual([])
      if (error === undefined) continue
      failed += 1
      expect(error).toBeInstanceOf(Error)
      expect(await cache.get("kept")).toBe(1)
    }
    expect(failed).toBeGreaterThan(30)
  })
})
