/**
 * How far tick n of a periodic timer is from its moment, n periods after it was armed: our `every`, the host's `setInterval`, and a chain in
 * which each timer is armed by the one before. Beside it, how late a timer of the host's comes that is armed for the same period.
 */

import { server, start } from "../../../actors/index.ts"
import { parameters, report } from "../report.ts"

type Clock = "every" | "interval" | "chain"

const { clock, ticks, periodMs } = parameters<{ clock: Clock; ticks: number; periodMs: number }>()

/** By the number of a tick: how late it came, in ms. Those that were left out come with the one that says so, and are as late as that makes them. */
const offsets: number[] = []
/** When the timer was armed. */
let begun = 0
let host = Promise.resolve(0)
let isOver = false

/** The timer is about to be armed. */
function begin(): void {
  begun = performance.now()
  host = worstOfHost(() => isOver)
}

/** Notes a tick and those left out before it; says whether there are more to come. */
function ticked(missed: number): boolean {
  const now = performance.now()
  for (let left = missed; left >= 0 && offsets.length < ticks; left -= 1) offsets.push(now - begun - (offsets.length + 1) * periodMs)
  return offsets.length < ticks
}

const clocks: Record<Clock, (over: () => void) => void> = {
  every: (over) => void runEvery(over),
  interval: (over) => {
    begin()
    const timer = setInterval(() => {
      if (ticked(0)) return
      clearInterval(timer)
      over()
    }, periodMs)
  },
  chain: (over) => {
    begin()
    const next = (): void => void (ticked(0) ? setTimeout(next, periodMs) : over())
    setTimeout(next, periodMs)
  },
}

async function runEvery(over: () => void): Promise<void> {
  const runtime = await start({}, { log: () => {} })
  const ticking = server({
    init: (_: undefined, self) => {
      begin()
      return { timer: self.every(periodMs, "tick") }
    },
    info: ({ timer }) => {
      if (ticked(timer.missed)) return
      timer.cancel()
      over()
    },
  })
  runtime.spawn(ticking)
}

/** How late the host's own timers come meanwhile, at worst. */
function worstOfHost(isOver: () => boolean): Promise<number> {
  return new Promise((resolve) => {
    let worst = 0
    const arm = (): void => {
      const due = performance.now() + periodMs
      setTimeout(() => {
        worst = Math.max(worst, performance.now() - due)
        if (isOver()) resolve(worst)
        else arm()
      }, periodMs)
    }
    arm()
  })
}

/** By how much the offsets grow over all ticks, in ms: the rise of the line that fits them best. */
function driftOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  let along = 0
  let spread = 0
  for (const [n, value] of values.entries()) {
    along += (n - middle) * (value - mean)
    spread += (n - middle) ** 2
  }
  return (along / spread) * values.length
}

await new Promise<void>((resolve) => clocks[clock](resolve))
isOver = true
report({
  expected: ticks,
  completed: offsets.length,
  figures: {
    "ms off at worst": [offsets.reduce((worst, offset) => Math.max(worst, Math.abs(offset)), 0)],
    "ms off at the last tick": [offsets.at(-1) ?? Number.NaN],
    "ms drifted, from first to last": [driftOf(offsets)],
    "ms late, a host timer at worst": [await host],
  },
})
