/** What an editor shows is what `hovers.test-d.ts` says: short, and nothing of a state. */

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { Editor, type Position } from "./house/editor.ts"
import { PROJECT } from "./house/source.ts"

const PAPER = "test/hovers.test-d.ts"

interface Mark {
  readonly at: Position
  readonly said: string
}

/** The marks of a text: each points at the line above it. */
function marksOf(text: string): Mark[] {
  return text.split("\n").flatMap((line, index) => {
    const [, before, said] = /^(\s*\/\/\s*)\^\? (.*)$/.exec(line) ?? []
    return before === undefined || said === undefined ? [] : [{ at: { line: index - 1, character: before.length }, said }]
  })
}

/** On one line, and without the docstring that follows. */
function flat(shown: string): string {
  return shown
    .replace(/([)>}\w])(?:The |Posts |Asks |Its |Acquires )[\s\S]*$/, "$1")
    .replace(/;?\s*\n\s*\}/g, " }")
    .replace(/\s+/g, " ")
    .trim()
}

/** The services of a tree are shown in an order that is the compiler's own matter. */
function inAnyOrder(shown: string): string[] {
  return shown.replaceAll(";", "").split(" ").sort()
}

describe("what an editor shows of", () => {
  const marks = marksOf(readFileSync(join(PROJECT, PAPER), "utf8"))
  const shown: string[] = []

  beforeAll(async () => {
    await using editor = await Editor.open()
    shown.push(
      ...(await editor.hovers(
        PAPER,
        marks.map(({ at }) => at),
      )),
    )
  }, 120_000)

  it("has its marks found", () => {
    expect(marks.length).toBeGreaterThan(20)
    expect(marksOf("const a = 1\n//    ^? const a: 1\n// ^ no mark")).toEqual([{ at: { line: 0, character: 6 }, said: "const a: 1" }])
  })

  it.each(marks.map(({ said }, index) => [said.slice(0, 60), index] as const))("%s", (_said, index) => {
    expect(inAnyOrder(flat(shown[index] ?? ""))).toEqual(inAnyOrder(marks[index]?.said ?? ""))
  })

  it("no machine is shown by XState's own arguments, which have no names", () => {
    expect(shown.filter((text) => /StateMachine|MachineContext|NonReducible|EventObject/.test(text))).toEqual([])
  })

  it("nothing shows a state", () => {
    expect(shown.filter((text) => text.includes("hidden"))).toEqual([])
  })
})
