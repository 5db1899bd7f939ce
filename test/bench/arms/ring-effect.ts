/** A ring of Effect's fibers, each with a queue, that offer a token on until it has gone its way; whom it reaches counts the hop. */

import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"

const { size, ...sampling } = parameters<Sampling & { size: number }>()

let hops = 0
let arrived: () => void = () => {}

const member = (own: Queue.Queue<number>, neighbour: Queue.Queue<number>): Effect.Effect<never> =>
  Effect.gen(function* () {
    for (;;) {
      const left = yield* Queue.take(own)
      hops += 1
      if (left === 1) arrived()
      else yield* Queue.offer(neighbour, left - 1)
    }
  })

const queues = Array.from({ length: size }, () => Effect.runSync(Queue.unbounded<number>()))
const fibers = queues.map((queue, place) => Effect.runFork(member(queue, queues[(place + 1) % size] as Queue.Queue<number>)))

async function goRound(operations: number): Promise<number> {
  const before = hops
  await new Promise<void>((resolve) => {
    arrived = resolve
    Queue.offerUnsafe(queues[0] as Queue.Queue<number>, operations)
  })
  return hops - before
}

report(await sample("ns a hop", sampling, goRound))
for (const fiber of fibers) fiber.interruptUnsafe()
