/** A store that keeps snapshots, asked by callers whose stack is nearly full: nothing is lost, in the snapshots neither. */

import { expect, it } from "vitest"
import { child, start, store } from "../../../actors/index.ts"
import { virtualTime } from "../../../src/testing.ts"
import { MemorySnapshot } from "../../support/memory-snapshot.ts"
import { nearStackEnd } from "../../support/near-stack-end.ts"

it("a change on a full stack is made as a whole or not at all, while a snapshot is taken and while none is", async () => {
  const place = new MemorySnapshot()
  const time = virtualTime({ unseenMs: 0 })
  const definition = store<number>({ maxEntries: 0, snapshot: { to: place, everyMs: 1 } })
  // Where the stack ends in the middle of a change, the process may end: what it has made before stays.
  const runtime = await start({ "app:cache": child(definition, { state: "retain" }) }, { log: () => {}, host: time })
  const cache = await runtime.acquire("app:cache")
  await cache.set("key 0", 0)
  const acknowledged = new Map<string, number>()
  for (let frames = 1; frames < 1500; frames += 3) {
    const key = `key ${frames % 50}`
    let answer: Promise<unknown> | undefined
    nearStackEnd(frames, () => {
      try {
        answer = cache.set(key, frames)
      } catch {
        // So near the end nothing can be called.
      }
    })
    if ((await answer?.catch(() => false)) === true) acknowledged.set(key, frames)
    if (frames % 4 === 0) await time.advance(2)
  }
  expect(acknowledged.size).toBe(50)
  const there = await cache.getMany(acknowledged.keys())
  for (const [index, value] of [...acknowledged.values()].entries()) expect(there[index]).toBeGreaterThanOrEqual(value)
  await runtime.stop()
  await using next = await start({ "app:cache": store({ maxEntries: 0, snapshot: { to: place } }) }, { log: () => {} })
  expect(await (await next.acquire("app:cache")).getMany(acknowledged.keys())).toEqual(there)
})
