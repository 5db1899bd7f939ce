/** Every example prints what its header says it prints. */

import { readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { describe, expect, it } from "vitest"
import { run } from "./house/command.ts"
import { filesUnder, PROJECT } from "./house/source.ts"

/** `main.ts` is the program of `npm start`, which has tests of its own. */
const examples = filesUnder("examples", ".ts").filter((path) => path.split("/").length === 2 && basename(path) !== "main.ts")

const MAX_LINES = 60

/** Folders with a program of their own: examples that are an application. */
const applications = ["examples/chat", "examples/session-service", "examples/web-sessions"]

const MAX_LINES_OF_A_PART = 100

const README = readFileSync(join(PROJECT, "README.md"), "utf8")
const isRunByTsx = (path: string): boolean => README.includes(`npx tsx ${path}`)

/** What runs a program: what README.md says; where it says nothing Node itself, in half of the time. */
const commandFor = (path: string): readonly [program: string, ...argv: string[]] =>
  isRunByTsx(path) ? ["tsx", path] : ["node", "--import", "./test/house/package-names.ts", path]

async function printsWhatIsSaid(path: string): Promise<void> {
  const said = printedLines(readFileSync(join(PROJECT, path), "utf8"))
  const [program, ...argv] = commandFor(path)
  const { code, stdout, stderr } = await run(program, argv)
  expect(stdout.trimEnd().split("\n"), stderr).toEqual(said)
  expect(code, stderr).toBe(0)
}

describe("examples", () => {
  it("are there", () => {
    expect(examples.length).toBeGreaterThan(0)
  })

  it.each(examples)("%s prints what its header says", async (path) => {
    await printsWhatIsSaid(path)
  })

  it("are run by tsx where README.md says so", () => {
    expect(examples.filter(isRunByTsx)).not.toEqual([])
  })

  it.each(examples)(`%s has at most ${MAX_LINES} lines`, (path) => {
    expect(readFileSync(join(PROJECT, path), "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(MAX_LINES)
  })

  it.each(examples)("%s names the package as its users do", (path) => {
    const text = readFileSync(join(PROJECT, path), "utf8")
    expect(text).toMatch(/ from "pigeonhole"\n/)
    expect(text).not.toMatch(/ from "\./)
  })
})

describe("applications", () => {
  it.each(applications)("%s prints what the header of its program says", async (folder) => {
    await printsWhatIsSaid(`${folder}/main.ts`)
  })

  it.each(applications.flatMap((folder) => filesUnder(folder, ".ts")))(
    `%s has at most ${MAX_LINES_OF_A_PART} lines, and imports packages and what stands beside it`,
    (path) => {
      const text = readFileSync(join(PROJECT, path), "utf8")
      expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(MAX_LINES_OF_A_PART)
      expect(text).not.toMatch(/ from "\.\.\//)
    },
  )
})

describe("the header of an example", () => {
  it("states the lines that are printed, last", () => {
    expect(printedLines("/**\n * A.\n *\n * Prints:\n *   one\n *     two: 2\n *\n *   three\n */\n\nconsole.log(1)\n")).toEqual([
      "one",
      "  two: 2",
      "",
      "three",
    ])
  })

  it("must state some", () => {
    expect(() => printedLines("/** A. */\n\nconsole.log(1)\n")).toThrow("no Prints: section")
    expect(() => printedLines("/**\n * Prints:\n */\n\nconsole.log(1)\n")).toThrow("no Prints: section")
    expect(() => printedLines("console.log(1)\n/**\n * Prints:\n *   1\n */\n")).toThrow("no Prints: section")
  })
})

function printedLines(text: string): string[] {
  const section = /^\/\*\*\n(?: \*.*\n)*? \* Prints:\n((?: \*(?: {3}.*)?\n)+) \*\/\n/.exec(text)?.[1]
  if (section === undefined) throw new Error("no Prints: section ends the header")
  return section
    .trimEnd()
    .split("\n")
    .map((line) => line.slice(5))
}
