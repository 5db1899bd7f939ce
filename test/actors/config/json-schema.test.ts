/**
 * The JSON Schema that is shipped is the one that the decoder's schemas give, and says what the decoder says.
 *
 * `PIGEONHOLE_WRITE_SCHEMA=1 vitest run test/actors/config/json-schema.test.ts` writes it anew; `biome check --write docs` puts it into the house's form.
 */

import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Ajv2020 } from "ajv/dist/2020.js"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { jsonSchemaText } from "../../../actors/config/json-schema.ts"
import { configure } from "../../../actors/config.ts"
import { PROJECT } from "../../house/source.ts"
import { problemsOf } from "../../support/config-folder.ts"

const PATH = join(PROJECT, "docs/pigeonhole.schema.json")

if (process.env.PIGEONHOLE_WRITE_SCHEMA !== undefined) writeFileSync(PATH, jsonSchemaText())

const validate = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(PATH, "utf8")))

describe("the JSON Schema of configurations", () => {
  it("is the one that the decoder's schemas give", () => {
    expect(JSON.parse(readFileSync(PATH, "utf8"))).toEqual(JSON.parse(jsonSchemaText()))
  })

  it("accepts the example", () => {
    validate(parse(readFileSync(join(PROJECT, "examples/session-service/app.yaml"), "utf8")))
    expect(validate.errors).toBeNull()
  })

  const store = (more: object) => ({ entries: [{ name: "a", kind: "store", ...more }] })
  const memory = (more: object) => ({ entries: [{ name: "a", kind: "store.memory", ...more }] })

  it.each([
    { entries: [] },
    { version: 1, namespace: "app", entries: [] },
    store({ maxEntries: 5, maxBytes: "64MiB", whenFull: "lru", ordered: true, partitions: 2, history: 0 }),
    store({ shutdown: "infinity", onDetach: { stopWhenIdle: { linger: "1h30m" } }, backoff: { initial: 5, jitter: 0.5, maxAttempts: 3 } }),
    store({ shutdown: { drain: "5s" }, inbox: { capacity: 10, overflow: "drop_oldest" }, principal: { id: "x", meta: { role: ["a"] } } }),
    memory({ max_size: 0, cleanup_interval: "5m", lifecycle: { auto_start: true, restart: { max_attempts: 0 } } }),
    { entries: [{ name: "s", kind: "supervisor", strategy: "rest_for_one", children: [{ name: "a", kind: "cache" }] }] },
    {
      entries: [],
      policies: [{ effect: "allow", actions: "*", resources: ["app:*"], conditions: [{ field: "action", operator: "eq", value: "x" }] }],
    },
  ])("and the decoder accept %j", async (data) => {
    expect((await configure(data)).children).toHaveLength(data.entries.length)
    expect(validate(data), JSON.stringify(validate.errors)).toBe(true)
  })

  it("accepts a reference to the environment wherever a value may be", () => {
    const reference = `\${env:${"NAME"}:-5}`
    expect(
      validate(store({ maxEntries: reference, maxBytes: reference, ordered: reference, whenFull: reference, shutdown: reference })),
    ).toBe(true)
  })

  it.each([
    { entries: {} },
    {},
    { entries: [], verison: "1.0" },
    { entries: [{ name: "a", kind: "stor" }] },
    { entries: [{ kind: "store" }] },
    store({ maxEntires: 1 }),
    store({ maxEntries: "many" }),
    store({ maxEntries: -1 }),
    store({ maxBytes: "64XB" }),
    store({ whenFull: "maybe" }),
    store({ shutdown: "1 minute" }),
    store({ backoff: { jitter: 2 } }),
    memory({ maxEntries: 1 }),
    memory({ lifecycle: { start_timeout: "soon" } }),
    { entries: [{ name: "s", kind: "supervisor", children: [{ name: "a", kind: "cach" }] }] },
    { entries: [], policies: [{ effect: "maybe", actions: "*", resources: "*" }] },
  ])("and the decoder refuse %j", async (data) => {
    expect((await problemsOf(configure(data))).length).toBeGreaterThan(0)
    expect(validate(data)).toBe(false)
  })

  const example = readFileSync(join(PROJECT, "examples/session-service/app.yaml"), "utf8")

  it.each([
    ["kind: store.memory", "kind: store.memry"],
    ["max_size: 100000", "max_size: lots"],
    ["max_size: 100000", "max_sise: 100000"],
    ["cleanup_interval: 5m", "cleanup_interval: 5 minutes"],
    ["start_timeout: 30s", "start_timeout: -1"],
    ["auto_start: true", "auto_start: 1"],
    ["max_attempts: 10", "max_attempts: some"],
    ["jitter: 0.2", "jitter: 20"],
    ["effect: allow", "effect: permit"],
    ["operator: nexists", "operator: absent"],
    ["depends_on: [app:sessions, app:visits]", "depends_on: app:sessions"],
    ["table_name: sessions", "tabel_name: sessions"],
  ])("and the decoder refuse the example with a slip: %s, %s", async (right, wrong) => {
    expect(example).toContain(right)
    const data = parse(example.replace(right, wrong))
    expect(validate(data)).toBe(false)
    expect(await problemsOf(configure(data, { folder: join(PROJECT, "examples/session-service") }))).not.toEqual([])
  })
})
