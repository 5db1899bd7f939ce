/** What functions that a store is given come to: `update`, the work of a transaction, `weigh`. It is data, or refused; never an instruction. */

import { runInNewContext } from "node:vm"
import { describe, expect, it } from "vitest"
import type { StoreMailbox } from "../../../actors/index.ts"
import { refusalOf } from "../../support/refusal.ts"
import { openStore } from "../../support/store-stage.ts"
import { thenable, thenableBy } from "../../support/thenable.ts"

/** Each fails later, when nobody looks at it any more. */
const PROMISES: readonly [name: string, make: () => unknown][] = [
  ["a promise", () => Promise.reject(new Error("late"))],
  ["a promise of another realm", () => runInNewContext('Promise.reject(new Error("late"))')],
  ["a promise whose methods are its own", () => Object.assign(Promise.reject(new Error("late")), { catch: undefined })],
  ["a thenable", () => thenable(() => {})],
  [
    "a function that is a thenable",
    () =>
      thenable(
        () => {},
        () => {},
      ),
  ],
  [
    "what cannot be looked at",
    () =>
      thenableBy(() => {
        throw new Error("unreadable")
      }),
  ],
  ["a proxy that is revoked", () => revoked()],
]

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const ASKS: readonly [field: string, ask: (cache: StoreMailbox, make: () => unknown) => Promise<unknown>][] = [
  ["update", (cache, make) => cache.update("a", make)],
  ["work", (cache, make) => cache.transaction(["a"], make)],
]

describe.each(ASKS)("the function that is %s", (field, ask) => {
  it.each(PROMISES)("and gives %s is refused, and what becomes of that is nobody's", async (_, make) => {
    const { cache } = await openStore()
    await cache.set("a", 1)
    expect(await refusalOf(ask(cache, make))).toMatchObject({ kind: "INVALID", details: { field } })
    expect(await cache.get("a")).toBe(1)
  })
})

describe("what the work of a transaction gives", () => {
  it("is handed over as it was found, though it would be a promise when it is looked at again", async () => {
    const { cache } = await openStore()
    let looks = 0
    const given = await cache.transaction(["a"], () =>
      thenableBy(() => (looks++ === 0 ? undefined : (settle: (value: string) => void) => settle("taken"))),
    )
    expect([given === ("taken" as never), looks]).toEqual([false, 1])
  })

  it("is refused where it has been made a promise since", async () => {
    const { cache } = await openStore()
    const result = {}
    const answer = cache.transaction(["a"], () => result)
    thenable((settle) => settle("taken"), result)
    expect(await refusalOf(answer)).toMatchObject({ kind: "INVALID", details: { field: "work" } })
  })
})

describe("weigh", () => {
  it.each(PROMISES)("that gives %s writes nothing, and what becomes of that is nobody's", async (_, make) => {
    const { cache } = await openStore({ store: { maxBytes: 100, weigh: make as () => number } })
    const writes = [
      cache.set("a", 1),
      cache.setMany([["a", 1]]),
      cache.update("a", () => 1),
      cache.increment("a"),
      cache.transaction(["a"], (tx) => tx.set("a", 1)),
      cache.getOrSet("a", () => 1),
    ]
    for (const write of writes) expect(await refusalOf(write)).toMatchObject({ kind: "INVALID", details: { field: "weigh" } })
    expect(await cache.count()).toBe(0)
  })
})
