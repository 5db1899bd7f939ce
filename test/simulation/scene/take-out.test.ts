import { expect, test } from "vitest"
import { takeOut, takeOutAt } from "../../../src/simulation/scene/take-out.ts"

test.each([
  [["a"], "a", []],
  [["a", "b", "c"], "a", ["b", "c"]],
  [["a", "b", "c"], "b", ["a", "c"]],
  [["a", "b", "c"], "c", ["a", "b"]],
  [["a", "b", "a"], "a", ["b", "a"]],
])("of %j goes %j, and what is left stays in order", (list, item, left) => {
  takeOut(list, item)
  expect(list).toEqual(left)
})

test("what is not in a list takes nothing out of it", () => {
  const list = ["a", "b"]
  takeOut(list, "c")
  takeOutAt(list, -1)
  expect(list).toEqual(["a", "b"])
})
