import { actor, type Runtime, type StoreMailbox, store } from "pigeonhole"

export const about =
  "A fitter looks again and again for the word that all is there, and takes the parts; the word comes before the last part (published too early)"
export const needs = ["order"]

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
type Shelf = StoreMailbox<string>

/** `order`: in which the parts, and the word that all are there, are put on the shelf. */
function plant(order: readonly string[]) {
  const missed: string[] = []
  const maker = actor(async (self) => {
    const shelf = await self.acquire<Shelf>("plant:shelf")
    for (let look = 0; look < 3; look += 1) await shelf.has(`oil ${look}`, patient)
    for (const part of order) await shelf.set(part, "there", undefined, patient)
  })
  const fitter = actor(async (self) => {
    const shelf = await self.acquire<Shelf>("plant:shelf")
    while (!(await shelf.has("ready", patient)));
    for (const part of ["wheel", "axle"]) if (!(await shelf.has(part, patient))) missed.push(part)
  })
  const watchman = actor(async (self) => {
    const shelf = await self.acquire<Shelf>("plant:shelf")
    while (!(await shelf.has("ready", patient))) await shelf.has("light", patient)
  })
  return {
    tree: { "plant:shelf": store<string>() },
    async run(runtime: Runtime): Promise<void> {
      const all = [runtime.spawn(fitter), runtime.spawn(watchman), runtime.spawn(maker)]
      await Promise.all(all.map((pid) => runtime.whenEnded(pid)))
    },
    async check(): Promise<string | undefined> {
      return missed.length === 0 ? undefined : `ready, and without ${missed}`
    },
  }
}

export function buggy() {
  return plant(["wheel", "ready", "axle"])
}

/** The word comes last. */
export function fixed() {
  return plant(["wheel", "axle", "ready"])
}
