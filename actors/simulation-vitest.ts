/**
 * `pigeonhole/simulation/vitest`: explorations as tests of Vitest. Needs `vitest` 3.2 or later beside this package.
 *
 * ```ts
 * import { it } from "pigeonhole/simulation/vitest"
 *
 * it.simulate("sells one ticket once", () => ({ tree, run, check }), { schedules: 2000 })
 * ```
 *
 * A test that fails says what its report says, and how to see it again: `PIGEONHOLE_SCHEDULE=… npx vitest run FILE -t NAME`.
 */

import * as vitest from "vitest"
import { checkPeer } from "../src/simulation.ts"
import { type Simulate, simulateBy, simulateForBy } from "./simulation/simulate.ts"

// In a namespace: a name that is imported by itself would be missed by the host first, which does not say what to install.
checkPeer(
  { name: "vitest", entry: "pigeonhole/simulation/vitest", version: "Vitest 3, from 3.2 on", install: "vitest" },
  { it: vitest.it, "it.extend": vitest.it?.extend, "it.fails": vitest.it?.fails },
)

export type { Simulate, SimulateOptions, Simulation, SimulationFor, SimulationOfEach } from "./simulation/simulate.ts"

/** Vitest's `it`, and what it has beside it here. */
export type SimulatingTest = vitest.TestAPI & { readonly simulate: Simulate }

const { it: base } = vitest

const simulate: Simulate = Object.assign(simulateBy(base), {
  only: simulateBy(base.only),
  skip: simulateBy(base.skip),
  fails: simulateBy(base.fails),
  todo: (name: string) => base.todo(name),
  skipIf: (condition: unknown) => simulateBy(base.skipIf(condition)),
  runIf: (condition: unknown) => simulateBy(base.runIf(condition)),
  each: simulateForBy(
    (cases) => base.for(cases),
    (item) => (Array.isArray(item) ? item : [item]),
  ),
  for: simulateForBy(
    (cases) => base.for(cases),
    (item) => [item],
  ),
})

/** Vitest's `it`, and `it.simulate`, which explores an application as a test. A function of its own: that of `vitest` stays as it is. */
export const it: SimulatingTest = Object.assign(base.extend({}), { simulate })

/** The same as `it`, as in Vitest. */
export const test: SimulatingTest = it
