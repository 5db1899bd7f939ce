/** `npx pigeonhole` itself: which it is, and what it needs. */

import { describe, expect, it } from "vitest"
import { runCommand } from "../../command/dispatch.ts"
import { checkNode } from "../../command/node-version.ts"
import manifest from "../../package.json" with { type: "json" }
import { KeptTerminal } from "../support/kept-terminal.ts"

describe("the program", () => {
  it("prints its version", async () => {
    const terminal = new KeptTerminal({ env: {} })
    expect([await runCommand(["--version"], terminal), terminal.printed]).toEqual([0, `${manifest.version}\n`])
  })

  it.each(["20.20.2", "22.18.9", "9.0.0"])("does not run under Node %s, and says what it needs", (version) => {
    expect(() => checkNode(version)).toThrow(`node must be 22.19 or later; this is ${version}`)
  })

  it.each(["22.19.0", "22.20.1", "24.0.0", "100.1.0"])("runs under Node %s", (version) => {
    expect(() => checkNode(version)).not.toThrow()
  })
})
