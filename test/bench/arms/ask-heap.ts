/** A great many asks, each with a deadline of 5 s, and the heap after a collection every so often. */

import { acquireStore, fill } from "../application.ts"
import { inParallel } from "../callers.ts"
import { heapBytes } from "../heap-bytes.ts"
import { parameters, report } from "../report.ts"
import { sessionKeys } from "../session.ts"

const CALLERS = 100

const { operations, intervals } = parameters<{ operations: number; intervals: number }>()

const mailbox = await acquireStore()
const keys = sessionKeys(1)
const key = keys[0] as string
await fill(mailbox, keys)

async function ask(_from: number, count: number): Promise<number> {
  let replies = 0
  for (let i = 0; i < count; i += 1) if ((await mailbox.get(key, { timeoutMs: 5000 })) !== undefined) replies += 1
  return replies
}

const each = operations / intervals
// What the first asks bring into being (compiled code, rings at their size) is no growth.
await inParallel(CALLERS, each, ask)

const bytes = [await heapBytes()]
let completed = 0
for (let i = 0; i < intervals; i += 1) {
  completed += await inParallel(CALLERS, each, ask)
  bytes.push(await heapBytes())
}
const [first, last] = [bytes[0] as number, bytes.at(-1) as number]
report({
  expected: each * intervals,
  completed,
  figures: {
    "heap before, MB": [first / 2 ** 20],
    "heap after, MB": [last / 2 ** 20],
    "growth, bytes an ask": [(last - first) / completed],
  },
})
