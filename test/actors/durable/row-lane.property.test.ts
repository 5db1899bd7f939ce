/** Rows on their way between threads without a message: they come out as they went in, in order, and nobody sleeps over one. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { keyOf } from "../../../actors/durable/key-bytes.ts"
import { type PackedRow, ROW } from "../../../actors/durable/packed-rows.ts"
import { LaneReceiver, LaneSender, laneMemory } from "../../../actors/durable/row-lane.ts"
import type { Change } from "../../../actors/durable.ts"

const said = fc.option(fc.maxSafeInteger(), { nil: undefined })
const key = fc.string({ unit: "binary", maxLength: 5 })
const facts = { key, version: fc.maxSafeNat(), expiresAt: said, idleMs: said, limitAt: said }
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ type: fc.constant("put" as const), ...facts, value: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({ type: fc.constant("touch" as const), ...facts }),
  fc.record({ type: fc.constant("remove" as const), key, version: fc.maxSafeNat() }),
)

const known = (one: number): number | undefined => (Number.isNaN(one) ? undefined : one)

/** What has arrived, as it was given; a commit by its number and its time. */
function arrived({ sort, key, value, version, expiresAt, idleMs, limitAt }: PackedRow): unknown {
  if (sort === ROW.commit) return { id: version, now: expiresAt }
  if (sort === ROW.remove) return { type: "remove", key: keyOf(key), version }
  const rest = { key: keyOf(key), version, expiresAt: known(expiresAt), idleMs: known(idleMs), limitAt: known(limitAt) }
  return sort === ROW.touch ? { type: "touch", ...rest } : { type: "put", ...rest, value: new Uint8Array(value) }
}

/** Both ends, and what has gone in and is to come out. */
function lane(bytes: number): { readonly sender: LaneSender; readonly receiver: LaneReceiver; readonly sent: unknown[] } {
  const memory = laneMemory(bytes)
  return { sender: new LaneSender(memory), receiver: new LaneReceiver(memory), sent: [] }
}

describe("a lane", () => {
  it("gives rows as they were written, in order, and takes all of a list or nothing", () => {
    const write = fc.record({ type: fc.constant("write" as const), changes: fc.array(change, { maxLength: 5 }) })
    const take = fc.record({ type: fc.constant("take" as const), count: fc.nat(6) })
    const commit = fc.record({ type: fc.constant("commit" as const) })
    fc.assert(
      fc.property(fc.array(fc.oneof(write, take, commit), { maxLength: 30 }), (steps) => {
        const { sender, receiver, sent } = lane(2048)
        let id = 0
        const takeAll = (most = Number.POSITIVE_INFINITY): void => {
          for (let row = receiver.take(), left = most; row !== undefined; row = left > 1 ? receiver.take() : undefined, left -= 1) {
            expect(arrived(row)).toEqual(sent.shift())
          }
        }
        for (const step of steps) {
          if (step.type === "take") takeAll(Math.max(step.count, 1))
          else if (step.type === "write") {
            const before = sender.passed
            const isTaken = sender.add(step.changes, 1)
            if (isTaken) sent.push(...step.changes)
            expect(sender.passed - before).toBe(isTaken ? step.changes.length : 0)
          } else if (sender.add([], 1)) {
            id += 1
            sender.addCommit(id, 1000 + id)
            sent.push({ id, now: 1000 + id })
            takeAll()
            // It is answered: both begin at the front.
            sender.restart()
            receiver.restart()
          }
        }
        takeAll()
        expect([sent, receiver.passed]).toEqual([[], sender.passed])
      }),
    )
  })

  it("has no room for what is larger than what is left of it, and has it again when it was begun anew", () => {
    const { sender, receiver } = lane(512)
    const large: Change = {
      type: "put",
      key: "a",
      version: 1,
      value: new Uint8Array(400),
      expiresAt: undefined,
      idleMs: undefined,
      limitAt: undefined,
    }
    expect([sender.add([large], 1), sender.add([large])]).toEqual([false, true])
    expect([sender.add([large]), sender.passed]).toEqual([false, 1])
    expect(receiver.take()?.value.length).toBe(400)
    sender.restart()
    receiver.restart()
    expect([sender.add([large]), receiver.take()?.version, receiver.take()]).toEqual([true, 1, undefined])
  })

  it("has nothing of a list of which one cannot be written, and room for the next", () => {
    const { sender, receiver } = lane(512)
    const good: Change = { type: "remove", key: "a", version: 1 }
    const facts = { expiresAt: undefined, idleMs: undefined, limitAt: undefined }
    const bad = (value: unknown): Change => ({ type: "put", key: "b", version: 2, value: value as Uint8Array, ...facts })
    expect(() => sender.add([good, bad(new BigUint64Array(3))])).toThrow(TypeError)
    expect([sender.add([good, bad({})]), sender.passed, receiver.take()]).toEqual([false, 0, undefined])
    expect([sender.add([{ ...good, version: 3 }]), receiver.take()?.version, receiver.take()]).toEqual([true, 3, undefined])
  })

  it("says once that the other is to be woken, and the other does not fall asleep over a row", () => {
    const { sender, receiver } = lane(512)
    const one: Change = { type: "remove", key: "a", version: 1 }
    sender.add([one])
    expect([sender.hasToWake(), sender.hasToWake()]).toEqual([true, false])
    expect(receiver.sleep()).toBe(false)
    // It is awake: nobody need wake it.
    expect(sender.hasToWake()).toBe(false)
    receiver.take()
    expect([receiver.sleep(), sender.hasToWake(), sender.hasToWake()]).toEqual([true, true, false])
  })
})
