/** Asks of one caller in an application of many stores, or of one store of many entries. */

import { acquireStores, fill, startStores } from "../application.ts"
import { drawnIndexes } from "../random.ts"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"
import { sessionKeys } from "../session.ts"

/** Stores in the application, how many of them are asked in turn, and entries in each of those. */
type Scale = Sampling & { stores: number; asked: number; entries: number; popular: number }

const { stores, asked, entries, popular, ...sampling } = parameters<Scale>()

const mailboxes = await acquireStores(await startStores(stores), asked)
const keys = sessionKeys(entries)
for (const mailbox of mailboxes) await fill(mailbox, keys)
const order = drawnIndexes(popular, sampling.operations, entries)

async function ask(operations: number): Promise<number> {
  let replies = 0
  for (let i = 0, store = 0; i < operations; i += 1, store = store + 1 === asked ? 0 : store + 1) {
    const index = order[i] as number
    const session = await mailboxes[store]?.get(keys[index] as string)
    if (session !== undefined && session.userId === index) replies += 1
  }
  return replies
}

report(await sample("ns an ask", sampling, ask))
