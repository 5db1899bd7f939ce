/**
 * As many entries as there are, all due in the same second, in real time: until when they are gone, how long the host is kept from its next turn
 * meanwhile, and whether who watches is told of each once.
 */

import { openSync, readSync } from "node:fs"
import { PerformanceObserver } from "node:perf_hooks"
import { start, store } from "../../../actors/index.ts"
import { parameters, report } from "../report.ts"
import { sessionKeys } from "../session.ts"

const { entries, leadMs, isWatched } = parameters<{ entries: number; leadMs: number; isWatched: boolean }>()

const SECOND_MS = 1000
const AT_ONCE = 1000

/** When the collector had the thread, by its own account. */
const pauses: { readonly from: number; readonly to: number }[] = []
const collector = new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) pauses.push({ from: startTime, to: startTime + duration })
})
collector.observe({ entryTypes: ["gc"] })

const runtime = await start({ "app:store": store<number>({ maxEntries: 0 }) }, { log: () => {} })
const mailbox = await runtime.acquire("app:store")
const keys = sessionKeys(entries)

/** Of those told of an expiry: how many keys, each counted once, and how often something else was told. */
const told = { expired: 0, others: 0 }
const isTold = new Uint8Array(entries)

const events = isWatched ? mailbox.watch({ prefix: "" }) : undefined

async function watch(): Promise<void> {
  const numbers = new Map(keys.map((key, number) => [key, number]))
  for await (const { type, key } of events ?? []) {
    if (type === "set") continue
    const number = key === undefined ? undefined : numbers.get(key)
    if (type !== "expire" || number === undefined || isTold[number] === 1) told.others += 1
    else {
      isTold[number] = 1
      told.expired += 1
    }
  }
}

const due = performance.now() + leadMs
async function fill(): Promise<void> {
  for (let from = 0; from < entries; from += AT_ONCE) {
    const part = keys.slice(from, from + AT_ONCE)
    const ttlOf = (n: number): number => (due + (n / entries) * SECOND_MS - performance.now()) / 1000
    await Promise.all(part.map((key, i) => mailbox.set(key, from + i, ttlOf(from + i))))
    // So that who watches has heard of these before others come.
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

/** A turn of the host: from when to when, and how long this thread was on a processor in it, in ms. */
interface Turn {
  readonly from: number
  readonly to: number
  readonly busy: number
}

/** How long this thread has waited for a processor, in ms, as the kernel counts it: to the point, where the time on one is counted by ticks of some ms. */
function waitingMs(): () => number {
  try {
    const file = openSync("/proc/thread-self/schedstat", "r")
    const text = Buffer.alloc(64)
    return () => Number(text.toString("latin1", 0, readSync(file, text, 0, text.length, 0)).split(" ")[1]) / 1e6
  } catch {
    // Nobody counts it here.
    return () => 0
  }
}

/** Until nothing is there. Somebody asks all the time, as anybody may: he is answered between two sweeps, which may be turns later. */
async function turnsUntilGone(): Promise<readonly Turn[]> {
  const waiting = waitingMs()
  const turns: Turn[] = []
  let isAsking = false
  let left = entries
  const ask = async (): Promise<void> => {
    isAsking = true
    left = (await mailbox.statistics()).entries
    isAsking = false
  }
  for (let from = performance.now(), waited = waiting(); left > 0; ) {
    if (!isAsking) void ask()
    await new Promise<void>((resolve) => setImmediate(resolve))
    const [to, waitedThen] = [performance.now(), waiting()]
    turns.push({ from, to, busy: to - from - (waitedThen - waited) })
    from = to
    waited = waitedThen
  }
  return turns
}

function pausedWithin(from: number, to: number): number {
  return pauses.reduce((sum, pause) => sum + Math.max(0, Math.min(pause.to, to) - Math.max(pause.from, from)), 0)
}

const watching = watch()
await fill()
const early = due - performance.now()
if (early < 0) throw new Error(`filling took ${Math.round(-early)} ms longer than the entries live`)
await new Promise<void>((resolve) => setTimeout(resolve, early - 20))
const turns = await turnsUntilGone()
const goneAt = turns.at(-1)?.to ?? 0
// The collector's account comes a little later.
await new Promise<void>((resolve) => setTimeout(resolve, 50))
const { expired } = await mailbox.statistics()
events?.close()
await watching
await runtime.stop()

const longest = (of: (turn: Turn) => number): number => turns.reduce((most, turn) => Math.max(most, of(turn)), 0)
report({
  expected: entries,
  completed: isWatched ? told.expired : expired,
  figures: {
    "ms until gone, from the last deadline": [goneAt - due - SECOND_MS],
    "longest turn, ms": [longest(({ from, to }) => to - from)],
    "longest turn without the collector's pauses, ms": [longest(({ from, to }) => to - from - pausedWithin(from, to))],
    "longest turn without them, ms of a processor": [longest(({ from, to, busy }) => busy - pausedWithin(from, to))],
    "told of anything else": [told.others],
  },
})
