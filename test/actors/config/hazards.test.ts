/** Files that are made to be expensive are refused, or read, in a time that goes with their size. Counted in work that ends, not in seconds. */

import { readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { configure, loadConfiguration } from "../../../actors/config.ts"
import { folderWith, problemsOf } from "../../support/config-folder.ts"

const load = (text: string, name = "a.yaml") => loadConfiguration(join(folderWith({ [name]: text }), name))
const many = (count: number, entry: (index: number) => object) => Array.from({ length: count }, (_, index) => entry(index))

describe("a file", () => {
  it.each([
    ["a flow of lists", `entries: ${"[".repeat(10_000)}${"]".repeat(10_000)}\n`],
    ["a flow of maps", `entries: ${"{a: ".repeat(10_000)}\n`],
    [
      "blocks",
      many(3000, () => ({}))
        .map((_, depth) => `${" ".repeat(depth)}-\n`)
        .join(""),
    ],
  ])("of ten thousand levels is told to be too deep: %s", async (_what, text) => {
    expect((await problemsOf(load(text)))[0]).toMatch(/^\d+: .* is more than 64 levels deep$/)
  })

  it("has any number of aliases, and each means the last anchor of its name before it", async () => {
    const entry = (index: number) => `  - { name: n${index}, kind: store, backoff: *b }\n`
    const lines = many(1500, () => ({}))
      .map((_, index) => entry(index))
      .join("")
    const head = "entries:\n  - { name: x, kind: store, backoff: &b { initial: 1s } }\n"
    const { tree } = await load(`${head}${lines}  - { name: y, kind: store, backoff: &b { initial: 2s } }\n${entry(1500)}`)
    expect(tree.children).toHaveLength(1503)
    expect(tree.children.at(-4)?.rules.backoff.initialMs).toBe(1000)
    expect(tree.children.at(-1)?.rules.backoff.initialMs).toBe(2000)
  })

  it("of more values than a hundred thousand is read, where they stand in it", async () => {
    const value = many(110_000, () => ({})).map((_, index) => index)
    const conditions = [{ field: "action", operator: "in", value }]
    const data = { entries: [], policies: [{ effect: "allow", actions: "*", resources: "*", conditions }] }
    expect((await load(JSON.stringify(data), "a.json")).policies).toHaveLength(1)
    expect((await configure(data)).children).toHaveLength(0)
  })

  it("that names thousands of things that are not there is told of all of them, with what is there in short", async () => {
    const entries = many(2000, (index) => ({ name: `name_of_${index}`, kind: "store", requires: [`nothing_at_all_${index}`] }))
    const problems = await problemsOf(configure({ entries }))
    expect(problems).toHaveLength(2000)
    expect(problems[0]).toMatch(/there are name_of_0, .* and 1980 more$/)
    expect(Math.max(...problems.map((one) => one.length))).toBeLessThan(500)
  })

  it("of a long text full of references that do not end is told of once", async () => {
    const reference = "$\u007benv:"
    const broken = (text: string) => problemsOf(configure({ entries: [{ name: "a", kind: "store", restart: text }] }))
    expect(await broken(reference.repeat(100_000))).toHaveLength(1)
    expect((await broken(`${reference}A:-x`.repeat(100_000)))[0]?.length).toBeLessThan(300)
  })

  it("in which a thousand wait for each other is told by the ends of the way", async () => {
    const entries = many(1000, (index) => ({ name: `n${index}`, kind: "store", requires: [`n${(index + 1) % 1000}`] }))
    expect(await problemsOf(configure({ entries }))).toEqual([
      "entries[999].requires[0] closes a cycle: n0 → n1 → n2 → n3 → n4 → n5 → 989 more → n995 → n996 → n997 → n998 → n999 → n0",
    ])
  })

  it("with CRLF, and with octal and hexadecimal numbers, is YAML 1.2", async () => {
    const { tree } = await load(
      "entries:\r\n  - { name: a, kind: store, history: 0o17 }\r\n  - { name: b, kind: store, history: 0x1F }\r\n",
    )
    expect(tree.children).toHaveLength(2)
    expect(await problemsOf(load("entries:\r\n  - { name: a, kind: store, ordered: yes }\r\n"))).toEqual([
      '2: entries[0].ordered must be true or false; got "yes"',
    ])
  })

  it("that is no UTF-8 is told to be none", async () => {
    const file = join(folderWith({}), "a.yaml")
    writeFileSync(file, Buffer.from([0x61, 0xff, 0xfe]))
    expect(await problemsOf(loadConfiguration(file))).toEqual(["the configuration is no text in UTF-8"])
  })
})

describe("requirements at random", () => {
  it("are refused where something waits for itself, and only there; and it ends", async () => {
    const graph = fc.array(fc.array(fc.nat(9), { maxLength: 3 }), { minLength: 1, maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(graph, async (targets) => {
        const names = targets.map((some) => [...new Set(some.map((target) => target % targets.length))])
        const entries = names.map((some, index) => ({ name: `n${index}`, kind: "store", requires: some.map((target) => `n${target}`) }))
        const isRefused = await configure({ entries }).then(
          () => false,
          () => true,
        )
        expect(isRefused).toBe(names.some((_, start) => reaches(names, start, start, new Set())))
      }),
    )
  })
})

function reaches(edges: readonly (readonly number[])[], from: number, to: number, seen: Set<number>): boolean {
  return (edges[from] ?? []).some((next) => next === to || (!seen.has(next) && reaches(edges, next, to, seen.add(next))))
}

describe("a module", () => {
  const process = (module: string, name: string) => ({ name, kind: "process", module, export: "worker" })

  it("that has become a link to one outside since it was looked at is not loaded", async () => {
    const folder = folderWith({
      "outside.mjs": "export const worker = async () => {}\nglobalThis.wasLoadedOutside = true\n",
      "in/late.mjs": "export const worker = async () => {}\n",
    })
    // The first module that is loaded puts the link where the second has stood.
    const swap =
      "import { renameSync } from 'node:fs'\nrenameSync(new URL('./link.mjs', import.meta.url), new URL('./late.mjs', import.meta.url))\n"
    writeFileSync(join(folder, "in/first.mjs"), `${swap}export const worker = async () => {}\n`)
    symlinkSync(join(folder, "outside.mjs"), join(folder, "in/link.mjs"))
    const entries = [process("./first.mjs", "a"), process("./late.mjs", "b")]
    expect(await problemsOf(configure({ entries }, { folder: join(folder, "in") }))).toEqual([
      expect.stringContaining("entries[1].module names a file that is not there"),
    ])
    expect(Reflect.get(globalThis, "wasLoadedOutside")).toBeUndefined()
    expect(readFileSync(join(folder, "in/late.mjs"), "utf8")).toContain("wasLoadedOutside")
    renameSync(join(folder, "in/late.mjs"), join(folder, "in/link.mjs"))
  })

  it("with what is percent-encoded in its name is a file of that name, and leads nowhere else", async () => {
    const folder = folderWith({ "x.mjs": "export const worker = async () => {}\n" })
    for (const path of ["./%2e%2e/x.mjs", "./%2Fx.mjs", "./x.mjs?a", "./x.mjs#a", "./y%00.mjs"])
      expect(await problemsOf(configure({ entries: [process(path, "a")] }, { folder }))).toEqual([
        expect.stringContaining("names a file that is not there"),
      ])
  })

  it("that exports what can be waited for is told to, and nobody waits for it", async () => {
    const folder = folderWith({ "w.mjs": "export const worker = { then() { globalThis.wasWaitedFor = true } }\n" })
    expect(await problemsOf(configure({ entries: [process("./w.mjs", "a")] }, { folder }))).toEqual([
      expect.stringContaining("must name a process"),
    ])
    expect(Reflect.get(globalThis, "wasWaitedFor")).toBeUndefined()
  })
})
