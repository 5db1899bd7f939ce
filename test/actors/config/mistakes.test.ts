/** All that is wrong is told at once, with its file, its path, what was expected and what was found; and nothing has been done. */

import { mkdirSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { configure, loadConfiguration } from "../../../actors/config.ts"
import { Invalid, start } from "../../../actors/index.ts"
import { folderWith, problemsOf } from "../../support/config-folder.ts"

const entry = (more: object, kind = "store") => ({ name: "a", kind, ...more })
const wrong = (...entries: readonly object[]) => problemsOf(configure({ entries }))

describe("what is wrong", () => {
  it("is told all at once, as one Invalid with the place, what was expected, what was found, and what was meant", async () => {
    const folder = folderWith({
      "app.yaml": "entries:\n  - name: a\n    kind: store.memory\n    max_sise: 1\n    lifecycle:\n      start_timeout: soon\n",
    })
    const file = join(folder, "app.yaml")
    const error = await loadConfiguration(file).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Invalid)
    const { details, message } = error as Invalid
    expect(details.problems).toMatchObject([
      { file, line: 4, path: "entries[0].max_sise", found: '"max_sise"', suggestion: "max_size" },
      { file, line: 6, path: "entries[0].lifecycle.start_timeout", expected: expect.stringContaining("a duration"), found: '"soon"' },
    ])
    expect(details.field).toBe("entries[0].max_sise")
    expect(message.split("\n")).toEqual([
      "2 things are wrong:",
      `  ${file}:4: entries[0].max_sise is unknown; did you mean max_size?`,
      `  ${file}:6: entries[0].lifecycle.start_timeout must be a duration such as "500ms", "10s", "5m" or "1h30m", or a number of ms from 0; got "soon"`,
    ])
  })

  it("is shown in twenty lines at most, and is all there in the details", async () => {
    const entries = Array.from({ length: 30 }, (_, index) => ({ name: `n${index}`, kind: "nothing" }))
    const error = (await configure({ entries }).catch((thrown: unknown) => thrown)) as Invalid
    expect(error.message.split("\n")).toHaveLength(22)
    expect(error.message).toContain("and 10 more")
    expect(error.details.problems).toHaveLength(30)
  })

  it.each([
    [{ maxEntries: "many" }, 'entries[0].maxEntries must be a whole number from 0; got "many"'],
    [{ maxEntries: -1 }, "entries[0].maxEntries must be a whole number from 0; got -1"],
    [{ maxBytes: "64XB" }, 'entries[0].maxBytes must be a size such as "64MB" or "64MiB", or a number of bytes from 1; got "64XB"'],
    [{ whenFull: "maybe" }, 'entries[0].whenFull must be reject, lru, adaptive or soonest; got "maybe"'],
    [{ ordered: "yes" }, 'entries[0].ordered must be true or false; got "yes"'],
    [{ requires: "b" }, 'entries[0].requires must be a list; got "b"'],
    [{ requires: [1] }, "entries[0].requires[0] must be text that is not empty; got 1"],
    [{ snapshot: {} }, "entries[0].snapshot.path is missing: it must be text that is not empty"],
    [{ partitions: 65_537 }, "entries[0].partitions must be a whole number from 1 to 65536; got 65537"],
    [{ onDetach: "leave" }, expect.stringMatching(/^entries\[0\]\.onDetach must be keep, reset, refuse, stopWhenIdle or .*; got "leave"$/)],
    [{ backoff: { jitter: 2 } }, "entries[0].backoff.jitter must be a number from 0 to 1; got 2"],
    [{ shutdown: { drain: "x" } }, expect.stringContaining("entries[0].shutdown.drain must be a duration")],
    [{ restart: "always" }, 'entries[0].restart must be permanent, transient or temporary; got "always"'],
    [{ significant: true }, expect.stringContaining("entries[0].significant is of no use to a permanent child")],
  ])("of an entry: %j", async (more, says) => {
    expect(await wrong(entry(more))).toEqual([says])
  })

  it.each([
    [{}, "entries is missing: it must be a list of entries"],
    [{ entries: {} }, "entries must be a list of entries; got an object"],
    [{ entries: [1] }, "entries[0] must be an entry: an object with name and kind; got 1"],
    [{ entries: [], version: "2.0" }, 'version must be a version of the format: "1.0"; got "2.0"'],
    [{ entries: [], versoin: "1.0" }, "versoin is unknown; did you mean version?"],
    [{ entries: [], strategy: "all" }, 'strategy must be one_for_one, one_for_all or rest_for_one; got "all"'],
    [[], "the configuration must be an object; got a list"],
    ["text", 'the configuration must be an object; got "text"'],
  ])("of the whole: %j", async (data, says) => {
    expect(await problemsOf(configure(data))).toEqual([says])
  })

  it.each([
    // Of a part, the whole; of a short name, none that has other letters.
    [{ kind: "store.sql", database: "b", table: "x", table_name: "t" }, "entries[0].table is unknown; did you mean table_name?"],
    [{ kind: "sqlite" }, expect.stringMatching(/; got "sqlite"; did you mean database.sqlite\?$/)],
    [{ kind: "sto" }, expect.stringMatching(/; got "sto"$/)],
    [{ kind: "store", nine: 1 }, expect.stringMatching(/^entries\[0\].nine is unknown; there are kind, name, /)],
    [{ kind: "store", knid: 1 }, "entries[0].knid is unknown; did you mean kind?"],
  ])("is told with what was meant, where that is plain: %j", async (fields, says) => {
    const [first] = await wrong({ name: "a", ...fields }, { name: "b", kind: "database.sqlite", path: "x.db" })
    expect(first).toEqual(says)
  })

  it("is an id that is given twice, a name that is missing, one that is a number, and that of the root", async () => {
    expect(await wrong(entry({}), entry({}))).toEqual(["entries[1].name gives the id a twice: it is that of entries[0].name"])
    expect(await wrong({ kind: "store" })).toEqual(["entries[0].name is missing: it must be text that is not empty"])
    expect(await wrong(entry({ name: "7" }))).toEqual([expect.stringContaining("entries[0].name must not be a number")])
    expect(await wrong(entry({ name: "root" }))).toEqual([expect.stringContaining("entries[0].name must be another one")])
  })

  it("is what requires what is not there, itself, what requires it, or what it is part of", async () => {
    const b = { name: "b", kind: "cache" }
    expect(await wrong(entry({ requires: ["bb"] }), b)).toEqual(['entries[0].requires[0] names what is not there: "bb"; did you mean b?'])
    expect(await wrong(entry({ requires: ["a"] }))).toEqual(["entries[0].requires[0] closes a cycle: a → a"])
    expect(await wrong(entry({ requires: ["b"] }), { ...b, requires: ["a"] })).toEqual(["entries[1].requires[0] closes a cycle: a → b → a"])
    // Beside what can be started, too.
    expect(await wrong({ name: "c", kind: "store" }, entry({ requires: ["c", "b"] }), { ...b, requires: ["a", "c"] })).toEqual([
      expect.stringContaining("closes a cycle: a → b → a"),
    ])
    const above = (children: readonly object[], name = "s") => ({ name, kind: "supervisor", children })
    expect(await wrong(above([entry({ requires: ["s"] })]))).toEqual(["entries[0].children[0].requires[0] requires s, which it is part of"])
    const [one, other] = [above([entry({ requires: ["b"] })]), above([{ ...b, requires: ["a"] }], "t")]
    expect(await wrong(one, other)).toEqual([expect.stringMatching(/requires\[0\] closes a cycle: s → t → s$/)])
  })

  it("is a chain of requirements of any length only where it is a cycle", async () => {
    const chain = Array.from({ length: 3000 }, (_, index) => ({
      name: `n${index}`,
      kind: "store",
      requires: index === 0 ? [] : [`n${index - 1}`],
    }))
    expect((await configure({ entries: chain })).children).toHaveLength(3000)
  })

  it("is what is no plain data, and nothing of it is called", async () => {
    const loop: unknown[] = []
    loop.push(loop)
    expect(await problemsOf(configure({ entries: loop }))).toContainEqual(expect.stringContaining("levels deep, or holds itself"))
    expect(await wrong(entry({ maxEntries: () => 1 }))).toEqual(["entries[0].maxEntries must be plain data; got a function"])
    expect(await wrong(entry({ snapshot: new Map() }))).toEqual(["entries[0].snapshot must be plain data; got an instance of a class"])
    expect(await wrong(entry({ maxEntries: 2 ** 60 }))).toEqual([
      expect.stringContaining("entries[0].maxEntries must be a number that is kept exactly"),
    ])
    expect(await wrong(JSON.parse('{"name":"a","kind":"store","__proto__":{"maxEntries":1}}'))).toContain(
      "entries[0].__proto__ is a name that is refused",
    )
  })

  it("is read once: a getter that answers otherwise later changes nothing", async () => {
    let reads = 0
    const twoFaced = {
      ...{ name: "a", kind: "store" },
      get maxEntries() {
        reads += 1
        return reads === 1 ? 5 : "many"
      },
    }
    await configure({ entries: [twoFaced] })
    expect(reads).toBe(1)
  })
})

describe("policies and places", () => {
  it("are refused where something is said twice", async () => {
    const rule = { id: "p", effect: "allow", actions: "*", resources: "*" }
    expect(await problemsOf(configure({ entries: [], policies: [rule, rule] }))).toEqual(["policies[1].id gives the id p twice"])
    const scopes = [
      { scope: "s", policies: [] },
      { scope: "s", policies: [] },
    ]
    expect(await problemsOf(configure({ entries: [], scopes }))).toEqual(['scopes[1].scope must be a name that is given once; got "s"'])
    const database = { name: "b", kind: "database.sqlite", path: "./b.db" }
    expect(await wrong(entry({ path: "./a.db", database: "b" }, "durableStore"), database)).toEqual([
      "entries[0].path stands in the place of database: give one of them",
    ])
  })
})

describe("options", () => {
  it.each([
    [{ folder: 1 }, "folder"],
    [{ env: 1 }, "env"],
    [{ allowOutside: 1 }, "allowOutside"],
    [{ unknownKinds: "ignore" }, "unknownKinds"],
    [{ file: 1 }, "file"],
    [{ fodler: "" }, "fodler"],
  ])("are refused: %j", async (options, field) => {
    const error = await configure({ entries: [] }, options as never).catch((thrown: unknown) => thrown)
    expect((error as Invalid).details.field).toBe(field)
  })

  it("are refused where no file is named", async () => {
    for (const files of [[], [1], 1, "", "a\0b"]) await expect(loadConfiguration(files as never)).rejects.toThrow(/^files/)
  })
})

describe("a module", () => {
  const server = (module: string, name?: string) => ({
    entries: [{ name: "w", kind: "process", module, ...(name === undefined ? {} : { export: name }) }],
  })
  const SOURCE = "export const worker = async () => {}\nexport const number = 1\nexport class Thing {}\n"

  it("is refused where it is not there, leads out of the folder, or is none of its files", async () => {
    const folder = folderWith({ "in/app.json": "{}", "outside.mjs": SOURCE, "in/sub/w.mjs": SOURCE })
    mkdirSync(join(folder, "in/dir.mjs"))
    symlinkSync(join(folder, "outside.mjs"), join(folder, "in/link.mjs"))
    const said = async (module: string) => (await problemsOf(configure(server(module), { folder: join(folder, "in") })))[0]
    const at = "entries[0].module"
    expect(await said("./nope.mjs")).toBe(`${at} names a file that is not there: "./nope.mjs"`)
    expect(await said("./dir.mjs")).toBe(`${at} names what is no file: "./dir.mjs"`)
    expect(await said("../outside.mjs")).toContain(`${at} leads out of the folder`)
    expect(await said("sub/../../outside.mjs")).toContain(`${at} leads out of the folder`)
    expect(await said("./link.mjs")).toContain(`${at} leads out of the folder`)
    expect(await said(join(folder, "in/sub/w.mjs"))).toContain(`${at} must be relative`)
    for (const url of ["file:///etc/x.mjs", "data:text/javascript,export default 1", "https://example.com/a.mjs", "node:fs"])
      expect(await said(url)).toContain(`${at} must be the path of a file: no URL is loaded`)
    expect((await configure(server("sub/w.mjs", "worker"), { folder: join(folder, "in") })).children).toHaveLength(1)
    const outside = { folder: join(folder, "in"), allowOutside: true }
    expect((await configure(server("../outside.mjs", "worker"), outside)).children).toHaveLength(1)
  })

  it("is refused where it cannot be loaded, exports nothing of that name, or something else", async () => {
    const folder = folderWith({ "w.mjs": SOURCE, "broken.mjs": "throw new Error('it broke')\n", "syntax.mjs": "export const = 1\n" })
    const said = (module: string, name?: string) => problemsOf(configure(server(module, name), { folder }))
    expect(await said("./broken.mjs")).toEqual(["entries[0].module cannot be loaded: Error: it broke"])
    expect(await said("./syntax.mjs")).toEqual([expect.stringContaining("entries[0].module cannot be loaded: ")])
    expect(await said("./w.mjs", "wroker")).toEqual([
      "entries[0].export names wroker, which the module does not export: it exports Thing, number, worker; did you mean worker?",
    ])
    expect(await said("./w.mjs")).toEqual([expect.stringContaining("entries[0].export names default, which the module does not export")])
    expect(await said("./w.mjs", "number")).toEqual([
      expect.stringMatching(/^entries\[0\]\.export must name a process.*exports a number there$/),
    ])
    expect(await said("./w.mjs", "Thing")).toEqual([expect.stringMatching(/exports a class there$/)])
    expect(await said("./w.mjs", "toString")).toEqual([expect.stringContaining("does not export")])
  })

  it("is not loaded where anything else is wrong", async () => {
    const folder = folderWith({ "w.mjs": "globalThis.wasLoaded = true\nexport const worker = async () => {}\n" })
    const entries = [{ name: "w", kind: "process", module: "./w.mjs", export: "worker" }, entry({ maxEntries: "many" })]
    await problemsOf(configure({ entries }, { folder }))
    await problemsOf(configure({ entries: [entries[0], entry({ partitions: 100_000 })] }, { folder }))
    expect(Reflect.get(globalThis, "wasLoaded")).toBeUndefined()
  })
})

describe("a supervisor of like ones", () => {
  const SOURCE = `
    const { server } = await import(${JSON.stringify(new URL("../../../actors/index.ts", import.meta.url).href)})
    export const worker = server({ init: (from) => ({ from: from ?? 0 }), call: { plus: (state, by) => state.from + by } })
    export const plain = async (self) => { await self.receive() }
  `
  const like = (kind: string, more: object, name = "worker") => ({
    entries: [{ name: "a", kind, module: "./w.mjs", export: name, ...more }],
  })

  it("is a pool, or has partitions, and gives each the argument", async () => {
    const folder = folderWith({ "w.mjs": SOURCE })
    for (const [data, key] of [
      [like("pool", { size: 2, queue: 5, intensity: 3, period: "1m", argument: 40 }), undefined],
      [like("partitionSupervisor", { partitions: 2, argument: 40 }), { key: "x" }],
    ] as const) {
      await using app = await start(await configure(data, { folder }), { log: () => {} })
      const mailbox = (await app.acquire("a" as never, key as never)) as { call: { plus(by: number): Promise<number> } }
      expect(await mailbox.call.plus(2)).toBe(42)
    }
  })

  it("is refused without what it needs, and where the module exports something else", async () => {
    const folder = folderWith({ "w.mjs": SOURCE })
    const said = (data: object) => problemsOf(configure(data, { folder }))
    expect(await said(like("pool", {}))).toEqual(["entries[0].size is missing: it must be a whole number from 1"])
    expect(await said(like("pool", { size: 65_537 }))).toEqual([
      expect.stringMatching(/^entries\[0\]\.size must be a whole number from 1 to/),
    ])
    expect(await said(like("pool", { size: 1 }, "plain"))).toEqual([expect.stringContaining("entries[0].export must name a server")])
    expect(await said(like("partitionSupervisor", {}))).toEqual([expect.stringContaining("entries[0].partitions is missing")])
  })
})

describe("a process that nobody can start", () => {
  const entries = (lifecycle: object, more: readonly object[] = []) => [
    { name: "code", kind: "module", source: "./w.mjs", export: "worker" },
    { name: "svc", kind: "process.service", process: "code", lifecycle },
    ...more,
  ]
  const notesOf = async (some: readonly object[]) => {
    const files = { "a.json": JSON.stringify({ entries: some }), "w.mjs": "export const worker = async () => {}\n" }
    return (await loadConfiguration(join(folderWith(files), "a.json"))).notes
  }

  it("is right, as the specification has it so, and is told of; not where it starts, or somebody requires it", async () => {
    expect(await notesOf(entries({}))).toEqual([
      expect.stringMatching(/entries\[1\]: svc is a process that nobody can acquire, and is started by nobody: say auto_start: true$/),
    ])
    expect(await notesOf(entries({ auto_start: true }))).toEqual([])
    expect(await notesOf(entries({}, [{ name: "s", kind: "store", requires: ["svc"] }]))).toEqual([])
  })
})
