import { describe, expect, it } from "vitest"
import { checkPeer } from "../../src/kernel/peer.ts"

const peer = { name: "abacus", entry: "pigeonhole/abacus", version: "Abacus 5, from 5.2 on", install: "abacus@5" }

describe("checkPeer", () => {
  it("says nothing of one that exports all that is needed", () => {
    expect(checkPeer(peer, { add() {}, Bead: class {} })).toBeUndefined()
  })

  it.each([[undefined], [null], [{}], ["add"]])(
    "names the version that is needed, and what to install, where one is missing: %o",
    (add) => {
      const sentence = "abacus must be Abacus 5, from 5.2 on for pigeonhole/abacus, and what is installed has no add: npm install abacus@5"
      expect(() => checkPeer(peer, { Bead: class {}, add })).toThrow(
        expect.objectContaining({ _tag: "Invalid", message: sentence, details: { field: "abacus" } }),
      )
    },
  )
})
