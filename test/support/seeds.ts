/** How many runs a property is given, and how long they may take: by hand more of both, as `PIGEONHOLE_SEEDS=10000 vitest run … --testTimeout=600000`. */

import { type Plugin, PreconditionFailure } from "fast-check"

/** Of a property, whatever it is about. */
type AnyPlugin = <Ts>(...said: Parameters<Plugin<Ts>>) => ReturnType<Plugin<Ts>>

export interface Seeds {
  readonly numRuns: number
  readonly plugins?: AnyPlugin[]
}

/** So many runs, or as many as fit into so many seconds on a machine that has other things to do. */
export function seeds(runs: number, seconds: number): Seeds {
  const wanted = seedsByHand()
  return wanted === undefined ? { numRuns: runs, plugins: [withinTime(seconds * 1000)] } : { numRuns: wanted }
}

/**
 * No run begins after so long. One that is under way comes to its end: what fast-check leaves behind when it interrupts one goes on beside the next
 * property, and one that never ends would be none that fails.
 */
export function withinTime(limitMs: number, now = (): number => performance.now()): AnyPlugin {
  return () => {
    const end = now() + limitMs
    return { decorateRun: (run) => (value) => (now() < end ? run(value) : new PreconditionFailure(true)) }
  }
}

/** Of a test whose property takes longer than others: its time limit; by hand what the command line says. */
export function limitOf(seconds: number): number | undefined {
  return seedsByHand() === undefined ? seconds * 1000 : undefined
}

function seedsByHand(): number | undefined {
  const wanted = Number(process.env.PIGEONHOLE_SEEDS ?? Number.NaN)
  return Number.isInteger(wanted) ? wanted : undefined
}
