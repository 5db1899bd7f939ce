/** Asks of one store's `get` by a number of callers, each waiting for its reply before it asks again. */

import type { AsyncContextRule } from "../../../actors/index.ts"
import { acquireStore, fill, type PolicyKind } from "../application.ts"
import { inParallel } from "../callers.ts"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"
import { sessionKeys } from "../session.ts"

const { callers, policy, asyncContext, ...sampling } = parameters<
  Sampling & { callers: number; policy: PolicyKind; asyncContext: AsyncContextRule }
>()

const mailbox = await acquireStore(policy, asyncContext)
const keys = sessionKeys(1)
const key = keys[0] as string
await fill(mailbox, keys)

async function ask(_from: number, count: number): Promise<number> {
  let replies = 0
  for (let i = 0; i < count; i += 1) {
    const session = await mailbox.get(key)
    if (session !== undefined && session.userId === 0) replies += 1
  }
  return replies
}

report(await sample("ns an ask", sampling, (operations) => inParallel(callers, operations, ask)))
