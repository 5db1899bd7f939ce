/** `npx pigeonhole run`, where it starts nothing: what it is asked wrongly, what it looks at, what it prints of it. */

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { runCommand } from "../../command/dispatch.ts"
import { folderWith } from "../support/config-folder.ts"
import { KeptTerminal } from "../support/kept-terminal.ts"

/** Asks the environment, where it stands in a file. */
const env = (name: string): string => `\${env:${name}}`

async function run(argv: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const terminal = new KeptTerminal({ env: variables })
  const code = await runCommand(["run", ...argv], terminal)
  return { code, printed: terminal.printed, told: terminal.told }
}

const GOOD = `namespace: app
entries:
  - { name: disk, kind: database.sqlite, path: ./sessions.db }
  - { name: sessions, kind: store.sql, database: disk, table_name: sessions }
  - name: group
    kind: supervisor
    strategy: rest_for_one
    children:
      - { name: pages, kind: cache, maxEntries: 10 }
      - { name: tick, kind: process, module: ./tick.ts, export: tick }
policies:
  - { effect: allow, actions: "*", resources: "*" }
scopes:
  - { scope: readers, policies: [{ effect: deny, actions: store.key.set, resources: "*" }] }
`
const TICK = "export async function tick() {}\n"

function inFolder(files: Readonly<Record<string, string>>): readonly string[] {
  const folder = folderWith(files)
  return Object.keys(files)
    .filter((name) => !name.endsWith(".ts"))
    .map((name) => join(folder, name))
}

describe("run --check and --tree", () => {
  it("say that all is right, and what there is", async () => {
    const [file = ""] = inFolder({ "app.yaml": GOOD, "tick.ts": TICK })
    expect(await run([file, "--check"])).toEqual({
      code: 0,
      printed: "ok: 4 services (1 store.sql, 1 cache, 1 process, 1 supervisor), 1 policy, 1 scope\n",
      told: "",
    })
  })

  it("name what is right, and perhaps not meant", async () => {
    const entries =
      "  - { name: ticking, kind: module, source: ./tick.ts, export: tick }\n  - { name: idle, kind: process.service, process: ticking }\n"
    const [file = ""] = inFolder({ "app.yaml": `namespace: app\nentries:\n${entries}`, "tick.ts": TICK })
    const { code, printed } = await run([file, "--check"])
    expect([code, ...printed.trimEnd().split("\n")]).toEqual([
      0,
      "ok: 1 service (1 process.service), 0 policies, 0 scopes",
      expect.stringContaining("app:idle"),
    ])
  })

  it("show what would be started", async () => {
    const [file = ""] = inFolder({ "app.yaml": GOOD, "tick.ts": TICK })
    const tree = [
      "root (one_for_one)",
      "  app:sessions (store.sql)",
      "  app:group (supervisor)",
      "    app:pages (cache)",
      "    app:tick (process)",
    ]
    expect(await run([file, "--tree"])).toEqual({ code: 0, printed: `${tree.join("\n")}\n`, told: "" })
    expect((await run([file, "--check", "--tree"])).printed).toMatch(/^ok: [^\n]*\nroot \(one_for_one\)\n/)
  })

  it("put several files together", async () => {
    const files = inFolder({
      "app.yaml": "entries: [{ name: a, kind: store }]\n",
      "more.json": '{"entries": [{"name": "b", "kind": "store"}]}',
    })
    expect((await run([...files, "--check"])).printed).toBe("ok: 2 services (2 store), 0 policies, 0 scopes\n")
  })

  it("tell all that is wrong, and nothing else", async () => {
    const entries = Array.from({ length: 25 }, (_, index) => `  - { name: a${index}, kind: store, maxEntires: 1 }\n`).join("")
    const [file = ""] = inFolder({ "app.yaml": `entries:\n${entries}` })
    const { code, printed, told } = await run([file, "--check"])
    expect([code, printed]).toEqual([2, ""])
    const [first, ...lines] = told.trimEnd().split("\n")
    expect(first).toBe("pigeonhole run: 25 things are wrong:")
    expect(lines).toHaveLength(25)
    expect(lines[24]).toBe(`  ${file}:26: entries[24].maxEntires is unknown; did you mean maxEntries?`)
  })

  it("pass over kinds that nobody knows, and name them, where that is asked for", async () => {
    const [file = ""] = inFolder({ "app.yaml": "entries: [{ name: a, kind: store }, { name: web, kind: http.service }]\n" })
    expect((await run([file, "--check"])).code).toBe(2)
    const { code, printed } = await run([file, "--check", "--unknown-kinds", "skip"])
    expect([code, printed]).toEqual([
      0,
      "ok: 1 service (1 store), 0 policies, 0 scopes\npassed over: web, of the kind http.service, which is not known\n",
    ])
  })

  it("load modules from outside where that is allowed", async () => {
    const folder = folderWith({
      "tick.ts": TICK,
      "in/app.yaml": "entries: [{ name: a, kind: process, module: ../tick.ts, export: tick }]\n",
    })
    const file = join(folder, "in/app.yaml")
    expect(await run([file, "--check"])).toMatchObject({ code: 2, told: expect.stringContaining("leads out of the folder") })
    expect((await run([file, "--check", "--allow-outside"])).code).toBe(0)
  })
})

describe("run, asked wrongly", () => {
  it.each([
    [[], "FILE must be given: the application, in JSON or YAML (--help says more)"],
    [[""], 'FILE must be the path of a file; got ""'],
    [["test"], "FILE must be a file; test is a folder"],
    [["nowhere.yaml"], "nowhere.yaml: the configuration is not there"],
    [["package.json", "--chek"], "--chek is unknown; did you mean --check?"],
    [["package.json", "--watch=3"], "options must be those that --help names: Option '--watch' does not take an argument"],
    [["package.json", "--log"], "options must be those that --help names: Option '--log <value>' argument missing"],
    [["package.json", "--log", "xml"], '--log must be text or json; got "xml"'],
    [["package.json", "--log-level", "loud"], '--log-level must be info or warn or error; got "loud"'],
    [["package.json", "--unknown-kinds", "drop"], '--unknown-kinds must be refuse or skip; got "drop"'],
    [["package.json", "--watch", "--check"], "--watch must stand without --check, which starts nothing"],
    [["package.json", "--watch", "--tree"], "--watch must stand without --tree, which starts nothing"],
    [["README.md"], "README.md: the configuration must be a file .json, .yaml or .yml; got .md"],
  ])("%j", async (argv, sentence) => {
    expect(await run(argv)).toEqual({ code: 2, printed: "", told: `pigeonhole run: ${sentence}\n` })
  })

  it("says what is wrong with a file that is empty, no text, or has no entries", async () => {
    const [empty = "", bare = ""] = inFolder({ "empty.yaml": "", "bare.yaml": "namespace: app\n" })
    expect((await run([empty])).told).toMatch(/empty\.yaml: the configuration must be an object; got null\n$/)
    expect((await run([bare])).told).toMatch(/bare\.yaml:1: entries is missing/)
    writeFileSync(empty, new Uint8Array([0xff, 0xfe, 0x00, 0xd8]))
    expect((await run([empty])).told).toMatch(/empty\.yaml: the configuration is no text in UTF-8\n$/)
  })

  it("is told what it takes", async () => {
    const { code, printed } = await run(["--help"])
    expect(code).toBe(0)
    for (const flag of ["check", "tree", "watch", "log", "log-level", "allow-outside", "unknown-kinds"])
      expect(printed).toContain(`\n  --${flag} `)
  })
})

describe("what came from the environment", () => {
  const SECRET = "s3cr3t/hunter2-that-is-long-enough-to-be-cut-short-by-whoever-shows-it-in-a-line-of-eighty-letters"
  const everywhere = (value: string): string => `namespace: "${value}"
strategy: "${value}"
principal: { id: "${value}", meta: { a: "${value}" } }
entries:
  - { name: "${value}", kind: cache, maxEntries: "${value}", onDetach: "${value}" }
  - { name: b, kind: "${value}" }
  - { name: c, kind: process, module: "${value}", export: "${value}", argument: { a: "${value}" } }
  - { name: d, kind: process, module: ./tick.ts, export: "${value}" }
  - { name: e, kind: database.postgres, url: "${value}" }
  - { name: f, kind: store.sql, database: "${value}", table_name: "${value}" }
  - { name: g, kind: process, module: ./throws.ts, restart: "${value}", shutdown: "${value}", requires: ["${value}"] }
policies:
  - { id: "${value}", effect: "${value}", actions: "${value}", resources: "${value}" }
  - { effect: allow, actions: a, resources: b, conditions: [{ field: "${value}", operator: "${value}", value: "${value}" }] }
scopes:
  - { scope: "${value}", policies: [{ effect: deny, actions: "${value}", resources: "${value}" }] }
`

  it.each(["--check", "--tree", "--watch"])("is in no error, wherever it stands: %s", async (flag) => {
    const [file = ""] = inFolder({ "app.yaml": everywhere(env("SECRET")), "tick.ts": TICK, "throws.ts": TICK })
    const { code, printed, told } = await run([file, flag], { SECRET })
    expect(code).toBe(2)
    expect(told).toContain("things are wrong")
    expect(printed + told).not.toContain("s3cr3t")
    expect(printed + told).not.toContain("hunter2")
  })

  it("is not in the message of a module that does not load", async () => {
    const [file = ""] = inFolder({
      "app.yaml": `entries: [{ name: g, kind: process, module: ./throws.ts, argument: "${env("SECRET")}" }]\n`,
      "throws.ts": `throw new Error("cannot reach ${SECRET}")\n`,
    })
    const { code, told } = await run([file, "--check"], { SECRET })
    expect(code).toBe(2)
    expect(told).toMatch(/module cannot be loaded: Error: cannot reach \*\*\*\n$/)
  })

  it("is not in it where the module shows the beginning alone", async () => {
    const [file = ""] = inFolder({
      "app.yaml": `entries: [{ name: g, kind: process, module: ./throws.ts, argument: "${env("SECRET")}" }]\n`,
      "throws.ts": `throw new Error("cannot reach ${SECRET.slice(0, 40)}…")\n`,
    })
    expect((await run([file, "--check"], { SECRET })).told).toMatch(/: cannot reach \*\*\*…\n$/)
  })

  it("is not in what is printed of an application that is right", async () => {
    const [file = ""] = inFolder({
      "app.yaml": [
        `namespace: "${env("SECRET")}"`,
        `entries: [{ name: "${env("SECRET")}", kind: cache, maxEntries: "${env("MOST")}" }]`,
        `policies: [{ id: "${env("SECRET")}", effect: allow, actions: "*", resources: "${env("SECRET")}" }]`,
        "",
      ].join("\n"),
    })
    const { code, printed, told } = await run([file, "--check", "--tree"], { SECRET: "hunter2", MOST: "1234567" })
    expect([code, told]).toEqual([0, ""])
    expect(printed).not.toMatch(/hunter2|1234567/)
  })
})
