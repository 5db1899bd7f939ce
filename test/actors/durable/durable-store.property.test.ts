/** A durable store under any commands, with commits that fail and restarts in between, against a plain map. */

import fc from "fast-check"
import { expect, it } from "vitest"
import type { StoreMailbox } from "../../../actors/index.ts"
import { Unavailable } from "../../../actors/index.ts"
import { buildDurable, type DurableStage } from "../../support/durable-stage.ts"
import { MemoryDatabase } from "../../support/memory-database.ts"
import { seeds } from "../../support/seeds.ts"

const KEYS = ["a", "b", "c", "d"]

type Command =
  | { readonly type: "set" | "increment" | "delete" | "get" | "load"; readonly key: string; readonly n: number }
  | { readonly type: "swap"; readonly key: string; readonly other: string }
  | { readonly type: "setMany"; readonly keys: readonly string[]; readonly n: number }
  | { readonly type: "fail"; readonly isFailing: boolean }
  | { readonly type: "settle" | "crash" | "list" }

const key = fc.constantFrom(...KEYS)
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constantFrom("set", "increment", "delete", "get", "load"), key, n: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("swap"), key, other: key }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("setMany"), keys: fc.uniqueArray(key, { minLength: 1 }), n: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom("settle", "list") }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("crash") }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("fail"), isFailing: fc.boolean() }) },
)

/** What the model makes of it, where it is carried out at its place in the order. */
function expected(model: Map<string, number>, said: Command): unknown {
  switch (said.type) {
    case "set":
      model.set(said.key, said.n)
      return true
    case "increment":
      model.set(said.key, (model.get(said.key) ?? 0) + said.n)
      return model.get(said.key)
    case "delete":
      return model.delete(said.key)
    case "get":
      return model.get(said.key)
    case "load":
      if (!model.has(said.key)) model.set(said.key, said.n)
      return model.get(said.key)
    case "swap": {
      const [one, other] = [model.get(said.key), model.get(said.other)]
      if (other !== undefined) model.set(said.key, other)
      if (one !== undefined) model.set(said.other, one)
      return [one, other]
    }
    case "setMany":
      for (const each of said.keys) model.set(each, said.n)
      return said.keys.map(() => true)
    default:
      return [...model.keys()].sort()
  }
}

function carriedOut(store: StoreMailbox<number>, said: Command): Promise<unknown> {
  switch (said.type) {
    case "set":
      return store.set(said.key, said.n)
    case "increment":
      return store.increment(said.key, said.n).then(({ value }) => value)
    case "delete":
      return store.delete(said.key)
    case "get":
      return store.get(said.key)
    case "load":
      return store.getOrSet(said.key, async () => said.n)
    case "swap":
      return store.transaction([said.key, said.other], (tx) => {
        const [one, other] = [tx.get(said.key), tx.get(said.other)]
        if (other !== undefined) tx.set(said.key, other)
        if (one !== undefined) tx.set(said.other, one)
        return [one, other]
      })
    case "setMany":
      return store.setMany(said.keys.map((each) => [each, said.n]))
    default:
      return store.list().then(({ items }) => items.map((item) => item.key))
  }
}

interface Run {
  readonly stage: DurableStage
  readonly database: MemoryDatabase
  readonly model: Map<string, number>
  /** Answers that are still to be compared with the model's. */
  readonly open: Promise<void>[]
}

/** Where commits fail one after the other, as each is waited for, what has failed is known to have changed nothing. */
async function step({ stage, database, model, open }: Run, said: Command): Promise<void> {
  const store = stage.store as StoreMailbox<number>
  if (said.type === "fail") {
    await Promise.all(open.splice(0))
    database.failing = said.isFailing ? new Unavailable("the disk is full") : undefined
  } else if (said.type === "crash") {
    await Promise.all(open.splice(0))
    await stage.crash()
    // So that many of them are no reason to give up.
    await stage.time.advance(60_000)
  } else if (said.type === "settle") await Promise.all(open.splice(0))
  else if (database.failing === undefined) {
    const wanted = structuredClone(expected(model, said))
    open.push(carriedOut(store, said).then((given) => expect([said, given]).toEqual([said, wanted])))
    // What is asked for while a page is read may be in it, and comes before what is loaded meanwhile.
    if (said.type === "list" || said.type === "load") await Promise.all(open.splice(0))
  } else {
    const after = new Map(model)
    const wanted = expected(after, said)
    const given = await carriedOut(store, said).catch((error) => error.kind)
    // What changes nothing needs no commit.
    if (given === "UNAVAILABLE") return
    expect([said, given]).toEqual([said, wanted])
    // What was loaded is given, though it cannot be kept.
    if (said.type !== "load") expect(after).toEqual(model)
  }
}

it("does what a map does, whatever is in memory, and has changed nothing where its commit has failed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 40 }), fc.constantFrom(1, 100), async (commands, maxHotEntries) => {
      const database = new MemoryDatabase()
      const stage = await buildDurable({}, { store: { database, maxHotEntries } })
      const run: Run = { stage, database, model: new Map(), open: [] }
      try {
        for (const said of commands) await step(run, said)
        await Promise.all(run.open)
        expect(new Map([...database.rows.keys()].map((each) => [each, true]))).toEqual(
          new Map([...run.model.keys()].map((each) => [each, true])),
        )
        for (const each of KEYS) expect(await stage.store.get(each)).toBe(run.model.get(each))
      } finally {
        await stage.runtime.stop()
      }
    }),
    { ...seeds(200, 8), timeout: 10_000 },
  )
})
