/** What a durable store holds of its program: nothing, while nobody waits for it; and no stop, whatever is loaded, watched or waited for. */

import { writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, it } from "vitest"
import { run } from "../../house/command.ts"
import { PROJECT } from "../../house/source.ts"
import { durableHouse } from "../../support/durable-stage.ts"

/** All that may wait: a watch that is read, a lease that is held and one that is waited for, a load without an end, an entry with one. */
const BEGIN = `
  await store.set("a", 1, 3600)
  const watch = store.watch({ prefix: "", initial: true })
  const told = []
  const reading = (async () => { for await (const { type, key } of watch) told.push(type + " " + key) })().catch(({ kind }) => told.push(kind))
  await store.lease("held", { ttl: 3600 })
  await store.getOrSet("stale", () => 1, { ttl: 3600, staleFor: 3600, failFor: 3600 })
`

async function outcomeOf(rest: string): Promise<{ readonly code: number | null; readonly stdout: string }> {
  const house = await durableHouse()
  const program = join(dirname(house.path), "program.mjs")
  writeFileSync(
    program,
    `
    import { durableStore } from ${JSON.stringify(join(PROJECT, "actors", "durable.ts"))}
    import { start } from ${JSON.stringify(join(PROJECT, "actors", "index.ts"))}
    const runtime = await start({ "app:entries": durableStore({ path: ${JSON.stringify(house.path)} }) }, { log: () => {} })
    const store = await runtime.acquire("app:entries")
    ${BEGIN}
    ${rest}
    `,
  )
  return run(join(PROJECT, "node_modules", ".bin", "node"), [program])
}

it("lets the program end where nobody waits for anything, though it is watched and leases are held", async () => {
  const { code, stdout } = await outcomeOf(
    'await new Promise((resolve) => setImmediate(resolve)); console.log("the end", told.includes("set a"))',
  )
  expect([code, stdout.trim()]).toEqual([0, "the end true"])
}, 60_000)

it("stops, whatever waits: each is told so", async () => {
  const { code, stdout } = await outcomeOf(`
    const kinds = [
      store.getOrSet("never", () => new Promise(() => {}), { timeoutMs: 3_600_000 }),
      store.lease("held", { wait: true }, { timeoutMs: 3_600_000 }),
      store.set("b", 1),
    ].map((one) => one.then(() => "done", ({ kind }) => kind))
    await store.has("a")
    await runtime.stop()
    await reading
    const [load, lease, write] = await Promise.all(kinds)
    console.log(load, lease, ["done", "UNAVAILABLE"].includes(write), told.at(-1))
  `)
  expect([code, stdout.trim()]).toEqual([0, "UNAVAILABLE UNAVAILABLE true UNAVAILABLE"])
}, 60_000)
