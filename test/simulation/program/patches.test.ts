import { describe, expect, it } from "vitest"
import { Patches } from "../../../src/simulation/program/patches.ts"

describe("Patches", () => {
  it("puts back what was there, also where it was replaced more than once", () => {
    const target = { name: "old" }
    const patches = new Patches()
    patches.replace(target, "name", { value: "new" })
    patches.replace(target, "name", { get: () => "newer" })
    expect(target.name).toBe("newer")
    patches.undo()
    expect(Object.getOwnPropertyDescriptors(target)).toEqual(Object.getOwnPropertyDescriptors({ name: "old" }))
  })

  it("leaves no trace where it was inherited, and does not list it meanwhile", () => {
    class Clock {
      now(): number {
        return 1
      }
    }
    const clock = new Clock()
    const patches = new Patches()
    patches.replace(clock, "now", { value: () => 2 })
    expect([clock.now(), Object.keys(clock)]).toEqual([2, []])
    patches.undo()
    expect([clock.now(), Reflect.ownKeys(clock)]).toEqual([1, []])
  })

  it("lets what it has put there be written over, as a global can be, and puts back all the same", () => {
    const target = Object.defineProperty({} as { name: unknown }, "name", { get: () => "old", configurable: true, enumerable: true })
    const before = Object.getOwnPropertyDescriptors(target)
    const patches = new Patches()
    patches.replace(target, "name", { value: "new" })
    target.name = "theirs"
    expect([target.name, Object.keys(target)]).toEqual(["theirs", ["name"]])
    patches.undo()
    expect(Object.getOwnPropertyDescriptors(target)).toEqual(before)
  })

  it("takes nothing that is not there, but where it is to be put there", () => {
    const target = {}
    const patches = new Patches()
    patches.replace(target, "name", { value: 1 })
    patches.replace(undefined, "name", { value: 1 })
    expect(Reflect.ownKeys(target)).toEqual([])
    patches.put(target, "name", { value: 1 })
    expect(Reflect.ownKeys(target)).toEqual(["name"])
    patches.undo()
    patches.undo()
    expect(Reflect.ownKeys(target)).toEqual([])
  })

  it("says what is frozen, and keeps what it has replaced before for who undoes it", () => {
    const target = { name: "old" }
    const patches = new Patches()
    patches.replace(target, "name", { value: "new" })
    expect(() => patches.replace(Object.freeze({ other: 1 }), "other", { value: 2 })).toThrow(
      expect.objectContaining({ kind: "UNAVAILABLE", retryable: false, details: { name: "other" } }),
    )
    patches.undo()
    expect(target.name).toBe("old")
  })
})
