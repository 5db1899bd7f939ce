/** Skynet of Effect's fibers: each makes a queue and forks ten, and so on; the last ones offer their numbers up, the others the sum. */

import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"
import { rightSum, WIDTH } from "../skynet.ts"

const node = (parent: Queue.Queue<number>, first: number, size: number): Effect.Effect<unknown> =>
  size === 1 ? Queue.offer(parent, first) : inner(parent, first, size / WIDTH)

const inner = Effect.fnUntraced(function* (parent: Queue.Queue<number>, first: number, each: number) {
  const own = yield* Queue.unbounded<number>()
  for (let i = 0; i < WIDTH; i += 1) yield* Effect.forkChild(node(own, first + i * each, each))
  let sum = 0
  for (let i = 0; i < WIDTH; i += 1) sum += yield* Queue.take(own)
  yield* Queue.offer(parent, sum)
})

const skynet = Effect.fnUntraced(function* (size: number) {
  const own = yield* Queue.unbounded<number>()
  yield* Effect.forkChild(node(own, 0, size))
  return (yield* Queue.take(own)) === rightSum(size) ? size : 0
})

report(await sample("ns a leaf", parameters<Sampling>(), (size) => Effect.runPromise(skynet(size))))
