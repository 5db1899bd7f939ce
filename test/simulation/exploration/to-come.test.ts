import { expect, test } from "vitest"
import { ToCome } from "../../../src/simulation/exploration/to-come.ts"

/** Looks with what each says. */
function said(words: Readonly<Record<string, unknown>>) {
  return (name: string): unknown => words[name]
}

const never = () => false

test("what has come is not looked at again, and all has come when each has", () => {
  const toCome = new ToCome({ paid: never, sent: never })
  toCome.look(said({ paid: true, sent: false }))
  expect(toCome.hasCome).toBe(false)
  toCome.look(said({ paid: false, sent: true }))
  expect(toCome.hasCome).toBe(true)
})

test("where there is nothing to come, it has", () => {
  expect(new ToCome({}).hasCome).toBe(true)
})

test.each([
  ["of the first", { paid: "no card", sent: "no box" }, "paid is late: no card"],
  ["an error's", { paid: new Error("no card"), sent: false }, "paid is late: Error: no card"],
  ["of none that says nothing", { paid: false, sent: "no box" }, "paid is late"],
  ["of none that has come", { paid: true, sent: "no box" }, "sent is late: no box"],
])("it fails with the reason %s", (_whose, words, text) => {
  const toCome = new ToCome({ paid: never, sent: never })
  toCome.look(said(words))
  expect(toCome.failed("is late").failure.message).toBe(text)
})

test("the reason is the one that was given last", () => {
  const toCome = new ToCome({ paid: never })
  toCome.look(said({ paid: "no card" }))
  toCome.look(said({ paid: false }))
  expect(toCome.failed("is late").failure.message).toBe("paid is late")
})
