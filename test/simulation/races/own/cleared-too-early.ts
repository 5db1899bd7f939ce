import { actor, cache, type MailboxOf, type Runtime, StoreMailbox, server } from "pigeonhole"

export const about =
  "A writer clears the cache, and then writes; who reads between the two loads the old page, and it stays there (invalidation before the write)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }

type Cache = StoreMailbox<string>
type Pages = MailboxOf<typeof database>
type Step = (cached: Cache, pages: Pages) => Promise<unknown>

const database = server({
  init: () => ({ page: "draft" }),
  call: {
    read: (state) => state.page,
    write: (state, page: string) => {
      state.page = page
    },
  },
})

const clear: Step = (cached) => cached.delete("home", patient)
const write: Step = (_cached, pages) => pages.call.write("final", patient)

function wiki(steps: readonly Step[]) {
  const reader = actor(async (self) => {
    const cached = await self.acquire<Cache>("wiki:cache")
    const pages = await self.acquire<Pages>("wiki:pages")
    for (let look = 1; look <= 2; look += 1) await cached.getOrSet("home", () => pages.call.read(undefined, patient), patient)
  })
  const writer = actor(async (self) => {
    const cached = await self.acquire<Cache>("wiki:cache")
    const pages = await self.acquire<Pages>("wiki:pages")
    for (const lock of ["page", "chapter", "book", "shelf"]) if (await cached.has(`locked:${lock}`, patient)) return
    for (const step of steps) await step(cached, pages)
  })
  return {
    tree: { "wiki:cache": cache<string>(), "wiki:pages": database },
    async run(runtime: Runtime): Promise<void> {
      const all = [reader, reader, writer].map((each) => runtime.spawn(each))
      await Promise.all(all.map((pid) => runtime.whenEnded(pid)))
    },
    async check(runtime: Runtime): Promise<string | undefined> {
      const cached = await runtime.acquire("wiki:cache", { as: StoreMailbox<string> })
      return (await cached.get("home", patient)) === "draft" ? "the page is final, and its readers are shown the draft for good" : undefined
    },
  }
}

export function buggy() {
  return wiki([clear, write])
}

/** What is loaded while it is cleared is not kept. */
export function fixed() {
  return wiki([write, clear])
}
