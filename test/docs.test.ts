/** Every example in README.md, in the guides and in the docstrings compiles, runs, and comes to what it says. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { run } from "./house/command.ts"
import { inItsGuide } from "./house/definitions.ts"
import { claimsOf, type Example, examplesOfPaper, examplesOfSource, nameOf, programOf, type Surroundings } from "./house/example.ts"
import { exportedNames } from "./house/exported.ts"
import type { Results } from "./house/run-examples.ts"
import { PROJECT, readSources } from "./house/source.ts"

const GUIDES = readdirSync(join(PROJECT, "docs"))
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/${name}`)

const textOf = (paper: string): string => readFileSync(join(PROJECT, paper), "utf8")
const examplesIn = (paper: string): Example[] => examplesOfPaper(paper, textOf(paper))

const inReadme = examplesIn("README.md")
const inGuides = GUIDES.flatMap(examplesIn)
const inDocstrings = readSources(["src", "actors"]).flatMap(({ path, text }) => examplesOfSource(path, text))

/** Examples that are wrong on purpose: what is found in them proves that it would be found in the others. */
const synthetic = (line: number, code: string): Example => ({ path: "test/synthetic", line, code })
const SOUND = synthetic(
  1,
  'const cache = await runtime.acquire("app:cache")\nconsole.log(await cache.set("a", { name: "A" })) // true: it is kept',
)
const THROWS = synthetic(10, 'await cache.get("") // => throws Invalid\nawait cache.get("b") // => undefined')
const MISTYPED = synthetic(20, 'await cache.set("a", { name: 1 })')
const WRONG = synthetic(30, 'const found = await cache.get("nobody")\nfound // => { name: "Alice" }')
const PRINTS_WRONG = synthetic(40, 'console.log("a", 1) // b 1')
const NEVER_REACHED = synthetic(50, 'if (Boolean("")) {\n  runtime // => 1\n}')
const CRASHES = synthetic(60, 'throw new Error("out of paper")')
const DOES_NOT_THROW = synthetic(70, 'await cache.get("a") // => throws Invalid')
const THROWS_OTHER = synthetic(80, 'await cache.get("") // => throws Timeout')
const onPurpose = [SOUND, THROWS, MISTYPED, WRONG, PRINTS_WRONG, NEVER_REACHED, CRASHES, DOES_NOT_THROW, THROWS_OTHER]

/** What an example may take for granted: every public name, a runtime with a store of users, and a mailbox of that. */
const surroundings: Surroundings = {
  names: new Map(
    [
      ["actors/effect-persistence.ts", "pigeonhole/effect/persistence"],
      ["actors/effect.ts", "pigeonhole/effect"],
      ["src/opentelemetry.ts", "pigeonhole/opentelemetry"],
      ["src/telemetry.ts", "pigeonhole/telemetry"],
      ["actors/config.ts", "pigeonhole/config"],
      ["actors/durable.ts", "pigeonhole/durable"],
      ["actors/express-session/express-session.ts", "pigeonhole/express-session"],
      ["actors/keyv/keyv.ts", "pigeonhole/keyv"],
      ["actors/rate-limit/rate-limit.ts", "pigeonhole/rate-limit"],
      ["actors/unstorage/unstorage.ts", "pigeonhole/unstorage"],
      ["src/xstate.ts", "pigeonhole/xstate"],
      ["actors/simulation.ts", "pigeonhole/simulation"],
      ["actors/testing.ts", "pigeonhole/testing"],
      ["actors/index.ts", "pigeonhole"],
    ].flatMap(([path = "", entry = ""]) => exportedNames(path).map(({ name, isType }) => [name, { entry, isType }] as const)),
  ),
  declarations: [
    ["User", "interface User { readonly name: string }"],
    ["runtime", 'await using runtime = await start({ "app:cache": store<User>() }, { log: () => {} })'],
    ["cache", 'await using cache = await runtime.acquire("app:cache")'],
  ],
}

// In the project, so that the examples find its packages and its compiler options; ignored by git and all that heeds it.
mkdirSync(join(PROJECT, ".vitest"), { recursive: true })
const folder = mkdtempSync(join(PROJECT, ".vitest", "docs-"))
const problems = new Map<string, string[]>()

beforeAll(async () => {
  const all = [...inReadme, ...inGuides, ...inDocstrings, ...onPurpose]
  for (const example of all) problems.set(nameOf(example), [])
  const files = writePrograms(all)
  await typecheck(files)
  await execute(all, files)
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function report(example: string, problem: string): void {
  problems.get(example)?.push(problem)
}

/** Files by the names of their examples. */
function writePrograms(examples: readonly Example[]): Map<string, string> {
  const recorder = "../../test/house/recorder.ts"
  return new Map(
    examples.map((example) => {
      const file = join(folder, `${nameOf(example).replaceAll(/[/:]/g, "__")}.ts`)
      writeFileSync(file, programOf(example, inItsGuide(example, inGuides, surroundings), recorder))
      return [nameOf(example), file]
    }),
  )
}

async function typecheck(files: ReadonlyMap<string, string>): Promise<void> {
  const compilerOptions = { noUnusedLocals: false, noUnusedParameters: false, allowUnreachableCode: true, noEmit: true }
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ extends: "../../tsconfig.json", compilerOptions, include: ["*.ts"] }))
  const { code, stdout, stderr } = await run("tsc", ["-p", folder, "--pretty", "false"])
  const lines = stdout.split("\n")
  for (const [name, file] of files) {
    const found = lines.filter((line) => line.includes(`${file.slice(folder.length + 1)}(`))
    for (const line of found) report(name, line.replace(/^.*?\.ts\((\d+),\d+\): /, "line $1 does not compile: "))
  }
  const isAccountedFor = [...problems.values()].some((found) => found.length > 0)
  if (code !== 0 && !isAccountedFor) throw new Error(`the compiler ended with ${code}\n${stdout}${stderr}`)
}

async function execute(examples: readonly Example[], files: ReadonlyMap<string, string>): Promise<void> {
  const [plan, results] = [join(folder, "plan.json"), join(folder, "results.json")]
  writeFileSync(plan, JSON.stringify(Object.fromEntries(files)))
  const argv = ["--import", "./test/house/package-names.ts", "test/house/run-examples.ts", plan, results]
  const { code, stdout, stderr } = await run("node", argv, { timeoutMs: 100_000 })
  if (code !== 0) throw new Error(`the examples ended with ${code}\n${stdout}${stderr}`)
  const ran = JSON.parse(readFileSync(results, "utf8")) as Results
  for (const example of examples) judge(example, ran)
}

function judge(example: Example, results: Results): void {
  const name = nameOf(example)
  const { reached = [], refuted = [], error = undefined } = results[name] ?? { error: "it did not run" }
  for (const problem of refuted) report(name, problem)
  if (error !== undefined) report(name, error)
  for (const { line, text } of claimsOf(example)) if (!reached.includes(line)) report(name, `line ${line} was never reached: ${text}`)
}

const problemsOf = (example: Example): string[] | undefined => problems.get(nameOf(example))

describe("README.md", () => {
  it("has examples", () => {
    expect(inReadme.length).toBeGreaterThan(0)
  })

  it.for(inReadme)("line $line compiles, runs, and comes to what it says", (example) => {
    expect(problemsOf(example)).toEqual([])
  })
})

describe("the guides", () => {
  it.for(GUIDES)("%s has examples, and at most 150 lines", (guide) => {
    expect(examplesIn(guide).length).toBeGreaterThan(0)
    expect(textOf(guide).trimEnd().split("\n").length).toBeLessThanOrEqual(150)
  })

  it.for(inGuides)("$path line $line compiles, runs, and comes to what it says", (example) => {
    expect(problemsOf(example)).toEqual([])
  })
})

describe("docstrings", () => {
  it("have examples", () => {
    expect(inDocstrings.length).toBeGreaterThan(0)
  })

  it.for(inDocstrings)("$path line $line compiles, runs, and comes to what it says", (example) => {
    expect(problemsOf(example)).toEqual([])
  })
})

describe("an example", () => {
  it("is found in the ts blocks of a paper and behind the @example of a doc comment", () => {
    const paper = "# A\n\n```ts\nconst a = 1\n```\n\n```sh\nls\n```\n\n```ts\nconst b = 2\n```\n"
    expect(examplesOfPaper("A.md", paper).map(({ line, code }) => [line, code])).toEqual([
      [4, "const a = 1\n"],
      [12, "const b = 2\n"],
    ])
    const source =
      "/** A. */\n\n/**\n * B.\n *\n * @example\n * b() // => 1\n *\n * @example\n * if (b) {\n *   b()\n * }\n */\nexport const b = 1\n"
    expect(examplesOfSource("src/b.ts", source).map(({ line, code }) => [line, code])).toEqual([
      [7, "b() // => 1"],
      [10, "if (b) {\n  b()\n}"],
    ])
  })

  it("passes if it compiles, runs and comes to what it says", () => {
    expect(problemsOf(SOUND)).toEqual([])
    expect(problemsOf(THROWS)).toEqual([])
  })

  it("of a guide may use what a block above it defines, if that claims nothing", () => {
    const above = synthetic(1, 'import { once } from "node:events"\nimport * as path from "node:path"\nconst a = path.sep')
    const claiming = synthetic(5, "const b = 1\nb // => 1")
    const given = (code: string): string => {
      const example = synthetic(9, code)
      return programOf(example, inItsGuide(example, [above, claiming, example], { names: new Map(), declarations: [] }), "recorder.ts")
    }
    expect(given("a")).toContain('import * as path from "node:path"; const a = path.sep; ')
    expect(given("a")).not.toContain("once")
    expect(given("once")).toContain('import { once } from "node:events"; ')
    expect(given("b")).not.toContain("const b")
    expect(given("const a = 2")).not.toContain("path.sep")
  })

  it("stands in its program at the lines where it stands in its file, whatever it is given", () => {
    const above = synthetic(1, "function two() {\n  return 2\n}")
    const example = synthetic(7, "two()")
    const lines = programOf(example, inItsGuide(example, [above, example], { names: new Map(), declarations: [] }), "recorder.ts").split(
      "\n",
    )
    expect(lines[6]).toBe("two()")
  })

  it("fails if it does not compile", () => {
    expect(problemsOf(MISTYPED)).toEqual([expect.stringMatching(/^line 20 does not compile: .*number/)])
  })

  it("fails if it comes to something else", () => {
    expect(problemsOf(WRONG)).toEqual(['line 31 is undefined; the example says { name: "Alice" }'])
    expect(problemsOf(PRINTS_WRONG)).toEqual(["line 40 prints a 1; the example says b 1"])
    expect(problemsOf(DOES_NOT_THROW)).toEqual(["line 70 nothing was thrown; the example says throws Invalid"])
    expect(problemsOf(THROWS_OTHER)).toEqual([expect.stringMatching(/^line 80 throws Invalid: key must be a non-empty string/)])
  })

  it("fails if it never comes to what it says", () => {
    expect(problemsOf(NEVER_REACHED)).toEqual(["line 51 was never reached: 1"])
  })

  it("fails if it crashes", () => {
    expect(problemsOf(CRASHES)).toEqual([expect.stringMatching(/^Error: out of paper/)])
  })

  it("may not claim a value of nothing", () => {
    const loose = synthetic(1, "// => 1\nconst a = 1")
    expect(() => programOf(loose, surroundings, "recorder.ts")).toThrow("test/synthetic:1 claims a value of nothing: // => 1")
    const several = synthetic(1, "const { a } = runtime // => 1")
    expect(() => programOf(several, surroundings, "recorder.ts")).toThrow("a claim needs an expression or one named constant")
  })
})
