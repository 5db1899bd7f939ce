/**
 * Puts on disk what a property fails on, in the moment it does: fast-check tells it when it has shrunk it, and vitest when all tests are over, to
 * which a run that is cut off does not come.
 *
 * One line a failure, as JSON; another one when it has been shrunk. Either replays: `fc.assert(property, { seed, path })`.
 */

import { appendFileSync, mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { type Plugin, PreconditionFailure, stringify } from "fast-check"

export interface Counterexample {
  readonly test: string
  readonly seed: number
  readonly path: string
  readonly error: string
  readonly value: string
  readonly isShrunk: boolean
}

export interface CounterexampleOptions {
  readonly file: string
  /** Of every property: it does not say its own before it is over. */
  readonly seed: number
  /** Names the test that runs. */
  test(): string
}

const WRITER = Symbol("who writes counterexamples")

/** A plugin of fast-check that writes them. A property that brings one of its own has that write, and not the one of all properties. */
export function recordCounterexamples<Ts>({ file, seed, test }: CounterexampleOptions): Plugin<Ts> {
  return (place, store) => {
    store.set(WRITER, place)
    let runs = 0
    let hasFailed = false
    const write = (counterexample: Omit<Counterexample, "test">): void => {
      if (store.get(WRITER) !== place) return
      mkdirSync(dirname(file), { recursive: true })
      appendFileSync(file, `${JSON.stringify({ test: test(), ...counterexample })}\n`)
    }
    const ran = <Outcome>(value: Ts, outcome: Outcome): Outcome => {
      const path = String(runs)
      runs += 1
      // What follows the first failure are attempts to shrink it.
      if (hasFailed || outcome === null || PreconditionFailure.isFailure(outcome)) return outcome
      hasFailed = true
      const { error } = outcome as { readonly error: unknown }
      write({ seed, path, error: String(error), value: stringify(value), isShrunk: false })
      return outcome
    }
    return {
      decorateRun: (run) => (value) => {
        const outcome = run(value)
        return outcome instanceof Promise ? outcome.then((settled) => ran(value, settled)) : ran(value, outcome)
      },
      onAllRunsComplete: ({ seed: own, counterexample, counterexamplePath, errorInstance }) => {
        if (counterexamplePath === null) return
        write({ seed: own, path: counterexamplePath, error: String(errorInstance), value: stringify(counterexample), isShrunk: true })
      },
    }
  }
}
