/** What must compile of pools and keyed locks, and what must not. Checked by `tsc`; never run. */

import { actor, child, type KeyedLockMailbox, keyedLock, PoolMailbox, pool, type Self, server, start, store } from "../../actors/index.ts"

declare const self: Self

const resizer = server({
  init: () => ({}),
  call: { resize: (_state, name: string) => name.length },
  cast: { note: (_state, _text: string) => {} },
})
const painter = server({ init: (colour: string) => ({ colour }), call: { paint: ({ colour }) => colour } })

const plain = actor(async () => {})

const runtime = await start({
  "app:resize": pool(resizer, { size: 4, queue: 100 }),
  "app:paint": child(pool(child(painter, { argument: "red", backoff: { maxMs: 10 } }), { size: 2 }), { shutdown: 1000 }),
  "app:locks": keyedLock({ capacity: 100 }),
})

const resize = await runtime.acquire("app:resize")
resize.call.resize("a.png", { timeoutMs: 5 }) satisfies Promise<number>
resize.cast.note("x") satisfies boolean
;(await runtime.acquire("app:paint")).call.paint() satisfies Promise<string>
self.acquire("app:resize", { as: PoolMailbox<{ resize: (name: string) => number }, {}> })
// @ts-expect-error it takes a name
resize.call.resize(5)
// @ts-expect-error it has no such call
resize.call.paint()
// @ts-expect-error it has no partitions
runtime.acquire("app:resize", { key: "x" })
// @ts-expect-error a pool has a size
pool(resizer, { queue: 5 })
// @ts-expect-error a painter is told its colour
pool(painter, { size: 1 })
// @ts-expect-error a plain process has no calls
pool(plain, { size: 1 })
// @ts-expect-error a store has a mailbox of its own
pool(store(), { size: 1 })

const locks = await runtime.acquire("app:locks")
locks satisfies KeyedLockMailbox
locks.hold("key", async () => 5) satisfies Promise<number>
locks.hold("key", () => "at once", { timeoutMs: 5 }) satisfies Promise<string>
// @ts-expect-error a key is a text
locks.hold(5, () => {})
// @ts-expect-error the work is a function
locks.hold("key", Promise.resolve())
// @ts-expect-error how many is a number
keyedLock({ capacity: "many" })
