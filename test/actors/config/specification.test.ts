/** Files of the specification's own vocabulary, as they are written. */

import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { configure, loadConfiguration } from "../../../actors/config.ts"
import { type StoreMailbox, start } from "../../../actors/index.ts"
import { virtualTime } from "../../../actors/testing.ts"
import { folderWith, problemsOf } from "../../support/config-folder.ts"

const SESSIONS = `
version: "1.0"
namespace: app
entries:
  - name: db
    kind: database.sqlite
    path: ./data.db
  - name: cache
    kind: store.memory
    max_size: 2
    cleanup_interval: 5m
    lifecycle:
      auto_start: true
      stop_timeout: 2s
      stable_threshold: 7s
      requires: [sessions]
      restart: { initial_delay: 1s, max_delay: 1m, backoff_factor: 3, jitter: 0.1, max_attempts: 4 }
  - name: sessions
    kind: store.sql
    database: app:db
    table_name: sessions
    id_column_name: id
    payload_column_name: payload
    expire_column_name: ends
    cleanup_interval: 0
    lifecycle: { auto_start: true }
  - name: code
    kind: module
    source: ./worker.mjs
    export: worker
  - name: worker
    kind: process.service
    process: app:code
    host: app:host
    lifecycle: { auto_start: true, depends_on: [app:cache] }
`
const WORKER = "export async function worker(self) { await self.receive() }\n"

interface Acquires {
  acquire(id: string): Promise<unknown>
}
const mailbox = async (app: Acquires, id: string): Promise<StoreMailbox<unknown>> => (await app.acquire(id)) as StoreMailbox<unknown>
const lone = (entry: object) => ({ namespace: "app", entries: [{ name: "one", lifecycle: { auto_start: true }, ...entry }] })

describe("a file of the specification", () => {
  it("loads as it is written, and starts in the order of what is required", async () => {
    const folder = folderWith({ "app.yaml": SESSIONS, "worker.mjs": WORKER })
    const { tree } = await loadConfiguration(join(folder, "app.yaml"))
    await using app = await start(tree, { log: () => {} })
    expect(app.tree().children.map(({ id }) => id)).toEqual(["app:sessions", "app:cache", "app:worker"])
    const sessions = await mailbox(app, "app:sessions")
    await sessions.set("a", { user: 1 })
    expect(await sessions.get("a")).toEqual({ user: 1 })
    expect((await sessions.info()).backend).toBe("sqlite")
    const cache = await mailbox(app, "app:cache")
    await cache.set("a", 1)
    await cache.set("b", 1)
    await expect(cache.set("c", 1)).rejects.toThrow("full")
  })

  it("gives each child what its lifecycle says, with the defaults beside it", async () => {
    const folder = folderWith({ "app.yaml": SESSIONS, "worker.mjs": WORKER })
    const { tree } = await loadConfiguration(join(folder, "app.yaml"))
    const rules = Object.fromEntries(tree.children.map((child) => [child.id, child.rules]))
    expect(rules["app:cache"]).toMatchObject({
      ...{ autoStart: true, startTimeoutMs: 10_000, shutdown: 2000 },
      backoff: { initialMs: 1000, maxMs: 60_000, factor: 3, jitter: 0.1, stableAfterMs: 7000, maxAttempts: 4 },
    })
    const expected = { startTimeoutMs: 10_000, shutdown: 10_000, backoff: { stableAfterMs: 5000, maxAttempts: 0 } }
    expect(rules["app:sessions"]).toMatchObject(expected)
  })

  it("starts what does not say auto_start when it is first acquired", async () => {
    await using app = await start(await configure({ entries: [{ name: "one", kind: "store.memory" }] }), { log: () => {} })
    expect(app.tree().children.map(({ state }) => state)).toEqual(["stopped"])
    await mailbox(app, "one")
    expect(app.tree().children.map(({ state }) => state)).toEqual(["running"])
  })

  it("limits a store.memory to 10 000 keys by default, and not at all by 0", async () => {
    for (const [entry, expected] of [
      [{}, 10_000],
      [{ max_size: 0 }, 10_050],
    ] as const) {
      const tree = await configure(lone({ kind: "store.memory", ...entry }))
      await using app = await start(tree, { log: () => {}, host: virtualTime() })
      const store = await mailbox(app, "app:one")
      const keys = Array.from({ length: 10_050 }, (_, index): [string, number] => [`k${index}`, index])
      for (const [key, value] of keys) await store.set(key, value).catch(() => {})
      expect(await store.count()).toBe(expected)
    }
  })

  it("orders starts by what entries name of each other, through those that nothing is started of", async () => {
    const entries = [
      { name: "store", kind: "store.sql", database: "db", table_name: "t" },
      { name: "db", kind: "database.sqlite", path: "./x.db", lifecycle: { requires: ["first"] } },
      { name: "first", kind: "store.memory" },
    ]
    const tree = await configure({ entries })
    expect(tree.children.find(({ id }) => id === "store")?.requires).toEqual(["first"])
  })

  it("refuses kinds that are not known, all at once, with those that are; or passes over them and names them", async () => {
    const data = {
      namespace: "app",
      entries: [
        { name: "a", kind: "http.service" },
        { name: "b", kind: "stor" },
        { name: "c", kind: "store" },
      ],
    }
    const problems = await problemsOf(configure(data))
    expect(problems).toHaveLength(2)
    expect(problems[0]).toMatch(/^entries\[0\]\.kind must be one of store\.memory, store\.sql, .*; got "http.service"$/)
    expect(problems[1]).toMatch(/did you mean store\?$/)
    const folder = folderWith({ "a.json": JSON.stringify(data) })
    const { skipped, tree } = await loadConfiguration(join(folder, "a.json"), { unknownKinds: "skip" })
    expect(skipped.map(({ id, kind, path }) => [id, kind, path])).toEqual([
      ["app:a", "http.service", "entries[0]"],
      ["app:b", "stor", "entries[1]"],
    ])
    expect(tree.children.map(({ id }) => id)).toEqual(["app:c"])
  })

  it("tells what the runtime refuses under the path of what was said", async () => {
    const entry = { name: "a", kind: "store.memory", lifecycle: { start_timeout: 0 } }
    expect(await problemsOf(configure({ entries: [entry] }))).toEqual([
      expect.stringMatching(/^entries\[0\]\.lifecycle\.start_timeout must be /),
    ])
    const own = { name: "a", kind: "durableStore", path: "./x.db", cleanupInterval: "99d" }
    expect(await problemsOf(configure({ entries: [own] }))).toEqual([expect.stringMatching(/^entries\[0\]\.cleanupInterval must be /)])
  })

  it("refuses two stores of one table", async () => {
    const entries = [
      { name: "db", kind: "database.sqlite", path: "./x.db" },
      { name: "a", kind: "store.sql", database: "db", table_name: "t" },
      { name: "b", kind: "store.sql", database: "db", table_name: "T" },
    ]
    expect(await problemsOf(configure({ entries }))).toEqual(["entries[2].table_name is the table of a, too: one table is one store's"])
  })
})

describe("a database.postgres", () => {
  const database = (url: string) => ({ name: "pg", kind: "database.postgres", url })
  const store = (name: string, table_name = "t") => ({ name, kind: "store.sql", database: "pg", table_name })

  it("is where a store is kept, and nothing is opened before that is started", async () => {
    const entries = [database("postgres://u:hunter2@localhost:1/x"), store("s")]
    const tree = await configure({ entries })
    expect(tree.children.map(({ id }) => id)).toEqual(["s"])
    await using app = await start(tree, { log: () => {}, host: virtualTime() })
    expect(app.tree().children.map(({ state }) => state)).toEqual(["stopped"])
  })

  it("is refused with a URL that is none, which is not shown, and with two stores in one table", async () => {
    for (const url of ["mysql://u:hunter2@h/x", "hunter2", "postgres://u:hunter2@[h/x"])
      expect(await problemsOf(configure({ entries: [database(url)] }))).toEqual([
        "entries[0].url must be that of a database: postgres://user@host/database",
      ])
    expect(await problemsOf(configure({ entries: [database("postgres://h/x"), store("a"), store("b")] }))).toEqual([
      "entries[2].table_name is the table of a, too: one table is one store's",
    ])
    expect(await problemsOf(configure({ entries: [database("postgres://h/x"), store("a", "t; drop")] }))).toEqual([
      expect.stringContaining("entries[1].table_name must be a name of at most 48"),
    ])
  })

  it("is refused where a store names it and its driver is missing, with what to install", async () => {
    vi.doMock("pg", () => {
      throw new Error("it is not installed")
    })
    onTestFinished(() => vi.doUnmock("pg"))
    expect(await problemsOf(configure({ entries: [database("postgres://h/x"), store("a")] }))).toEqual([
      "entries[1].database names a database.postgres, which is reached by the package pg, which is not installed: npm install pg",
    ])
  })
})

describe("policies of the specification", () => {
  const policy = (name: string, more: object, groups?: readonly string[]) => ({
    ...{ name, kind: "security.policy" },
    policy: { actions: ["store.*"], resources: ["app:*"], effect: "allow", ...more },
    ...(groups === undefined ? {} : { groups }),
  })
  const load = async (entries: readonly object[]) => {
    const folder = folderWith({ "a.json": JSON.stringify({ namespace: "app", entries }) })
    return loadConfiguration(join(folder, "a.json"))
  }
  const store = { name: "one", kind: "store.memory", lifecycle: { auto_start: true } }

  it("hold for all without groups, by the actor, the action and what the operation says of itself", async () => {
    const own = policy("own", { conditions: [{ field: "meta.key", operator: "eq", value_from: "actor.id" }] })
    const acquire = policy("acquire", { actions: "store.get", conditions: [{ field: "meta.key", operator: "nexists" }] })
    const admins = policy("admins", { conditions: [{ field: "actor.meta.role", operator: "in", value: ["admin"] }] })
    const { tree } = await load([store, own, acquire, admins])
    await using app = await start(tree, { log: () => {} })
    const alice = await mailbox(app.as({ id: "alice" }), "app:one")
    expect(await alice.set("alice", 1)).toBe(true)
    await expect(alice.set("bob", 1)).rejects.toThrow("alice may not store.")
    const admin = await mailbox(app.as({ id: "root", meta: { role: "admin" } }), "app:one")
    expect(await admin.set("bob", 1)).toBe(true)
  })

  it("are in the scopes that are their groups; who is named by a child is its alone", async () => {
    const { policies, tree } = await load([
      { ...store, lifecycle: { security: { actor: { id: "svc", meta: { a: 1 } }, groups: ["staff"], policies: ["named"] } } },
      policy("p", {}, ["staff", "others"]),
      policy("named", { effect: "deny" }),
    ])
    expect(policies).toMatchObject([
      { scope: "staff", policies: [{ id: "app:p" }] },
      { scope: "others", policies: [{ id: "app:p#others" }] },
      { scope: "app:named", policies: [{ id: "app:named", effect: "deny" }] },
    ])
    expect(tree.children[0]).toMatchObject({ principal: { id: "svc", meta: { a: 1 } }, scopes: ["staff", "app:named"] })
  })

  it("are refused where they cannot be compiled, in the words of the file", async () => {
    const bad = (condition: object) => policy("p", { conditions: [condition] })
    const field = "entries[0].policy.conditions[0]"
    expect(await problemsOf(load([bad({ field: "actor.nme", operator: "eq", value: 1 })]))).toEqual([
      `1: ${field}.field must be action, resource, or actor.id, or a path from actor.meta or meta; got "actor.nme"`,
    ])
    expect(await problemsOf(load([bad({ field: "action", operator: "eq", value_from: "x" })]))).toEqual([
      expect.stringContaining(`${field}.value_from must be`),
    ])
    expect(await problemsOf(load([bad({ field: "action", operator: "matches", value: "(" })]))).toEqual([
      expect.stringContaining(`${field}.value `),
    ])
    expect(await problemsOf(load([bad({ field: "action", operator: "equals", value: 1 })]))).toEqual([
      expect.stringContaining(`${field}.operator must be eq, ne, lt,`),
    ])
  })

  it("must be there for the groups that a child acts under", async () => {
    const entry = { ...store, lifecycle: { security: { groups: ["staff"] } } }
    expect(await problemsOf(load([entry, policy("p", {}, ["others"])]))).toEqual([
      "1: entries[0].lifecycle.security.groups[0] names a group that has no policies; there are others",
    ])
  })
})

describe("a table that is there and is no store's", () => {
  it("is refused when it is opened, with the columns that it lacks", async () => {
    const folder = folderWith({})
    const database = new DatabaseSync(join(folder, "old.db"))
    database.exec("CREATE TABLE sessions (key BLOB, value BLOB, expires_at INTEGER)")
    database.close()
    const entries = [
      { name: "db", kind: "database.sqlite", path: "./old.db" },
      { name: "one", kind: "store.sql", database: "db", table_name: "sessions", lifecycle: { auto_start: true } },
    ]
    const error: unknown = await start(await configure({ entries }, { folder }), { log: () => {} }).catch((thrown: unknown) => thrown)
    expect(String((error as Error).cause)).toContain("which is there and is no store's: it lacks the columns version, idle_ms, limit_at")
  })
})
