/** What came from the environment is shown by nothing: no error, wherever it is wrong, and nothing that is made of a configuration that is right. */

import { join } from "node:path"
import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { withoutSecrets } from "../../../actors/config/redaction.ts"
import { loadConfiguration } from "../../../actors/config.ts"
import { folderWith } from "../../support/config-folder.ts"

const reference = (name: string): string => `$\u007benv:${name}}`

/** Everything that can be seen of an error. */
const seenOf = (error: Error): string =>
  [String(error), error.stack, JSON.stringify(error), inspect(error, { depth: 20, showHidden: true }), inspect(error.cause)].join("\n")

/** Of everything that has a name, a number, a place or a rule. */
const WHOLE = {
  version: "1.0",
  namespace: "app",
  strategy: "one_for_one",
  principal: { id: "boss", meta: { role: ["a"] } },
  entries: [
    { name: "db", kind: "database.sqlite", path: "./x.db", lifecycle: { requires: ["one"] } },
    { name: "pg", kind: "database.postgres", url: "postgres://u:p@localhost/x" },
    {
      ...{ name: "sql", kind: "store.sql", database: "db", table_name: "t", id_column_name: "k", cleanup_interval: "1m" },
      lifecycle: { stop_timeout: "1s", restart: { max_attempts: 3, jitter: 0.5 }, security: { groups: ["g"], policies: ["named"] } },
    },
    { name: "one", kind: "store.memory", max_size: 5, lifecycle: { auto_start: true } },
    { name: "own", kind: "store", maxEntries: 5, maxBytes: "1MB", partitions: 2, snapshot: { path: "./s", every: "1m" }, onDetach: "keep" },
    { name: "kept", kind: "durableStore", path: "./y.db", table: "t", columns: { key: "a" }, busyTimeout: 5, cleanupInterval: "1m" },
    { name: "code", kind: "module", source: "./w.mjs", export: "worker" },
    { name: "svc", kind: "process.service", process: "code", lifecycle: { auto_start: true, depends_on: ["one"] } },
    { name: "w", kind: "process", module: "./w.mjs", export: "worker", argument: "x", backoff: { initial: "1s", max: "2s" } },
    { name: "sup", kind: "supervisor", strategy: "one_for_all", children: [{ name: "below", kind: "cache", requires: ["one"] }] },
    { name: "dyn", kind: "dynamicSupervisor", maxChildren: 5 },
    { name: "named", kind: "security.policy", policy: { actions: "*", resources: "*", effect: "allow" } },
    {
      ...{ name: "grouped", kind: "security.policy", groups: ["g"] },
      policy: { actions: "*", resources: "*", effect: "allow", conditions: [{ field: "action", operator: "matches", value: "x" }] },
    },
  ],
  policies: [
    { id: "p", effect: "allow", actions: "*", resources: "*", conditions: [{ field: "action", operator: "eq", valueFrom: "resource" }] },
  ],
  scopes: [{ scope: "s", policies: [{ id: "q", effect: "deny", actions: ["a"], resources: "r" }] }],
}

type Path = readonly (string | number)[]

function leavesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path]
  return Object.entries(value).flatMap(([name, part]) => leavesOf(part, [...path, Array.isArray(value) ? Number(name) : name]))
}

function changed(path: Path, text: string): typeof WHOLE {
  const copy = structuredClone(WHOLE)
  const parent = path.slice(0, -1).reduce<unknown>((at, name) => Reflect.get(at as object, name), copy)
  Reflect.set(parent as object, path.at(-1) ?? "", text)
  return copy
}

const WORKER = { "w.mjs": "export const worker = async () => {}\n" }
const folderOf = (data: unknown, files: Readonly<Record<string, string>> = WORKER) =>
  folderWith({ "a.json": JSON.stringify(data), ...files })
const attemptIn = (folder: string, env: Record<string, string>) =>
  loadConfiguration(join(folder, "a.json"), { env }).catch((error: Error) => error)
const attempt = (data: unknown, env: Record<string, string>, files?: Readonly<Record<string, string>>) =>
  attemptIn(folderOf(data, files), env)

describe("what the environment says", () => {
  it.each(["qzqzq", "9j", "(9j", "93939393939393", "-9393", "../9j9j", "9393.5"])(
    "is shown by nothing, wherever it stands: %s",
    async (secret) => {
      for (const path of leavesOf(WHOLE)) {
        // Twice in two places: what is the same twice is told, too.
        const folder = folderOf(changed(path, reference("S")))
        const result = await attemptIn(folder, { S: secret })
        const all = result instanceof Error ? seenOf(result) : JSON.stringify(result) + result.describe() + inspect(result, { depth: 20 })
        // The system calls the folder as it likes: by chance as a short secret.
        const seen = all.replaceAll(folder, "folder")
        expect(seen.includes(secret), `${path.join(".")}: ${seen.slice(0, 1000)}`).toBe(false)
      }
    },
  )

  it("is shown by no error about another entry: what is there, what is meant, what is there twice, what waits for itself", async () => {
    const named = { name: reference("S"), kind: "store" }
    const env = { S: "zq", N: "sessions" }
    for (const data of [
      { entries: [named, { name: "b", kind: "store", requires: ["nothing"] }] },
      {
        entries: [
          { ...named, name: reference("N") },
          { name: "b", kind: "store", requires: ["session"] },
        ],
      },
      { entries: [named, named] },
      { entries: [{ ...named, requires: [reference("S")] }] },
      { namespace: reference("S"), entries: [{ name: "a", kind: "store", requires: ["a", "b"] }] },
      { entries: [{ name: "a", kind: "store", scopes: ["x"] }], scopes: [{ scope: reference("S"), policies: [] }] },
      { entries: [], policies: [1, 2].map(() => ({ id: reference("S"), effect: "deny", actions: "*", resources: "*" })) },
      {
        entries: [
          { name: "a", kind: "store", requires: [reference("N")] },
          { name: "session", kind: "store" },
        ],
      },
    ]) {
      const result = await attempt(data, env)
      const seen = result instanceof Error ? seenOf(result) : ""
      expect(seen).toMatch(/S|N/)
      expect(seen).not.toMatch(/\bzq\b|sessions|did you mean/)
    }
  })

  it("is cut out of what a module says when it fails, a part of another and a short one, too", async () => {
    const entries = [{ name: "a", kind: "process", module: "./w.mjs", argument: [reference("A"), reference("B"), reference("C")] }]
    const files = { "w.mjs": "throw new Error('with abcdefgh, zq and a')\n" }
    const error = await attempt({ entries }, { A: "abcdef", B: "cdefgh", C: "zq" }, files)
    expect(String(error)).toContain("cannot be loaded: Error: with ***, *** and a")
  })

  it("leaves words of our own as they are, which would tell it by their lack", async () => {
    const error = await attempt({ entries: [{ name: "a", kind: reference("S") }] }, { S: "store.memory" }).catch(String)
    expect(error).not.toBeInstanceOf(Error)
    const wrong = await attempt({ entries: [{ name: reference("S"), kind: "nothing" }] }, { S: "store" })
    expect(String(wrong)).toContain("must be one of store.memory, store.sql")
  })
})

describe("withoutSecrets", () => {
  it("cuts out all of them, as they are, as JSON and as URLs have them", () => {
    expect(withoutSecrets('x a"b y', ['a"b'])).toBe("x *** y")
    expect(withoutSecrets('x "a\\"b" y', ['a"b'])).toBe('x "***" y')
    expect(withoutSecrets("file:///x/a%20b/c", ["a b"])).toBe("file:///x/***/c")
    expect(withoutSecrets("aaaa", ["aaa"])).toBe("***")
    expect(withoutSecrets("1 of 10, 1", ["1"])).toBe("*** of 10, ***")
    expect(withoutSecrets("nothing", ["", "\ud800x"])).toBe("nothing")
  })
})
