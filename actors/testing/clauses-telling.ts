/** Promises of what a store tells of itself. */

import { type Clause, clause } from "./clause.ts"
import { holds, same } from "./sameness.ts"

export const telling: readonly Clause[] = [
  clause("statistics: count what was looked for, written and deleted, and what is there", ["statistics"], async ({ store, acquire }) => {
    const before = await store.statistics()
    same([before.entries, before.hitRatio], [0, undefined], "entries and hit ratio of nothing")
    for (const key of ["a", "b", "c"]) await store.set(key, 1)
    for (const key of ["a", "b", "a", "nothing"]) await store.get(key)
    for (const key of ["a", "nothing"]) await store.delete(key)
    const { entries, hits, misses, hitRatio, sets, deletes, expired, evicted, refused } = await (await acquire()).statistics()
    same([entries, hits, misses, hitRatio, sets, deletes], [2, 3, 1, 0.75, 3, 1], "entries, hits, misses, hit ratio, sets and deletes")
    same([expired, evicted, refused], [0, 0, 0], "what expired, was evicted and refused")
  }),

  clause("info: says which store it is and what it can do, the same to all", ["info"], async ({ store, acquire }) => {
    const info = await store.info()
    for (const name of ["id", "backend", "consistency", "durability"] as const)
      holds(typeof info[name] === "string" && info[name] !== "", `${name} should be a text; it is ${String(info[name])}`)
    for (const [name, can] of Object.entries(info.capabilities))
      holds(typeof can === "boolean", `capabilities.${name} should be true or false; it is ${String(can)}`)
    same(await (await acquire()).info(), info, "what another is told")
  }),
]
