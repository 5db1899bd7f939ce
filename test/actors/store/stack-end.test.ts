/** A store that is asked by callers whose stack is nearly full goes on, whatever comes to its code for the first time. */

import { expect, it } from "vitest"
import { type InspectionEvent, start, store } from "../../../actors/index.ts"
import { nearStackEnd } from "../../support/near-stack-end.ts"

it.each(["reject", "lru", "adaptive", "soonest"] as const)("when it is full: %s", async (whenFull) => {
  const crashes: InspectionEvent[] = []
  const runtime = await start(
    { "app:cache": store<number>({ maxEntries: 400, whenFull }) },
    { log: () => {}, inspect: (event) => void (event.type === "crash_report" && crashes.push(event)) },
  )
  const cache = await runtime.acquire("app:cache")
  await cache.set("kept", 1)
  let answered = 0
  for (let frames = 1; frames < 600; frames += 1) {
    let answer: Promise<unknown> | undefined
    nearStackEnd(frames, () => {
      try {
        answer = frames % 3 === 0 ? cache.get("kept") : cache.set(`k${frames}`, frames, frames % 2 === 0 ? 60 : 0)
      } catch {
        // So near the end nothing can be called.
      }
    })
    if ((await answer?.catch(() => undefined)) !== undefined) answered += 1
  }
  expect(crashes).toEqual([])
  expect(answered).toBeGreaterThan(300)
  await runtime.stop()
})
