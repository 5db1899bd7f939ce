import { describe, expect, it } from "vitest"
import { SeldomMap, SeldomSet } from "../../../src/simulation/judges/seldom.ts"

describe("SeldomMap", () => {
  it("has nothing before something is put in", () => {
    const map = new SeldomMap<string, number>()
    expect([map.size, map.get("a"), map.has("a"), map.delete("a")]).toEqual([0, undefined, false, false])
    expect([[...map], [...map.keys()], [...map.values()]]).toEqual([[], [], []])
  })

  it("is as the host's own from then on, and again once all is taken out", () => {
    const map = new SeldomMap<string, number>()
    map.set("b", 1)
    map.set("a", 2)
    map.set("b", 3)
    expect([map.size, map.get("b"), map.has("a")]).toEqual([2, 3, true])
    expect([[...map], [...map.keys()], [...map.values()]]).toEqual([
      [
        ["b", 3],
        ["a", 2],
      ],
      ["b", "a"],
      [3, 2],
    ])
    expect([map.delete("b"), map.delete("b"), map.delete("a"), map.size]).toEqual([true, false, true, 0])
    expect([...map]).toEqual([])
  })
})

describe("SeldomSet", () => {
  it("has nothing before something is put in, and is as the host's own from then on", () => {
    const set = new SeldomSet<string>()
    expect([set.size, set.has("a"), set.delete("a"), [...set]]).toEqual([0, false, false, []])
    set.add("b")
    set.add("a")
    set.add("b")
    expect([set.size, set.has("a"), [...set]]).toEqual([2, true, ["b", "a"]])
    expect([set.delete("b"), set.delete("b"), [...set]]).toEqual([true, false, ["a"]])
  })
})
