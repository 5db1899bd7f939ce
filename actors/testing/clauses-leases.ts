/** Promises of leases. */

import { type Clause, clause } from "./clause.ts"
import { heard, holds, refused, same } from "./sameness.ts"

export const leases: readonly Clause[] = [
  clause("lease: one holds it at a time, and it is free when it is given back", ["lease", "leaseOf"], async ({ store, acquire }) => {
    const other = await acquire()
    const lease = await store.lease("a", { ttl: 60 })
    same([lease.key, lease.isHeld], ["a", true], "the lease")
    await refused(other.lease("a"), "CONFLICT")
    await refused(store.lease("a"), "CONFLICT")
    same(await lease.release(), true, "release")
    same([lease.isHeld, await lease.release(), await other.leaseOf("a")], [false, false, undefined], "once it was given back")
    holds((await other.lease("a")).isHeld, "another should get it then")
  }),

  clause("lease: its fence is greater than all before it", ["lease"], async ({ store }) => {
    let last = Number.NEGATIVE_INFINITY
    for (let turn = 0; turn < 20; turn += 1) {
      const lease = await store.lease(turn % 2 === 0 ? "a" : "b")
      if (turn % 2 === 0) {
        holds(lease.fence > last, `the fence ${lease.fence} should be greater than ${last}`)
        last = lease.fence
      }
      await lease.release()
    }
  }),

  clause("lease: is over with its time, unless it is renewed", ["lease", "leaseOf"], async ({ store, acquire, stage: { time } }) => {
    const other = await acquire()
    const lease = await store.lease("a", { ttl: 10 })
    await time.advance(9_000)
    await lease.renew()
    await time.advance(9_999)
    holds(lease.isHeld, "it should be held a millisecond before")
    await time.advance(1)
    same([lease.isHeld, await other.leaseOf("a")], [false, undefined], "at its end")
    await refused(lease.renew(), "CONFLICT")
    holds((await other.lease("a")).isHeld, "another should get it then")
  }),

  clause(
    "lease: is renewed for as long as before, or for as long as is said, and its holder hears of its end",
    ["lease"],
    async ({ store, stage: { time } }) => {
      const lease = await store.lease("a", { ttl: 10 })
      const { signal } = lease
      await lease.renew(20)
      await time.advance(19_999)
      same([lease.isHeld, signal.aborted], [true, false], "a millisecond before")
      await lease.renew()
      await time.advance(19_999)
      same([lease.isHeld, signal.aborted], [true, false], "a millisecond before, when it was renewed for as long")
      await time.advance(1)
      await time.settle()
      same([lease.isHeld, signal.aborted], [false, true], "at its end")
    },
  ),

  clause("lease: who asks is told who has it, and until when", ["lease", "leaseOf"], async ({ store, acquire, stage: { time } }) => {
    const holder = await acquire("holder")
    const lease = await holder.lease("a", { ttl: 60 })
    const until = time.systemTime() + 60_000
    const facts = ["holder", lease.fence, until]
    const of = (told: unknown): unknown[] => ["holder", "fence", "expiresAt"].map((name) => Reflect.get(Object(told), name))
    same(of(await store.leaseOf("a")), facts, "leaseOf")
    same(lease.expiresAt, until, "what the lease says")
    const conflict = (await refused(store.lease("a"), "CONFLICT")) as { readonly details?: unknown }
    same(of(conflict.details), facts, "the details of Conflict")
    await lease.renew(0)
    same([lease.expiresAt, (await store.leaseOf("a"))?.expiresAt], [undefined, undefined], "the end of one that has none")
  }),

  clause("lease: who waits does so no longer than it says", ["lease"], async ({ store, acquire, stage: { time } }) => {
    const other = await acquire()
    const lease = await store.lease("a")
    const controller = new AbortController()
    const late = heard([other.lease("a", { wait: true }, { timeoutMs: 1_000 })])
    const hasty = heard([other.lease("a", { wait: true }, { signal: controller.signal, timeoutMs: 2_000 })])
    await time.settle()
    controller.abort()
    await time.advance(2_000)
    for (const answer of hasty) await refused(answer, "CANCELED")
    for (const answer of late) await refused(answer, "TIMEOUT")
    await lease.release()
    holds((await store.lease("a")).isHeld, "nobody should have it who waits no more")
  }),

  clause(
    "lease: is over with the crash of a store that does not keep what it has, and its fence is not given again",
    ["lease", "crash"],
    async ({ store, crash, stage }) => {
      const lease = await store.lease("a")
      const { signal } = lease
      await crash()
      // Its holder asks the next incarnation, which has answered by then.
      await store.has("a")
      await stage.time.settle()
      same([lease.isHeld, signal.aborted], stage.isKept === true ? [true, false] : [false, true], "the lease")
      await lease.release()
      holds((await store.lease("a")).fence > lease.fence, "a fence should be greater than those of before the crash")
    },
  ),

  clause("lease: its fence is not given again when the store is opened again", ["lease", "reopen"], async ({ store, reopen }) => {
    const { fence } = await store.lease("a")
    const again = await reopen(1_000)
    holds((await again.lease("a")).fence > fence, "a fence should be greater than those of before")
  }),

  clause("lease: goes with the mailbox that asked for it", ["lease"], async ({ store, acquire }) => {
    const other = await acquire()
    const lease = await other.lease("a")
    await other.release()
    same(lease.isHeld, false, "isHeld")
    holds((await store.lease("a")).isHeld, "another should get it then")
  }),

  clause("lease: who waits gets it in the order of asking", ["lease"], async ({ store, acquire }) => {
    const [one, two] = [await acquire(), await acquire()]
    const first = await store.lease("a")
    const got: string[] = []
    const waiting = [one, two].map(async (mailbox, place) => {
      const lease = await mailbox.lease("a", { wait: true })
      got.push(`${place}`)
      await lease.release()
    })
    await first.release()
    await Promise.all(waiting)
    same(got, ["0", "1"], "who got it")
  }),

  clause("lease: can be broken, and its holder hears of it", ["lease", "breakLease"], async ({ store, acquire, stage: { time } }) => {
    const other = await acquire()
    const lease = await store.lease("a")
    const { signal } = lease
    same([await other.breakLease("a"), await other.breakLease("a")], [true, false], "breakLease")
    await time.settle()
    same([lease.isHeld, signal.aborted], [false, true], "the lease")
    await refused(lease.renew(), "CONFLICT")
  }),

  clause("lease: stands apart from the value of its key", ["lease"], async ({ store }) => {
    const lease = await store.lease("a")
    same([await store.has("a"), await store.set("a", 1), await store.delete("a"), lease.isHeld], [false, true, true, true], "the value")
  }),

  clause("lease: what is no key, no TTL or no option is Invalid", ["lease", "leaseOf", "breakLease"], async ({ store }) => {
    for (const key of ["", 1, null, "\ud800"] as readonly string[]) {
      for (const answer of heard([store.lease(key), store.leaseOf(key), store.breakLease(key)])) await refused(answer, "INVALID", "key")
    }
    for (const ttl of [-1, Number.NaN, "1"] as readonly number[]) await refused(store.lease("a", { ttl }), "INVALID", "ttl")
    await refused(store.lease("a", { wait: "yes" as never }), "INVALID", "wait")
  }),
]
