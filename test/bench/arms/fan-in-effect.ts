/** Many of Effect's fibers that each offer a burst to one queue when told to, and are told again when its fiber, which counts, has all. */

import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"

const { senders, burst, ...sampling } = parameters<Sampling & { senders: number; burst: number }>()

let received = 0
let complete: () => void = () => {}

const target = Effect.runSync(Queue.unbounded<number>())

const receiver = Effect.gen(function* () {
  for (;;) {
    yield* Queue.take(target)
    received += 1
    if (received % (senders * burst) === 0) complete()
  }
})

const sender = (own: Queue.Queue<string>): Effect.Effect<never> =>
  Effect.gen(function* () {
    for (;;) {
      yield* Queue.take(own)
      for (let number = 0; number < burst; number += 1) yield* Queue.offer(target, number)
    }
  })

const queues = Array.from({ length: senders }, () => Effect.runSync(Queue.unbounded<string>()))
const fibers = [Effect.runFork(receiver), ...queues.map((queue) => Effect.runFork(sender(queue)))]

async function sendAll(operations: number): Promise<number> {
  const before = received
  for (let left = operations; left > 0; left -= senders * burst) {
    await new Promise<void>((resolve) => {
      complete = resolve
      for (const queue of queues) Queue.offerUnsafe(queue, "go")
    })
  }
  return received - before
}

report(await sample("ns a message", sampling, sendAll))
for (const fiber of fibers) fiber.interruptUnsafe()
