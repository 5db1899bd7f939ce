/**
 * What fast-check's scheduler finds of a program: each ask of whoever it is (a call, an operation of a store) is wrapped by `schedule`, as a user
 * would wrap it, in a runtime with virtual time. Time moves only where nothing is scheduled any more, and nobody crashes: it knows of neither.
 */

import fc from "fast-check"
import { start } from "pigeonhole"
import { virtualTime } from "pigeonhole/testing"
import { Posting } from "../../../src/kernel/posting.ts"
import type { Application } from "../../simulation/races/race.ts"

/** Moves of the clock after which a scenario hangs. */
const MOST_MOVES = 200
const MOVE_MS = 20

type Ask = Posting["ask"]
const { ask } = Posting.prototype

/** The number of the first run that fails; `undefined` where none of so many does. */
export async function firstFailure(make: () => Application, seed: number, limit: number): Promise<number | undefined> {
  const property = fc.asyncProperty(fc.scheduler(), (scheduler) => isRight(make(), scheduler))
  const { failed, numRuns } = await fc.check(property, { seed, numRuns: limit, endOnFailure: true })
  return failed ? numRuns : undefined
}

async function isRight({ tree, run, check }: Application, scheduler: fc.Scheduler): Promise<boolean> {
  const time = virtualTime({ unseenMs: 0 })
  const runtime = await start(tree, { host: time, log: () => {} })
  const scenario = { isOver: false }
  Posting.prototype.ask = function askLater(this: Posting, ...asked: Parameters<Ask>) {
    const given = ask.apply(this, asked)
    const moment = given.then(
      () => scheduler.schedule(Promise.resolve()),
      () => scheduler.schedule(Promise.resolve()),
    )
    const reply = moment.then(() => given)
    // Who asked may have ended.
    reply.catch(() => {})
    return reply
  }
  const over = run(runtime).finally(() => {
    scenario.isOver = true
  })
  over.catch(() => {})
  try {
    for (let moves = 0; !scenario.isOver && moves < MOST_MOVES; ) {
      await time.settle()
      if (scheduler.count() > 0) await scheduler.waitNext(1)
      else if (!scenario.isOver) {
        moves += 1
        await time.advance(MOVE_MS)
      }
    }
  } finally {
    Posting.prototype.ask = ask
  }
  const isRight = scenario.isOver && (await over.then(() => check(runtime))) === undefined
  // Who hangs is not waited for.
  await runtime.stop({ timeoutMs: 0 })
  return isRight
}
