/**
 * A task pool: a few pages are fetched at a time, slow ones are given up, and a crash in one is the business of that one.
 *
 * Prints:
 *   two at a time, in the order of the pages:
 *     home: 4 links
 *     slow: Timeout
 *     broken: Error
 *     about: 5 links
 *   never more than 2 at work
 *   news is there first, nobody waits for the slow ones
 *   two halves: 42
 */

import { actor, awaitMany, formatExitReason, type Self, start } from "pigeonhole"

const fetching = new Set<string>()
let most = 0

/** Stands for a request. A real one is given `self.signal` too: `fetch(page, { signal: self.signal })`. */
async function countLinks(page: string, self: Pick<Self, "signal">): Promise<number> {
  fetching.add(page)
  most = Math.max(most, fetching.size)
  self.signal.addEventListener("abort", () => fetching.delete(page))
  if (page === "broken") throw new Error("no such page")
  if (page === "slow") await new Promise(() => {})
  return page.length
}

const crawler = actor(async (self) => {
  const pages = ["home", "slow", "broken", "about"]
  const rules = { maxConcurrency: 2, timeoutMs: 50, onTimeout: "kill_task", link: false } as const
  console.log("two at a time, in the order of the pages:")
  for await (const outcome of self.asyncStream(pages, countLinks, rules)) {
    const [what] = "ok" in outcome ? [`${outcome.ok} links`] : formatExitReason(outcome.exit).split(":")
    console.log(`  ${outcome.item}: ${what}`)
  }
  console.log(`never more than ${most} at work`)

  for await (const outcome of self.asyncStream(["slow", "news", "slow"], countLinks, { ordered: false })) {
    if ("ok" in outcome) console.log("news is there first, nobody waits for the slow ones")
    break // what still runs is killed
  }

  const halves = await awaitMany([self.async(() => 20), self.async(async () => 22)])
  console.log("two halves:", halves[0] + halves[1])
})

await using runtime = await start({}, { log: () => {} })
await runtime.whenEnded(runtime.spawn(crawler))
