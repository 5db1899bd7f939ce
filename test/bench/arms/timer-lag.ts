/** How late a host timer of 10 ms comes while asks flood a store; with no callers, while nothing does. */

import { acquireStore, fill } from "../application.ts"
import { inParallel } from "../callers.ts"
import { parameters, report } from "../report.ts"
import { sessionKeys } from "../session.ts"
import { quantile } from "../statistics.ts"

const PERIOD_MS = 10

const { callers, operations, idleMs } = parameters<{ callers: number; operations: number; idleMs: number }>()

const mailbox = await acquireStore()
const keys = sessionKeys(1)
const key = keys[0] as string
await fill(mailbox, keys)

async function ask(_from: number, count: number): Promise<number> {
  let replies = 0
  for (let i = 0; i < count; i += 1) if ((await mailbox.get(key)) !== undefined) replies += 1
  return replies
}

/** Measures until `load` has ended: each timer is armed when the one before has come. */
async function latenessDuring(load: Promise<unknown>): Promise<Float64Array> {
  const lateness: number[] = []
  let isOver = false
  const over = load.finally(() => {
    isOver = true
  })
  while (!isOver || lateness.length === 0) {
    const due = performance.now() + PERIOD_MS
    await new Promise<void>((resolve) => setTimeout(resolve, PERIOD_MS))
    lateness.push(performance.now() - due)
  }
  await over
  return Float64Array.from(lateness).sort()
}

let completed = 0
const flood = async (count: number): Promise<void> => {
  completed = await inParallel(callers, count, ask)
}
const isFlooded = callers > 0
if (isFlooded) await flood(Math.ceil(operations / 10))
const lateness = await latenessDuring(isFlooded ? flood(operations) : new Promise((resolve) => setTimeout(resolve, idleMs)))
report({
  expected: isFlooded ? operations : lateness.length,
  completed: isFlooded ? completed : lateness.length,
  figures: {
    "p50, ms late": [quantile(lateness, 0.5)],
    "p99, ms late": [quantile(lateness, 0.99)],
    "max, ms late": [quantile(lateness, 1)],
    timers: [lateness.length],
  },
})
