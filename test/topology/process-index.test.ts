import { describe, expect, it } from "vitest"
import { Kernel } from "../../src/kernel/kernel.ts"
import { virtualTime } from "../../src/testing.ts"
import { ProcessIndex } from "../../src/topology/process-index.ts"
import { launch } from "../support/hooked-process.ts"

const kernel = new Kernel(virtualTime())
const [one, other] = [launch(kernel), launch(kernel)]

function indexOf(...items: readonly string[]): ProcessIndex<string> {
  const index = new ProcessIndex<string>()
  for (const item of items) index.add(one, item)
  return index
}

describe("add and delete", () => {
  it("keep what belongs to a process, each once, in the order it was added", () => {
    const index = indexOf("a", "b", "a", "c")
    index.add(other, "b")
    index.delete(one, "b")
    index.delete(one, "nothing")
    expect([[...index.of(one)], [...index.of(other)]]).toEqual([["a", "c"], ["b"]])
    expect([index.countOf(one), index.countOf(other)]).toEqual([2, 1])
  })

  it("of the last leave the process without anything", () => {
    const index = indexOf("a")
    index.delete(one, "a")
    index.delete(one, "a")
    expect([[...index.of(one)], index.countOf(one), index.take(one)]).toEqual([[], 0, []])
  })
})

describe("take", () => {
  it("gives what a process has, and forgets it, and nothing of another", () => {
    const index = indexOf("a", "b")
    index.add(other, "c")
    expect([index.take(one), index.take(one), index.take(other)]).toEqual([["a", "b"], [], ["c"]])
  })
})
