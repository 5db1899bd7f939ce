/** What files may hold, and how several are put together. */

import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { changesBetween, loadConfiguration } from "../../../actors/config.ts"
import { folderWith, problemsOf } from "../../support/config-folder.ts"

const load = (text: string, name = "app.yaml") => loadConfiguration(join(folderWith({ [name]: text }), name))
const wrong = (text: string, name?: string) => problemsOf(load(text, name))
const loadAll = (files: Readonly<Record<string, string>>, env = {}) => {
  const folder = folderWith(files)
  return loadConfiguration(
    Object.keys(files).map((name) => join(folder, name)),
    { env },
  )
}
const GOOD = "entries:\n  - { name: a, kind: store }\n"

describe("YAML", () => {
  it("is read with anchors and aliases, and text that looks like a date is text", async () => {
    const { tree } = await load(
      "entries:\n  - { name: 2026-01-01, kind: store, backoff: &b { initial: 1s } }\n  - { name: b, kind: store, backoff: *b }\n",
    )
    expect(tree.children.map(({ id, rules }) => [id, rules.backoff.initialMs])).toEqual([
      ["2026-01-01", 1000],
      ["b", 1000],
    ])
  })

  it.each([
    ["two documents", `${GOOD}---\n${GOOD}`, /holds several documents: one file is one/],
    ["a name that is given twice", "entries:\n  - name: a\n    kind: store\n    name: b\n", /^4: .*is no YAML: Map keys must be unique/],
    ["a merge key", "entries:\n  - <<: { kind: store }\n    name: a\n    kind: store\n", /^2: entries\[0\]\["<<"\] is a merge key/],
    ["a tag", "entries:\n  - { name: !!binary aGk=, kind: store }\n", /entries\[0\]\.name must be text/],
    ["a key that is no text", "entries:\n  - { name: a, kind: store, 1: 2 }\n", /^2: entries\[0\] has a key that is no text/],
    [
      "a name of all objects",
      "entries:\n  - { name: a, kind: store, __proto__: { maxEntries: 1 } }\n",
      /^2: entries\[0\]\.__proto__ is a name that is refused/,
    ],
    [
      "an integer that is not kept",
      "entries:\n  - { name: a, kind: store, maxEntries: 99999999999999999999 }\n",
      /^2: entries\[0\]\.maxEntries must be a number that is kept/,
    ],
    ["infinity", "entries:\n  - { name: a, kind: store, maxEntries: .inf }\n", /must be a finite number/],
    ["a tag of one's own", "entries: !mine []\n", /is no YAML: Unresolved tag/],
    ["an alias to nothing", "entries: *nothing\n", /^1: entries is an alias to what is not there/],
    ["an alias to what it is in", "entries: &a\n  - *a\n", /is no YAML|holds itself/],
    ["a bracket too few", "entries: [\n", /^\d+: .*is no YAML/],
    ["nothing", "", /must be an object; got null/],
  ])("with %s is refused, with the line", async (_what, text, says) => {
    expect((await wrong(text)).join("\n")).toMatch(says)
  })

  it("that a few lines blow up to millions of values is refused at once", async () => {
    const levels = Array.from(
      { length: 10 },
      (_, index) => `l${index}: &l${index} [${Array(10).fill(index === 0 ? "x" : `*l${index - 1}`)}]`,
    )
    expect((await wrong(`${levels.join("\n")}\n`)).join("\n")).toMatch(/the aliases of a file stand for 100000 values/)
  })

  it("that is deeper than any application is refused", async () => {
    expect((await wrong(`entries: ${"[".repeat(200)}${"]".repeat(200)}\n`)).join("\n")).toMatch(/levels deep/)
  })

  it("is read with a byte order mark", async () => {
    expect((await load(`\uFEFF${GOOD}`)).entries).toHaveLength(1)
  })
})

describe("JSON", () => {
  it("is read with a byte order mark, and tells lines", async () => {
    expect((await load('\uFEFF{"entries": [{"name": "a", "kind": "store"}]}', "a.json")).entries).toHaveLength(1)
    expect(await wrong('{\n"entries": [\n{"name": "a", "kind": "store",\n"maxEntries": true}]}', "a.json")).toEqual([
      "4: entries[0].maxEntries must be a whole number from 0; got true",
    ])
  })

  it.each([
    ['{"entries": [],}', /^1: the configuration is no JSON: there is "}" where a name must be in column 16$/],
    ['{"entries": [01]}', /is no JSON/],
    ['{"entries": ["a\nb"]}', /is no JSON/],
    ['{"entries": [NaN]}', /is no JSON/],
    ["", /is no JSON: there is the end where a value must be/],
    ['{"entries": []} x', /is no JSON: there is "x" where the end must be/],
    ['{"entries": [], "entries": []}', /^1: entries is given twice/],
    ['{"entries": [{"name": "a", "kind": "store", "__proto__": 1}]}', /__proto__ is a name that is refused/],
    ['{"entries": [{"name": "a", "kind": "store", "constructor": 1}]}', /constructor is a name that is refused/],
    [`{"entries": ${"[".repeat(100_000)}`, /is no JSON: it is more than 64 levels deep/],
  ])("is refused: %.40s", async (text, says) => {
    expect((await wrong(text, "a.json")).join("\n")).toMatch(says)
  })
})

describe("a file", () => {
  it("that is not there, is in no known format, or is no text is told with the others", async () => {
    const folder = folderWith({ "a.toml": "", "b.json": "{" })
    const names = ["nope.yaml", "a.toml", "b.json"].map((name) => join(folder, name))
    expect(await problemsOf(loadConfiguration(names))).toEqual([
      "the configuration is not there",
      "the configuration must be a file .json, .yaml or .yml; got .toml",
      expect.stringContaining("is no JSON"),
    ])
  })
})

describe("several files", () => {
  it("are put together: a later one wins, entries by id, objects by field, lists replaced, null takes away", async () => {
    const { tree } = await loadAll({
      "a.yaml":
        "namespace: app\nstrategy: one_for_all\nentries:\n  - { name: a, kind: store, maxEntries: 5, backoff: { initial: 1s, max: 2s }, requires: [b], significant: false }\n  - { name: b, kind: cache }\n",
      "b.json": JSON.stringify({
        entries: [
          { name: "a", backoff: { max: "9s" }, requires: ["c"], significant: null },
          { name: "c", kind: "store" },
        ],
      }),
    })
    expect(tree.rules.strategy).toBe("one_for_all")
    expect(tree.children.map(({ id, requires, rules }) => [id, requires, rules.backoff.initialMs, rules.backoff.maxMs])).toEqual([
      ["app:a", ["app:c"], 1000, 9000],
      ["app:b", [], 10, 5000],
      ["app:c", [], 10, 5000],
    ])
  })

  it("have entries of one name where their namespaces are two", async () => {
    const { tree } = await loadAll({ "a.yaml": `namespace: x\n${GOOD}`, "b.yaml": `namespace: y\n${GOOD}` })
    expect(tree.children.map(({ id }) => id)).toEqual(["x:a", "y:a"])
  })

  it("are each told with their own file and path", async () => {
    const problems = await problemsOf(loadAll({ "a.yaml": GOOD, "b.yaml": "entries:\n  - { name: z, kind: store, maxEntries: x }\n" }))
    expect(problems).toEqual(['2: entries[0].maxEntries must be a whole number from 0; got "x"'])
  })

  it("name modules beside themselves", async () => {
    const worker = "export const worker = async () => {}\n"
    const entry = (name: string) => `entries:\n  - { name: ${name}, kind: process, module: ./w.mjs, export: worker }\n`
    const folder = folderWith({ "x/a.yaml": entry("a"), "y/b.yaml": entry("b"), "x/w.mjs": worker, "y/w.mjs": worker })
    const { tree } = await loadConfiguration([join(folder, "x/a.yaml"), join(folder, "y/b.yaml")])
    expect(tree.children).toHaveLength(2)
  })
})

/** Written with `@`, so that nobody takes it for a template that lost its quotes. */
const written = (text: string): string => text.replaceAll("@{", "$\u007b")

describe("what the environment says", () => {
  const entry = (fields: string) => written(`entries:\n  - { name: a, kind: store, ${fields} }\n`)
  const loaded = (fields: string, env: Record<string, string>) => loadAll({ "a.yaml": entry(fields) }, env)
  const rulesOf = async (fields: string, env: Record<string, string>) => (await loaded(fields, env)).tree.children[0]?.rules

  it("is what the environment says, or its default; a number, a duration or a yes where that is wanted", async () => {
    const fields =
      'autoStart: "@{env:ON}", startTimeout: "@{env:T}", shutdown: "@{env:S:-2s}", restart: "@{env:R}", backoff: { maxAttempts: "@{env:N}" }'
    expect(await rulesOf(fields, { ON: "false", T: "1m30s", R: "transient", N: "7" })).toMatchObject({
      ...{ autoStart: false, startTimeoutMs: 90_000, shutdown: 2000, restart: "transient" },
      backoff: { maxAttempts: 7 },
    })
    expect(await rulesOf('shutdown: "@{env:S:-2s}"', { S: "" })).toMatchObject({ shutdown: 2000 })
    expect(await rulesOf('shutdown: "@{env:S}"', { S: "50" })).toMatchObject({ shutdown: 50 })
  })

  it("stays text where text is wanted, is part of it, and is written out by a dollar more", async () => {
    const { tree } = await loaded('principal: { id: "@{env:A}-@{env:B:-x}-$@{env:C}" }', { A: "1" })
    expect(tree.children[0]?.principal?.id).toBe(written("1-x-@{env:C}"))
  })

  it("is not evaluated twice", async () => {
    const { tree } = await loaded('principal: { id: "@{env:A}" }', { A: written("@{env:B}"), B: "secret" })
    expect(tree.children[0]?.principal?.id).toBe(written("@{env:B}"))
  })

  it("is refused where it is missing or malformed, all at once, and never taken from a prototype", async () => {
    const text = entry('principal: { id: "@{env:NOPE}" }, shutdown: "@{env:toString}", restart: "@{env:}", state: "@{env:A"')
    expect(await problemsOf(loadAll({ "a.yaml": text }, { NOPA: "x" }))).toEqual(
      expect.arrayContaining([
        written(
          "2: entries[0].principal.id must be set: the environment has no NOPE, and there is no default (@{env:NOPE:-default}); did you mean NOPA?",
        ),
        expect.stringContaining("entries[0].shutdown must be set"),
        expect.stringContaining(written("entries[0].restart must be @{env:NAME} or @{env:NAME:-default}")),
        expect.stringContaining(written("entries[0].state must be @{env:NAME} or @{env:NAME:-default}")),
      ]),
    )
  })

  it("is never shown: not in errors, not in the tree's text, not in what is known of entries", async () => {
    const secret = "hunter22-and-more"
    const env = { S: secret }
    const bad = 'whenFull: "@{env:S}", maxBytes: "@{env:S}", requires: ["@{env:S}"], snapshot: { path: "x\\0@{env:S}" }'
    const error = await loaded(bad, env).catch((thrown: unknown) => thrown)
    expect(String(error)).toContain(written("got what @{env:S} stands for"))
    expect(JSON.stringify([String(error), (error as { details: unknown }).details])).not.toContain(secret)
    const right = await loadAll(
      { "a.yaml": written('entries:\n  - { name: "@{env:S}", kind: store, principal: { id: "x@{env:S}" } }\n') },
      env,
    )
    expect(right.secrets).toEqual(expect.arrayContaining([secret, `x${secret}`]))
    const { tree: _, ...known } = right
    expect(right.describe()).not.toContain(secret)
    expect(Object.keys(known)).not.toContain("secrets")
  })
})

describe("two configurations", () => {
  const text = (more: string, policies = "policies: [{ id: p, effect: allow, actions: '*', resources: '*' }]\n") =>
    `namespace: app\n${policies}entries:\n  - { name: a, kind: store, maxEntries: 5 }\n  - { name: s, kind: supervisor, children: [{ name: b, kind: store }] }\n${more}`

  it("are compared: policies alone, or which entries", async () => {
    const first = await load(text(""))
    expect(changesBetween(first, await load(text("")))).toEqual({
      ...{ policies: false, supervision: false, added: [], removed: [], changed: [], isPoliciesOnly: false },
    })
    const denied = await load(text("", "policies: [{ id: p, effect: deny, actions: '*', resources: '*' }]\n"))
    expect(changesBetween(first, denied)).toMatchObject({ policies: true, isPoliciesOnly: true })
    const other = await load(text("").replace("maxEntries: 5", "maxEntries: 6").replace("name: b", "name: c"))
    expect(changesBetween(first, other)).toMatchObject({ changed: ["app:a"], added: ["app:c"], removed: ["app:b"], isPoliciesOnly: false })
    expect(changesBetween(first, await load(`intensity: 9\n${text("")}`))).toMatchObject({ supervision: true, isPoliciesOnly: false })
  })

  it("are described", async () => {
    expect((await load(text(""))).describe()).toBe("root (one_for_one)\n  app:a (store)\n  app:s (supervisor)\n    app:b (store)")
  })
})
