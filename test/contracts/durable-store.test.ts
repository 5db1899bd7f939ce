/** The durable store keeps the contract of stores, as far as it claims to. */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe } from "vitest"
import { durableStore } from "../../actors/durable.ts"
import { stageStore } from "../../actors/testing.ts"
import { keepsContract } from "../support/kept-contract.ts"

const folder = mkdtempSync(join(tmpdir(), "pigeonhole-contract-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("the durable store", () => {
  keepsContract(
    stageStore(({ place }) => durableStore({ path: join(folder, `${place.replace(/\W/g, "-")}.db`) }), { isLasting: true }),
    ["evicts", "kept", "refuses"],
    // It has no limit of entries, and bound ones end with a crash, as they are in memory alone.
    { without: ["refuses", "kept"] },
  )
})
