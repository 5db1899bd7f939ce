/** Effect's fibers that have nothing to do, forked and waited for. */

import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"

/** Forked before it is waited for all of them to end. */
const AT_ONCE = 1000

const sampling = parameters<Sampling>()

const startAndEnd = Effect.fnUntraced(function* (operations: number) {
  let ended = 0
  for (let left = operations; left > 0; left -= AT_ONCE) {
    const fibers: Fiber.Fiber<void>[] = []
    for (let i = Math.min(left, AT_ONCE); i > 0; i -= 1) fibers.push(yield* Effect.forkChild(Effect.void))
    for (const exit of yield* Fiber.awaitAll(fibers)) if (Exit.isSuccess(exit)) ended += 1
  }
  return ended
})

report(await sample("ns a process", sampling, (operations) => Effect.runPromise(startAndEnd(operations))))
