/** A store with partitions does what a map with a clock does, but that a crash costs the keys of its own partition alone. */

import fc from "fast-check"
import { describe, it } from "vitest"
import type { StateAfterCrash } from "../../../actors/index.ts"
import { seeds } from "../../support/seeds.ts"
import { runStoreCommands, type StoreWorld, storeCommands } from "../../support/store-and-models.ts"

const WORLD: StoreWorld = {
  keys: ["a", "b", "c", "d", "e", "f"],
  callers: 2,
  ttls: [0, 0, 0.02, 0.3, 2],
  partitions: 3,
  crashWeight: 2,
}

describe("a store with partitions", () => {
  it.each<StateAfterCrash>(["reset", "retain"])(
    "does what a map with a clock does, crashes of one partition among it (%s)",
    async (state) => {
      const commands = fc.array(storeCommands(WORLD), { maxLength: 50, size: "max" })
      await fc.assert(
        fc.asyncProperty(commands, (steps) => runStoreCommands(WORLD, {}, state, steps)),
        seeds(60, 5),
      )
    },
  )
})
