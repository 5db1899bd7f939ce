/** What Effect's idle fibers take on the heap, each with the queue it takes from: never messaged, and after one message each. */

import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { heapBytes } from "../heap-bytes.ts"
import { parameters, report } from "../report.ts"

const { processes } = parameters<{ processes: number }>()

let handled = 0

const counter = (queue: Queue.Queue<number>): Effect.Effect<never> =>
  Effect.gen(function* () {
    let count = 0
    for (;;) {
      count += yield* Queue.take(queue)
      if (count === 1) handled += 1
    }
  })

// The places exist before, so that only what is in them is measured.
const queues = new Array<Queue.Queue<number> | undefined>(processes).fill(undefined)

const before = await heapBytes()
for (let i = 0; i < processes; i += 1) {
  const queue = Effect.runSync(Queue.unbounded<number>())
  queues[i] = queue
  Effect.runFork(counter(queue))
}
const neverMessaged = await heapBytes()
for (const queue of queues) if (queue !== undefined) Queue.offerUnsafe(queue, 1)
const afterOne = await heapBytes()
report({
  expected: 2 * processes,
  // Read afterwards: what nobody holds would be collected before it is measured.
  completed: queues.filter((queue) => queue !== undefined).length + handled,
  figures: {
    "bytes, never messaged": [(neverMessaged - before) / processes],
    "bytes, after one message": [(afterOne - before) / processes],
  },
})
