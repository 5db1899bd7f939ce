import { actor, type ProcessSelf, type Runtime, type StoreMailbox, server, store } from "pigeonhole"

export const about =
  "A slow index is told that it has missed something, and then what is there; what has gone meanwhile it keeps (gap taken for nothing)"
export const needs = ["order", "timers"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const ROOM = 3

const PAUSE_MS = 10

type Goods = StoreMailbox<number>

/** Takes time over each name. */
const indexServer = server({
  init: () => ({ names: new Set<string>() }),
  call: {
    add: ({ names }, name: string) => void names.add(name),
    remove: ({ names }, name: string) => void names.delete(name),
    clear: ({ names }) => names.clear(),
    names: ({ names }) => [...names].sort(),
  },
})

const pause = async (self: ProcessSelf<unknown>, ms: number): Promise<void> => {
  self.after(ms, "pause is over")
  await self.receive((message) => message === "pause is over")
}
const spawnIndex = (runtime: Runtime) => runtime.spawn(indexServer)
type Index = ReturnType<typeof spawnIndex>

function shop(missed: (index: Index) => Promise<unknown>) {
  let index: Index
  const indexer = actor(async (self) => {
    const goods = await self.acquire<Goods>("shop:goods")
    const watch = goods.watch({ prefix: "", initial: true, room: ROOM })
    for await (const event of watch) {
      if (event.type === "gap" || event.type === "reset") await missed(index)
      if (event.type === "set") await index.call.add(event.key, patient)
      if (event.type === "delete") await index.call.remove(event.key, patient)
      if (event.type === "set" && event.key === "closed") break
    }
    watch.close()
  })
  const keeper = actor(async (self) => {
    const goods = await self.acquire<Goods>("shop:goods")
    for (const name of ["milk", "tea", "salt", "rice"]) {
      await goods.set(name, 1, undefined, patient)
      await pause(self, PAUSE_MS)
    }
    await goods.delete("milk", patient)
    await goods.set("closed", 1, undefined, patient)
  })
  return {
    tree: { "shop:goods": store<number>() },
    async run(runtime: Runtime): Promise<void> {
      index = spawnIndex(runtime)
      const both = [runtime.spawn(indexer), runtime.spawn(keeper)]
      await Promise.all(both.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      const names = await index.call.names(undefined, patient)
      return names.includes("milk") ? `milk is gone, and the index has ${names.join(", ")}` : undefined
    },
  }
}

export function buggy() {
  return shop(async () => {})
}

/** What was known before a gap is forgotten, as all that is there comes anew. */
export function fixed() {
  return shop((index) => index.call.clear(undefined, patient))
}
