/**
 * What `pigeonhole/effect` uses of Effect is what Effect calls stable, export by export: all else may change in a minor version, as 4.1 has shown. The modules of
 * `pigeonhole/effect/persistence` are not, which is why they have an entry of their own.
 */

import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"

const { resolve } = createRequire(import.meta.url)
const EFFECT = dirname(resolve("effect/package.json"))

/** Those that an entry reaches by relative imports, types among them, in the rooms of Effect. */
function filesFrom(entry: string): Map<string, string> {
  const texts = new Map<string, string>()
  const open = [entry]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (texts.has(path)) continue
    // Without comments: their examples are a user's.
    const text = readFileSync(path, "utf8").replace(/^\s*(?:\/\*\*|\*).*$/gm, "")
    texts.set(path, text)
    for (const [, to = ""] of text.matchAll(/from "(\.[^"]+\.ts)"/g)) open.push(join(dirname(path), to))
  }
  return new Map([...texts].filter(([path]) => /(?:src|actors)\/effect[./]/.test(path)))
}

/** `Effect.callback`, `Scope.Scope`: each export that is used, with the module that it is of. */
function usesIn(text: string): Map<string, string> {
  const uses = new Map<string, string>()
  for (const [, local = "", module = ""] of text.matchAll(/import (?:type )?\* as (\w+) from "effect\/([^"]+)"/g))
    for (const [, name = ""] of text.matchAll(new RegExp(`(?<![\\w.])${local}\\.(\\w+)`, "g"))) uses.set(`${module}.${name}`, module)
  for (const [, names = "", module = ""] of text.matchAll(/import (?:type )?\{([^}]+)\} from "effect\/([^"]+)"/g))
    for (const name of names.split(",")) uses.set(`${module}.${name.replace(/^\s*type\s|\sas\s.*$/g, "").trim()}`, module)
  for (const [, module = "", name = ""] of text.matchAll(/import\("effect\/([^"]+)"\)\.(\w+)/g)) uses.set(`${module}.${name}`, module)
  return uses
}

const DECLARED =
  /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:export )?(?:declare )?(?:abstract )?(?:(?:const|function|class|interface|type|namespace) (\w+)|\w+ as (\w+))/g

/** What each export of a module is said to be, by its name; of a name that is declared several times, all of it. */
function stabilitiesOf(module: string): Map<string, string[]> {
  const told = new Map<string, string[]>()
  for (const [, doc = "", declared, renamed] of readFileSync(join(EFFECT, "dist", `${module}.d.ts`), "utf8").matchAll(DECLARED)) {
    const [, stability = "nothing"] = /@stability (\w+)/.exec(doc) ?? []
    const name = declared ?? renamed ?? ""
    told.set(name, [...(told.get(name) ?? []), stability])
  }
  return told
}

function unstableIn(files: ReadonlyMap<string, string>): string[] {
  const uses = new Map([...files.values()].flatMap((text) => [...usesIn(text)]))
  const stabilities = new Map([...new Set(uses.values())].map((module) => [module, stabilitiesOf(module)]))
  const isStable = (use: string, module: string): boolean =>
    stabilities
      .get(module)
      ?.get(use.slice(module.length + 1))
      ?.includes("stable") === true
  return [...uses].filter(([use, module]) => !isStable(use, module)).map(([use]) => use)
}

describe("what pigeonhole/effect uses of Effect", () => {
  const files = filesFrom("actors/effect.ts")

  it("is stable, export by export", () => {
    expect(files.size).toBeGreaterThan(40)
    const uses = new Set([...files.values()].flatMap((text) => [...usesIn(text).keys()]))
    expect(uses.size).toBeGreaterThan(100)
    expect([...uses]).toEqual(
      expect.arrayContaining(["Effect.callback", "Scope.Scope", "Schema.toStandardSchemaV1", "Effect.catch", "Context.Context"]),
    )
    expect(unstableIn(files)).toEqual([])
  })

  it("comes by its modules, and never by the whole", () => {
    expect([...files].filter(([, text]) => /from "effect"/.test(text)).map(([path]) => path)).toEqual([])
  })

  it("has nothing of the entry whose modules are unstable", () => {
    expect([...files.keys()].filter((path) => path.includes("persistence"))).toEqual([])
    expect(unstableIn(filesFrom("actors/effect-persistence.ts"))).toEqual(expect.arrayContaining([expect.stringMatching(/^persistence\//)]))
  })

  it("would be missed if it were not", () => {
    const bad = [
      'import * as Graph from "effect/Graph"\nGraph.directed()',
      'import type { Graph } from "effect/Graph"',
      'import * as Effect from "effect/Effect"\nEffect.nonsense',
    ]
    expect(unstableIn(new Map(bad.map((text, at) => [String(at), text])))).toEqual(["Graph.directed", "Graph.Graph", "Effect.nonsense"])
  })
})
