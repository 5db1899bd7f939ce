import { expect, it } from "vitest"
import { Deferred } from "../../../actors/index.ts"
import { Fences } from "../../../actors/store/fences.ts"
import { LeaseTable } from "../../../actors/store/lease-table.ts"
import { LeaseToken } from "../../../actors/store/lease-token.ts"
import { NEVER } from "../../../actors/store/lifetime.ts"

/** An incarnation whose time stands still until it is told, and whose timers are never due. */
function incarnation() {
  const time = { now: 0 }
  const over: (() => void)[] = []
  const after = () => ({ cancel: (): false => false, missed: 0 })
  const self = {
    now: () => time.now,
    recently: () => time.now,
    systemTime: () => 1000,
    calendarLead: () => 0,
    random: () => 0,
    after,
    later: () => {},
    signal: new AbortController().signal,
  }
  return {
    time,
    end: () => over.forEach((callback) => void callback()),
    self,
    now: () => time.now,
    expiresAt: (deadline: number) => (deadline === NEVER ? undefined : 1000 + deadline),
    whenOver: (callback: () => void) => void over.push(callback),
  }
}

const wish = (key: string, { ttlMs = NEVER, waits = false, attachment = 1 } = {}): LeaseToken =>
  new LeaseToken(key, attachment, "user:bob", ttlMs, waits)

it("counts a lease as over at its deadline, whether a timer was due or not", () => {
  const table = new LeaseTable(new Fences())
  const present = incarnation()
  table.adopt(present)
  const token = wish("a", { ttlMs: 10 })
  expect(table.take(token)).toEqual({ fence: 1000, expiresAt: 1010 })
  present.time.now = 9
  expect([token.isHeld, table.holder("a")?.fence]).toEqual([true, 1000])
  present.time.now = 10
  expect([token.isHeld, table.holder("a"), table.size]).toEqual([false, undefined, 0])
  expect(table.take(wish("a"))).toMatchObject({ fence: 1001 })
})

it("counts one that was given back as free, before it hears of it", () => {
  const table = new LeaseTable(new Fences())
  table.adopt(incarnation())
  const token = wish("a")
  table.take(token)
  token.leave()
  expect(table.take(wish("a"))).toMatchObject({ fence: 1001 })
})

it("taken over by the next incarnation has those that are held, and nobody who waited or has left", async () => {
  const table = new LeaseTable(new Fences())
  const first = incarnation()
  table.adopt(first)
  const [held, left, waiting] = [wish("a"), wish("b"), wish("a", { waits: true })]
  table.take(held)
  table.take(left)
  expect(table.take(waiting)).toBe("waits")
  waiting.deferred = new Deferred(undefined)
  first.end()
  expect(held.isHeld).toBe(false)
  await held.tenure.over()
  left.leave()
  table.adopt(incarnation())
  expect([held.isHeld, left.isHeld, table.size]).toEqual([true, false, 1])
})

it("does not forget, in the last turn of its incarnation, what it holds", () => {
  const table = new LeaseTable(new Fences())
  const first = incarnation()
  table.adopt(first)
  const held = wish("a")
  table.take(held)
  first.end()
  expect(table.take(wish("a"))).toMatchObject({ error: { kind: "CONFLICT" } })
  table.adopt(incarnation())
  expect(held.isHeld).toBe(true)
})

it("gives the same to a request that is handled again, as it was cut short", () => {
  const table = new LeaseTable(new Fences())
  table.adopt(incarnation())
  const [held, waiting] = [wish("a"), wish("a", { waits: true })]
  expect(table.take(held)).toEqual(table.take(held))
  expect([table.take(waiting), table.take(waiting), table.size]).toEqual(["waits", "waits", 2])
})

it("holds so many, held and waited for, and gives their places back", () => {
  const table = new LeaseTable(new Fences())
  table.adopt(incarnation())
  for (let index = 0; index < 65_535; index += 1) table.take(wish(`k${index}`, { ttlMs: 10 }))
  expect(table.take(wish("k0", { waits: true }))).toBe("waits")
  expect(table.take(wish("more"))).toMatchObject({ error: { kind: "RATE_LIMITED", details: { key: "more", capacity: 65_536 } } })
  table.leaveAll(1)
  expect(table.size).toBe(0)
  expect(table.take(wish("more"))).toMatchObject({ fence: expect.any(Number) })
})

it("gives fences that rise, by the calendar where that is ahead", () => {
  const fences = new Fences()
  expect([fences.next(1000.7), fences.next(1000.9), fences.next(5), fences.next(2000)]).toEqual([1000, 1001, 1002, 2000])
})
