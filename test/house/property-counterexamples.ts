/** Every property's counterexamples are in `.vitest/counterexamples.jsonl` as soon as they are found; the seed is drawn here, so that it is known by then. */

import { randomInt } from "node:crypto"
import { join } from "node:path"
import fc from "fast-check"
import { expect } from "vitest"
import { recordCounterexamples } from "./counterexamples.ts"

const file = join(import.meta.dirname, "..", "..", ".vitest", "counterexamples.jsonl")
const seed = randomInt(2 ** 31)

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed })
fc.installGlobalPlugin(recordCounterexamples({ file, seed, test: () => expect.getState().currentTestName ?? "" }))
