/**
 * A race that no ordinary run shows, found by a scheduler that looks for it: a reader puts into the cache what it read before the writer changed the
 * page and cleared the cache. With `getOrSet`, which keeps nothing that was deleted during its load, no schedule breaks it.
 *
 * Prints:
 *   an ordinary run: nothing is wrong
 *   found: readers are shown the draft for good
 *   What was out of the ordinary
 *     [1]  wiki:pages handles writer's `write` after reader's `read`
 *   replayed: readers are shown the draft for good
 *   with getOrSet, in 200 schedules: nothing is wrong
 */

import { actor, type MailboxOf, type Runtime, StoreMailbox, server, start, store } from "pigeonhole"
import { explore, replay } from "pigeonhole/simulation"

const pages = server({
  init: () => new Map([["home", "draft"]]),
  call: { read: (texts) => texts.get("home") ?? "", write: (texts, text: string) => void texts.set("home", text) },
})
type Pages = MailboxOf<typeof pages>
type Cache = StoreMailbox<string>

/** Made anew for each schedule: the tree, a scenario, and what must hold when all is at rest. */
function wiki(fill: (cache: Cache, read: () => Promise<string>) => Promise<unknown>) {
  const reader = actor(async (self) => {
    const [book, cache] = [await self.acquire<Pages>("wiki:pages"), await self.acquire<Cache>("wiki:cache")]
    await fill(cache, () => book.call.read())
  })
  const writer = actor(async (self) => {
    const [book, cache] = [await self.acquire<Pages>("wiki:pages"), await self.acquire<Cache>("wiki:cache")]
    await book.call.write("final")
    await cache.delete("home")
  })
  return {
    tree: { "wiki:pages": pages, "wiki:cache": store<string>() },
    async run(runtime: Runtime) {
      const pids = Object.entries({ reader, writer }).map(([name, each]) => runtime.spawn(each, undefined, { name }))
      await Promise.all(pids.map((pid) => runtime.whenEnded(pid)))
    },
    async check(runtime: Runtime) {
      const cache = await runtime.acquire("wiki:cache", { as: StoreMailbox<string> })
      return (await cache.get("home")) === "draft" ? "readers are shown the draft for good" : undefined
    },
  }
}
const racy = () => wiki(async (cache, read) => (await cache.get("home")) ?? cache.set("home", await read()))
const safe = () => wiki((cache, read) => cache.getOrSet("home", read))

const { tree, run, check } = racy()
await using runtime = await start(tree, { log: () => {} })
await run(runtime)
console.log(`an ordinary run: ${(await check(runtime)) ?? "nothing is wrong"}`)

const { failure: found, schedule = "", text } = await explore(racy)
console.log(`found: ${found?.message}\n${text.split("\n\n")[1]}`)
console.log(`replayed: ${(await replay(racy, schedule)).failure?.message}`)

const { schedules, failure } = await explore(safe, { schedules: 200 })
console.log(`with getOrSet, in ${schedules} schedules: ${failure?.message ?? "nothing is wrong"}`)
