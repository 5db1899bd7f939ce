/** What no actor can undercut: a map's `get` behind `await`, without a message, a deadline, a permission or an expiry. */

import { inParallel } from "../callers.ts"
import { drawnIndexes } from "../random.ts"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"
import { type Session, session, sessionKeys } from "../session.ts"

const { callers, entries, popular, ...sampling } = parameters<Sampling & { callers: number; entries: number; popular: number }>()

const keys = sessionKeys(entries)
const map = new Map<string, Session>(keys.map((key, userId) => [key, session(userId)]))
const order = drawnIndexes(popular, sampling.operations, entries)

async function ask(from: number, count: number): Promise<number> {
  let replies = 0
  for (let i = from; i < from + count; i += 1) {
    const index = order[i] as number
    const found = await map.get(keys[index] as string)
    if (found !== undefined && found.userId === index) replies += 1
  }
  return replies
}

report(await sample("ns an ask", sampling, (operations) => inParallel(callers, operations, ask)))
