import { describe, expect, it } from "vitest"
import { WatchIndex } from "../../../actors/store/watch-index.ts"
import { Watcher } from "../../../actors/store/watcher.ts"
import { hubStage } from "../../support/hub-stage.ts"

/** What waits, marks left out. */
function waiting({ queue }: Watcher): string[] {
  const told: string[] = []
  for (let change = queue.peek(); change !== undefined; change = queue.peek()) {
    if (change.type !== "mark") told.push(`${change.type} ${change.key ?? change.cause}`)
    queue.shift()
  }
  return told
}

describe("a hub", () => {
  it("is told of nothing while nobody watches, unless a history is asked for", () => {
    const { state, watch } = hubStage(0)
    expect(state.table.observer).toBeUndefined()
    const watcher = watch({})
    expect(state.table.observer).toBeDefined()
    state.watches.leaveAll(1)
    expect(state.table.observer).toBeUndefined()
    expect(watcher.queue.end).toEqual({ error: undefined })
    expect(hubStage(1).state.table.observer).toBeDefined()
    expect(hubStage().state.table.observer).toBeUndefined()
  })

  it("says gap to all, and forgets its history, where it was not told of a change to the end", () => {
    const { state, set, watch } = hubStage(10)
    const watcher = watch({})
    set("a", 1)
    const from = state.version(state.table.lastVersion)
    set("b", 1)
    const { observer } = state.table
    state.table.observer = undefined
    set("lost", 1)
    state.table.observer = observer
    set("c", 1)
    expect(waiting(watcher)).toEqual(["set a", "set b"])
    expect([watcher.queue.isAtGap, watcher.queue.lost]).toEqual([true, "missed"])
    watcher.recover()
    expect(waiting(watcher)).toEqual(["gap missed"])
    expect(waiting(watch({ from }))).toEqual(["gap history"])
  })

  it("finds out at the next watch, too", () => {
    const { state, set, watch } = hubStage(10)
    const watcher = watch({})
    const { observer } = state.table
    state.table.observer = undefined
    set("lost", 1)
    state.table.observer = observer
    watch({})
    expect(watcher.queue.lost).toBe("missed")
  })

  it("tells what is there some slots at a time, each entry once, whatever happens between", () => {
    const { state, set, settle, watch } = hubStage()
    for (let index = 0; index < 5000; index += 1) set(`k${index}`, index)
    const watcher = watch({ hasInitial: true })
    settle(2)
    const early = waiting(watcher)
    expect(early).toHaveLength(2048)
    // One that was told goes, one that was not; a new one takes the place of each.
    const now = (): number => 0
    state.table.delete("k0", now)
    state.table.delete("k4000", now)
    set("in place of k4000", 1)
    set("in place of k0", 1)
    set("k4999", "changed")
    set("k1", "changed")
    // What was not told yet is told before it changes.
    const told = [
      "delete k0",
      "set k4000",
      "delete k4000",
      "set in place of k4000",
      "set in place of k0",
      "set k4999",
      "set k4999",
      "set k1",
    ]
    expect(waiting(watcher)).toEqual(told)
    settle()
    const untold = Array.from({ length: 2951 }, (_, index) => `set k${2048 + index}`)
    expect(waiting(watcher)).toEqual(untold.toSpliced(4000 - 2048, 1))
  })

  it("takes no more slots in one turn than it may, for a prefix that nothing has", () => {
    const { set, settle, watch } = hubStage()
    for (let index = 0; index < 3000; index += 1) set(`k${index}`, index)
    watch({ text: "none", hasInitial: true })
    expect(settle()).toBe(3)
  })

  it("waits with what is there while half of the room is taken, and asks itself for more once", () => {
    const { set, settle, watch } = hubStage()
    for (let index = 0; index < 10; index += 1) set(`k${index}`, index)
    const watcher = watch({ hasInitial: true, room: 4 })
    settle()
    expect(watcher.queue.size).toBe(2)
    expect(settle()).toBe(0)
    watcher.queue.shift()
    watcher.taken()
    watcher.taken()
    expect(settle()).toBe(1)
    expect(watcher.queue.size).toBe(2)
  })

  it("begins anew with what is there, after a gap in the midst of it, and asks itself once for each part", () => {
    const { set, settle, watch } = hubStage()
    for (let index = 0; index < 3000; index += 1) set(`k${index}`, index)
    const watcher = watch({ hasInitial: true })
    settle(1)
    watcher.queue.discard()
    watcher.recover()
    expect(settle()).toBe(3)
    expect(waiting(watcher)).toHaveLength(3001)
  })

  it("leaves out what one that waits is told at once beyond 65 536 changes", async () => {
    const { set, watch } = hubStage()
    const { queue } = watch({ room: 1 })
    const waits = queue.arrival()
    for (let index = 0; index < 65_537; index += 1) set("k", index)
    expect([queue.size, queue.lost]).toEqual([65_537, undefined])
    set("k", "one more")
    expect([queue.size, queue.lost]).toEqual([65_537, "slow"])
    await waits
  })

  it("forgets in the next incarnation who has left one that ended before it heard of it", () => {
    const { state, watch } = hubStage()
    const [left, stays] = [watch({}), watch({})]
    left.leave(undefined, true)
    expect(state.watches.size).toBe(2)
    state.watches.adopt(state, false)
    expect(state.watches.size).toBe(1)
    expect(stays.hasLeft).toBe(false)
  })

  it("holds so many watches", () => {
    const { state } = hubStage()
    const wanted = { text: "a", isPrefix: false, hasInitial: false, from: undefined, room: 1 }
    for (let left = 65_536; left > 0; left -= 1) expect(state.watches.join(new Watcher(wanted, 1))).toBe(true)
    expect(state.watches.join(new Watcher(wanted, 1))).toMatchObject({ error: { kind: "RATE_LIMITED", details: { capacity: 65_536 } } })
    state.watches.leaveAll(1)
    expect(state.watches.size).toBe(0)
  })
})

describe("the index of watches", () => {
  it("looks only at those who watch the key, and at no prefix longer than it", () => {
    const index = new WatchIndex()
    const watcher = (text: string, isPrefix: boolean): Watcher =>
      new Watcher({ text, isPrefix, hasInitial: false, from: undefined, room: 1 }, 1)
    const all = [watcher("", true), watcher("ab", true), watcher("abc", true), watcher("ab", false), watcher("b", false)]
    for (const one of all) index.add(one)
    const of = (key: string): number[] => {
      const found: number[] = []
      index.forEach(key, (one) => found.push(all.indexOf(one)))
      return found.sort()
    }
    expect([of("ab"), of("abcd"), of("b"), of("x")]).toEqual([[0, 1, 3], [0, 1, 2], [0, 4], [0]])
    const twin = watcher("ab", true)
    index.add(twin)
    for (const one of all.slice(0, 2)) index.remove(one)
    expect([of("ab"), of("abcd"), of("x")]).toEqual([[-1, 3], [-1, 2], []])
    expect(index.looks).toBe(2)
    index.remove(twin)
    expect([of("ab"), of("abcd"), index.looks]).toEqual([[3], [2], 1])
    index.add(watcher("xyz", true))
    index.remove(all[2] as Watcher)
    expect([of("xyz"), of("abcd"), index.looks]).toEqual([[-1], [], 1])
  })
})
