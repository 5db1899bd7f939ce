import fc from "fast-check"
import { describe, it } from "vitest"
import type { StateAfterCrash } from "../../../actors/index.ts"
import { seeds } from "../../support/seeds.ts"
import { runStoreCommands, type StoreWorld, storeCommands } from "../../support/store-and-models.ts"

const WORLD: StoreWorld = {
  keys: ["a", "b", "c", "d"],
  callers: 3,
  ttls: [0, 0, 0.0004, 0.02, 0.0505, 0.3, 2],
  crashWeight: 1,
}

describe("a store, through its mailboxes", () => {
  it.each<StateAfterCrash>(["reset", "retain"])("does what a map with a clock does, crashes among it (%s)", async (state) => {
    const commands = fc.array(storeCommands(WORLD), { maxLength: 40, size: "max" })
    await fc.assert(
      fc.asyncProperty(commands, fc.constantFrom(0, 2), (steps, maxEntries) => runStoreCommands(WORLD, { maxEntries }, state, steps)),
      seeds(60, 8),
    )
  })
})
