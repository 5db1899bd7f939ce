/** Texts that come again are made once, and are what they were. */

import { describe, expect, it } from "vitest"
import type { Choice } from "../../../src/simulation/schedule/step.ts"
import { hashOf, spellingOf, words } from "../../../src/simulation/strategies/words.ts"

const choice = (actor: string, from: string, what: string): Choice => ({ id: 1, kind: "message", actor, from, what, at: 0 })

describe("words", () => {
  it("are of the kind, the actor, the sender and what it is, in that order", () => {
    expect(words(choice("a", "b", "get"))).toBe("message a b get")
    expect(words({ ...choice("a", "b", "get"), kind: "reply" })).toBe("reply a b get")
    expect(words(choice("b", "a", "get"))).toBe("message b a get")
  })

  it("are the same after more texts than are kept", () => {
    const before = [words(choice("a", "b", "get")), hashOf("a b")]
    const made = Array.from({ length: 25_000 }, (_none, number) => words(choice("a", "b", `${number}`)))
    expect(made.at(-1)).toBe("message a b 24999")
    expect([words(choice("a", "b", "get")), hashOf("a b")]).toEqual(before)
  })

  it("are spelled once, whoever asks, before and after what was kept is forgotten", () => {
    const asked = { ...choice("a", "b", "put"), id: 7 }
    const alike = (): boolean => spellingOf(asked) === spellingOf({ ...asked, id: 8 })
    expect(alike()).toBe(true)
    for (let number = 0; number < 25_000; number += 1) words(choice("a", "b", `${number}`))
    expect(alike()).toBe(true)
  })

  it("have a number by which most are told from each other", () => {
    const numbers = new Set(Array.from({ length: 10_000 }, (_none, number) => hashOf(`message a b ${number}`)))
    expect(numbers.size).toBeGreaterThan(9990)
  })
})
