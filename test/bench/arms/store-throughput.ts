/** Sets, overwrites, gets and deletes of sessions in one store, by many callers. */

import { acquireStore } from "../application.ts"
import { inParallel } from "../callers.ts"
import { randomIndexes } from "../random.ts"
import { parameters, report } from "../report.ts"
import { Measurements, type Sampling } from "../sample.ts"
import { SESSION_TTL, type Session, session, sessionKeys } from "../session.ts"

const { callers, operations, warmups, samples } = parameters<Sampling & { callers: number }>()

const mailbox = await acquireStore()
const keys = sessionKeys(operations)
const values = Array.from({ length: 1024 }, (_, userId) => session(userId))
const order = randomIndexes(operations, operations)

async function setNew(from: number, count: number): Promise<number> {
  let replies = 0
  for (let i = from; i < from + count; i += 1) {
    if (await mailbox.set(keys[i] as string, values[i & 1023] as Session, SESSION_TTL)) replies += 1
  }
  return replies
}

async function overwrite(from: number, count: number): Promise<number> {
  let replies = 0
  for (let i = from; i < from + count; i += 1) {
    if (await mailbox.set(keys[order[i] as number] as string, values[i & 1023] as Session, SESSION_TTL)) replies += 1
  }
  return replies
}

async function get(from: number, count: number): Promise<number> {
  let replies = 0
  for (let i = from; i < from + count; i += 1) {
    if ((await mailbox.get(keys[order[i] as number] as string)) !== undefined) replies += 1
  }
  return replies
}

async function remove(from: number, count: number): Promise<number> {
  let replies = 0
  for (let i = from; i < from + count; i += 1) if (await mailbox.delete(keys[i] as string)) replies += 1
  return replies
}

const measurements = new Measurements()
for (let i = 0; i < warmups + samples; i += 1) {
  const time = (name: string, run: (from: number, count: number) => Promise<number>): Promise<void> =>
    measurements.time(name, operations, (count) => inParallel(callers, count, run), i >= warmups)
  await time("ns a set, new key", setNew)
  await time("ns a set, overwriting", overwrite)
  await time("ns a get", get)
  await time("ns a delete", remove)
}
report(measurements.report)
