/** Promises of crashes, and of a store that is opened again. */

import { type Clause, clause } from "./clause.ts"
import { holds, refused, same } from "./sameness.ts"

export const lasting: readonly Clause[] = [
  clause("crash: the same mailbox is served by the next incarnation", ["crash"], async ({ store, crash }) => {
    await store.set("a", 1)
    await crash()
    same(await store.set("b", 2), true, "set after a crash")
    same(await store.get("b"), 2, "get after a crash")
  }),

  clause(
    "crash: its entries are there afterwards, where it keeps them, with lifetimes and holders",
    ["crash", "kept", "ttl", "bound", "idle"],
    async ({ store, acquire, crash, stage: { time } }) => {
      const holder = await acquire()
      await store.set("a", { n: 1 }, 60)
      await store.set("b", 1, { idle: 10 })
      await holder.set("held", 1, { bound: true })
      await crash()
      same([await store.get("a"), await store.get("b"), await store.get("held")], [{ n: 1 }, 1, 1], "what is there")
      const left = (await store.ttl("a")) ?? 0
      holds(left > 59 && left <= 60, `its TTL should go on; it is ${left}`)
      await holder.release()
      same(await store.has("held"), false, "has when the holder has left")
      await time.advance(60_000)
      same([await store.get("a"), await store.get("b")], [undefined, undefined], "at their end")
    },
  ),

  clause(
    "crash: versions go on rising under a key, whatever the calendar says",
    ["crash", "entry", "put"],
    async ({ store, crash, stage: { time } }) => {
      const seen = [(await store.put("a", 1)).version]
      for (const calendar of [time.systemTime(), 0, 1e12]) {
        time.setSystemTime(calendar)
        await crash()
        seen.push((await store.put("a", 1)).version)
      }
      for (const [place, version] of seen.entries())
        holds(place === 0 || version > (seen[place - 1] ?? ""), `version ${version} should be the greatest of ${seen.join(", ")}`)
    },
  ),

  clause("crash: a version of before is no version of what was written since", ["crash", "put"], async ({ store, crash }) => {
    const { version } = await store.put("a", 1)
    await crash()
    await store.set("a", 2)
    await refused(store.put("a", 3, { ifVersion: version }), "CONFLICT")
  }),

  clause(
    "reopen: what was acknowledged is there, with its end and a version that is no lesser one",
    ["reopen", "entry", "ttl"],
    async ({ store, reopen, stage: { time } }) => {
      await store.set("a", { n: 1, at: new Date(5) }, 60)
      await store.set("b", 2)
      await store.set("gone", 3)
      await store.delete("gone")
      const before = await store.entry("a")
      await time.advance(20_000)
      const again = await reopen()
      same([await again.get("b"), await again.has("gone")], [2, false], "what is there")
      const after = await again.entry("a")
      same([after?.value, after?.expiresAt], [before?.value, before?.expiresAt], "value and end")
      holds((after?.version ?? "") >= (before?.version ?? ""), "its version should be no lesser one")
      same(Math.round((await again.ttl("a")) ?? 0), 40, "its TTL")
      await time.advance(40_000)
      same(await again.has("a"), false, "has at its end")
    },
  ),

  clause("reopen: what ended meanwhile, or was held by those of before, is not there", ["reopen", "bound"], async ({ store, reopen }) => {
    await store.set("short", 1, 5)
    await store.set("long", 1, 60)
    await store.set("held", 1, { bound: true })
    const again = await reopen(5_000)
    same([await again.has("short"), await again.has("long"), await again.has("held")], [false, true, false], "has")
  }),

  clause(
    "reopen: versions go on rising under a key, whatever the calendar says",
    ["reopen", "put"],
    async ({ store, reopen, stage: { time } }) => {
      time.setSystemTime(1e12)
      const { version } = await store.put("a", 1)
      time.setSystemTime(0)
      const again = await reopen()
      const next = await again.put("a", 2)
      holds(next.version > version, `version ${next.version} should be greater than ${version}`)
    },
  ),
]
