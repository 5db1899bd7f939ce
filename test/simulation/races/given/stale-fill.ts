import { actor, type Runtime, StoreMailbox, server, store } from "pigeonhole"

export const about = "A reader fills the cache with what it read before a writer changed the page and cleared the cache (stale fill)"
export const needs = ["replies"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
interface Page {
  readonly text: string
  readonly version: number
}

const database = server({
  init: () => ({ page: { text: "draft", version: 1 } as Page }),
  call: {
    version: (state) => state.page.version,
    read: (state) => state.page,
    write: (state, text: string) => {
      state.page = { text, version: state.page.version + 1 }
      return state.page
    },
  },
})

type Cache = StoreMailbox<Page>
const spawnDatabase = (runtime: Runtime) => runtime.spawn(database)

/** A page of a wiki: read from the cache, or else from the database; the writer clears the cache of what it has replaced. */
function wiki(keyOf: (version: number) => string) {
  let pages: ReturnType<typeof spawnDatabase>
  const readPage = async (cache: Cache): Promise<Page> => {
    const cached = await cache.get(keyOf(await pages.call.version(undefined, patient)), patient)
    if (cached !== undefined) return cached
    const page = await pages.call.read(undefined, patient)
    await cache.set(keyOf(page.version), page, undefined, patient)
    return page
  }
  const reader = actor(async (self) => void (await readPage(await self.acquire<Cache>("wiki:cache"))))
  const writer = actor(async (self) => {
    const cache = await self.acquire<Cache>("wiki:cache")
    for (const lock of ["page", "chapter", "book", "shelf"]) if (await cache.has(`locked:${lock}`, patient)) return
    const { version } = await pages.call.write("final", patient)
    await cache.delete(keyOf(version - 1), patient)
  })
  return {
    tree: { "wiki:cache": store<Page>() },
    async run(runtime: Runtime): Promise<void> {
      pages = spawnDatabase(runtime)
      const both = [runtime.spawn(reader), runtime.spawn(writer)]
      await Promise.all(both.map((pid) => runtime.whenEnded(pid)))
    },
    async check(runtime: Runtime): Promise<string | undefined> {
      const shown = await readPage(await runtime.acquire("wiki:cache", { as: StoreMailbox<Page> }))
      const { text } = await pages.call.read(undefined, patient)
      return shown.text === text ? undefined : `the page says ${text}, and its readers are shown ${shown.text} for good`
    },
  }
}

export function buggy() {
  return wiki(() => "home")
}

/** What is cached under a version never changes. */
export function fixed() {
  return wiki((version) => `home@${version}`)
}
