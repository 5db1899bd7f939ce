/** nact's actors, started and stopped; none of them is sent anything. They have ended when nact calls `afterStop`. */

import { spawn, start, stop } from "nact"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"

/** Started before it is waited for all of them to end. */
const AT_ONCE = 1000

const sampling = parameters<Sampling>()
const system = start()
let last = 0
let ended = 0
const afterStop = (): void => {
  ended += 1
}

async function startAndEnd(operations: number): Promise<number> {
  const before = ended
  for (let left = operations; left > 0; left -= AT_ONCE) {
    for (let i = Math.min(left, AT_ONCE); i > 0; i -= 1) {
      last += 1
      // Those that nact draws at random would be drawn twice.
      stop(spawn(system, () => undefined, String(last), { afterStop }))
    }
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
  return ended - before
}

report(await sample("ns a process", sampling, startAndEnd))
