/** Two of Effect's fibers, each with a queue, that offer one number to and fro; the one that began counts what comes back right. */

import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"

const ponger = (own: Queue.Queue<number>, partner: Queue.Queue<number>): Effect.Effect<never> =>
  Effect.gen(function* () {
    for (;;) yield* Queue.offer(partner, yield* Queue.take(own))
  })

const play = Effect.fnUntraced(function* (rounds: number) {
  const own = yield* Queue.unbounded<number>()
  const partner = yield* Queue.unbounded<number>()
  const fiber = yield* Effect.forkChild(ponger(partner, own))
  let right = 0
  for (let number = 0; number < rounds; number += 1) {
    yield* Queue.offer(partner, number)
    if ((yield* Queue.take(own)) === number) right += 1
  }
  yield* Fiber.interrupt(fiber)
  return right
})

report(await sample("ns a round trip", parameters<Sampling>(), (rounds) => Effect.runPromise(play(rounds))))
