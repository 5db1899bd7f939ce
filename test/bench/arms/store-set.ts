/** Sets with a TTL of keys that are there, in random order, one at a time: in a store, or in a bare map. */

import { start, store } from "../../../actors/index.ts"
import { randomIndexes } from "../random.ts"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"
import { SESSION_TTL, sessionKeys } from "../session.ts"

const { entries, holder, ...sampling } = parameters<Sampling & { entries: number; holder: "store" | "map" }>()

const keys = sessionKeys(entries)
const order = randomIndexes(sampling.operations, entries)

type SetAt = (index: number, i: number) => Promise<unknown> | unknown

async function ofStore(): Promise<SetAt> {
  const runtime = await start({ "app:store": store<number>({ maxEntries: 0 }) }, { log: () => {} })
  const mailbox = await runtime.acquire("app:store")
  return (index, i) => mailbox.set(keys[index] as string, i, SESSION_TTL + (i & 1023))
}

function ofMap(): SetAt {
  const map = new Map<string, number>()
  return (index, i) => map.set(keys[index] as string, i)
}

const setAt = holder === "store" ? await ofStore() : ofMap()
for (let index = 0; index < entries; index += 1) await setAt(index, index)

async function setAll(operations: number): Promise<number> {
  let replies = 0
  for (let i = 0; i < operations; i += 1) if (await setAt(order[i] as number, i)) replies += 1
  return replies
}

report(await sample("ns a set", sampling, setAll))
