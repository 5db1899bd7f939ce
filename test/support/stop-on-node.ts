/** A program: goes through all cases of stopping on Node's own host, and prints what each has left behind. */

import process from "node:process"
import { STOP_CASES } from "./stop-cases.ts"

/** What there is of what a runtime might leave. */
export interface Belongings {
  /** What keeps the program alive. */
  readonly resources: readonly string[]
  /** Host timers armed, those that keep nothing alive among them. */
  readonly timers: number
  readonly listeners: number
  readonly processes: number
}

const SIGNALS = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"]
/** What a printed line may itself keep for a moment. */
const PRINTING = ["TTYWrap", "PipeWrap", "FSReqCallback", "TickObject", "Pipe"]

const timers = new Set<unknown>()
const { setTimeout: arm, clearTimeout: disarm } = globalThis
const counted = (callback: () => void, delayMs: number): unknown => {
  const timer = arm(() => {
    timers.delete(timer)
    callback()
  }, delayMs)
  timers.add(timer)
  return timer
}
const discounted = (timer: NodeJS.Timeout): void => {
  timers.delete(timer)
  disarm(timer)
}
Object.assign(globalThis, { setTimeout: counted, clearTimeout: discounted })

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const settle = async (): Promise<void> => {
  for (let turns = 20; turns > 0; turns -= 1) await turn()
}
const belongings = (processes: number): Belongings => ({
  resources: process.getActiveResourcesInfo().filter((name) => !PRINTING.includes(name)),
  timers: timers.size,
  listeners: SIGNALS.reduce((sum, signal) => sum + process.listenerCount(signal), 0),
  processes,
})

console.error = () => {}
for (const { name, begin } of STOP_CASES) {
  const { runtime, stopped } = await begin({ log: () => {} }, settle)
  await stopped
  await turn()
  console.log(JSON.stringify({ name, ...belongings(runtime.statistics().processes) }))
}
