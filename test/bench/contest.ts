/** One piece of work, done by us and by those we are held against: the arms of a contest, all of them given the same parameters. */

import type { Arm } from "./arm.ts"
import type { Sampling } from "./sample.ts"
import { type Comparison, figureOf, leastOf, quotient } from "./suite.ts"

/** With all of its schedulers, and with one: a suite says which of the two it is held against. */
export const ERLANG = "erlang"
export const ERLANG_SINGLE = "erlang +S 1"

/** Where more processes are alive at a time than Erlang allows by default. Elsewhere its smaller table is the faster one. */
export const ERLANG_MILLIONS: readonly string[] = ["+P", "2000000"]

/** Processes are measured without async contexts, as nothing they are held against has any; what they cost has arms of its own. */
export const NEUTRAL = { asyncContext: "runtime" } as const
export const OF_SENDERS = { asyncContext: "sender" } as const
export const CONTEXT_NOTE = "ours with asyncContext: runtime; where it says senders' contexts, with the default"

/** What an arm in Erlang does. */
interface ErlangWork {
  /** In `arms/`. */
  readonly module: string
  readonly sampling: Sampling
  /** The first of its parameters, where the module does more than one thing. */
  readonly kind?: string
  /** The parameters before the sampling. */
  readonly parameters?: readonly number[]
  readonly erlangOptions?: readonly string[]
}

const QUICK: Omit<Sampling, "operations"> = { warmups: 1, samples: 1 }

/** How often a contest's arms measure: enough that the medians of two runs agree, in a smoke test once. */
export function samplingOf(isQuick: boolean, operations: number, quickOperations: number, samples = 3): Sampling {
  return isQuick ? { ...QUICK, operations: quickOperations } : { operations, warmups: samples, samples }
}

/** An arm of ours or of a library: `file` in `arms/`. */
export function nodeArm(name: string, file: string, parameters: object, nodeOptions: readonly string[] = []): Arm {
  return { name, command: { runs: "node", file, parameters, nodeOptions } }
}

/** nact is installed for the bench alone, and may not be. */
export function nactArm(file: string, parameters: object, nodeOptions: readonly string[] = []): Arm {
  return { name: "nact", command: { runs: "node", file, parameters, nodeOptions, needs: "nact" } }
}

/** The same work with all of Erlang's schedulers, and with one. */
export function erlangArms({ module, sampling, kind, parameters = [], erlangOptions = [] }: ErlangWork): Arm[] {
  const { operations, warmups, samples } = sampling
  const arm = (name: string, schedulers: readonly string[]): Arm => ({
    name: kind === undefined ? name : `${name} ${kind}`,
    command: {
      runs: "erlang",
      module,
      erlangOptions: [...erlangOptions, ...schedulers],
      parameters: [...(kind === undefined ? [] : [kind]), ...parameters, operations, warmups, samples],
    },
  })
  return [arm(ERLANG, []), arm(ERLANG_SINGLE, ["+S", "1"])]
}

/** How many times as fast an arm is as another, or as the fastest of several. */
export function timesAsFast(arm: string, others: readonly string[], figure: string, atLeast?: number): Comparison {
  return {
    name: `${arm}, against ${others.length === 1 ? others[0] : `the faster of ${others.join(" and ")}`}`,
    unit: "times as fast",
    ...(atLeast === undefined ? {} : { target: { rule: "at_least", bound: atLeast } as const }),
    of: (round) => quotient(leastOf(round, others, figure), figureOf(round, arm, figure)),
  }
}
