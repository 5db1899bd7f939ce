import { actor, type ProcessSelf, type Runtime, StoreMailbox, server, store } from "pigeonhole"

export const about =
  "A writer clears the cache, and again a while later for whoever had read the old page by then; one puts it there later still (delayed double delete)"
export const needs = ["replies", "timers"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const A_WHILE_MS = 200

interface Page {
  readonly text: string
  readonly version: number
}
type Cache = StoreMailbox<Page>
type Fill = (cache: Cache, page: Page) => Promise<unknown>

const database = server({
  init: () => ({ page: { text: "draft", version: 1 } as Page }),
  call: {
    read: (state) => state.page,
    write: (state, text: string) => {
      state.page = { text, version: state.page.version + 1 }
      return state.page
    },
  },
})
const spawnDatabase = (runtime: Runtime) => runtime.spawn(database)

const pause = async (self: ProcessSelf<unknown>, ms: number): Promise<void> => {
  self.after(ms, "pause is over")
  await self.receive((message) => message === "pause is over")
}

/** `clear`: what a writer does with a page that it has written. */
function wiki(fill: Fill, clear: Fill) {
  let pages: ReturnType<typeof spawnDatabase>
  const readPage = async (cache: Cache): Promise<Page> => {
    const cached = await cache.get("home", patient)
    if (cached !== undefined) return cached
    const page = await pages.call.read(undefined, patient)
    await fill(cache, page)
    return page
  }
  const reader = actor(async (self) => {
    const cache = await self.acquire<Cache>("wiki:cache")
    for (let read = 1; read <= 3; read += 1) await readPage(cache)
  })
  const writer = actor(async (self) => {
    const cache = await self.acquire<Cache>("wiki:cache")
    const page = await pages.call.write("final", patient)
    await clear(cache, page)
    await pause(self, A_WHILE_MS)
    await clear(cache, page)
  })
  return {
    tree: { "wiki:cache": store<Page>() },
    async run(runtime: Runtime): Promise<void> {
      pages = spawnDatabase(runtime)
      const both = [runtime.spawn(reader), runtime.spawn(writer)]
      await Promise.all(both.map((pid) => runtime.whenEnded(pid)))
    },
    async check(runtime: Runtime): Promise<string | undefined> {
      const { text } = await readPage(await runtime.acquire("wiki:cache", { as: StoreMailbox<Page> }))
      return text === "final" ? undefined : `the page says final, and its readers are shown ${text} for good`
    },
  }
}

export function buggy() {
  return wiki(
    (cache, page) => cache.set("home", page, undefined, patient),
    (cache) => cache.delete("home", patient),
  )
}

/** A newer page stays, whoever comes with an older one. */
export function fixed() {
  const putNewer: Fill = (cache, page) =>
    cache.transaction(
      ["home"],
      (tx) => {
        if ((tx.get("home")?.version ?? 0) < page.version) tx.set("home", page)
      },
      patient,
    )
  return wiki(putNewer, putNewer)
}
