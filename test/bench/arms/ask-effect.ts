/**
 * An actor as Effect's users write one: a queue, a fiber that takes from it, a deferred for each reply. It checks no permission,
 * has no deadline and no expiry. Asked from within Effect, or from a promise as a program outside Effect would.
 */

import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import { inParallel } from "../callers.ts"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"
import { type Session, session, sessionKeys } from "../session.ts"

interface Get {
  readonly key: string
  readonly reply: Deferred.Deferred<Session | undefined>
}

const { callers, from, ...sampling } = parameters<Sampling & { callers: number; from: "effect" | "promise" }>()

const key = sessionKeys(1)[0] as string
const map = new Map<string, Session>([[key, session(0)]])
const queue = Effect.runSync(Queue.unbounded<Get>())

const serve = Effect.gen(function* () {
  for (;;) {
    const { key: wanted, reply } = yield* Queue.take(queue)
    Deferred.doneUnsafe(reply, Exit.succeed(map.get(wanted)))
  }
})

function ask(): Effect.Effect<Session | undefined> {
  const reply = Deferred.makeUnsafe<Session | undefined>()
  Queue.offerUnsafe(queue, { key, reply })
  return Deferred.await(reply)
}

async function askFromPromise(_from: number, count: number): Promise<number> {
  let replies = 0
  for (let i = 0; i < count; i += 1) {
    const found = await Effect.runPromise(ask())
    if (found !== undefined && found.userId === 0) replies += 1
  }
  return replies
}

function askFromEffect(_from: number, count: number): Promise<number> {
  return Effect.runPromise(
    Effect.gen(function* () {
      let replies = 0
      for (let i = 0; i < count; i += 1) {
        const found = yield* ask()
        if (found !== undefined && found.userId === 0) replies += 1
      }
      return replies
    }),
  )
}

const server = Effect.runFork(serve)
const run = from === "effect" ? askFromEffect : askFromPromise
report(await sample("ns an ask", sampling, (operations) => inParallel(callers, operations, run)))
server.interruptUnsafe()
