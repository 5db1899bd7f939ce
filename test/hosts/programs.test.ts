/** The packed package in programs of every host that runs one: Node 22 and 24, Bun, Deno. */

import { copyFileSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { isPrintedAs } from "../house/claim.ts"
import { type Finished, run } from "../house/command.ts"
import { claimsOf, examplesOfPaper } from "../house/example.ts"
import { describeIn, type InstalledHost, packagedHost } from "../house/hosts.ts"
import { installPacked, type Packed } from "../house/packed.ts"
import { PROJECT } from "../house/source.ts"
import { SEEN } from "./visit.ts"

vi.setConfig({ testTimeout: 60_000 })

let packed: Packed
beforeAll(async () => {
  packed = await installPacked()
  copyFileSync(join(PROJECT, "test", "hosts", "visit.ts"), join(packed.project, "visit.ts"))
}, 120_000)
afterAll(() => packed?.remove())

const NODE_22 = packagedHost("Node 22", "node22", "bin", "node")
const NODE_24: InstalledHost = { name: "Node 24", program: join(PROJECT, "node_modules", ".bin", "node"), install: "npm ci" }
const BUN = packagedHost("Bun", "bun", "bin", "bun.exe")
const DENO = packagedHost("Deno", "deno", "deno")

const HOSTS: readonly (readonly [InstalledHost, readonly string[]])[] = [
  [NODE_22, []],
  [NODE_24, []],
  [BUN, ["run"]],
  [DENO, ["run", "--allow-all", "--quiet", "--no-remote", "--node-modules-dir=manual"]],
]

function runAs(program: string, flags: readonly string[], name: string, code: string): Promise<Finished> {
  writeFileSync(join(packed.project, name), code)
  return run(program, [...flags, name], { cwd: packed.project })
}

const VISIT = `
  import { visit } from "./visit.ts"
  for (const line of await visit()) console.log(line)
`

const ENDS_BY_ITSELF = `
  import { server, start, store } from "pigeonhole"
  const runtime = await start({ "app:cache": store() }, { log: () => {} })
  await (await runtime.acquire("app:cache")).set("key", "value", 3600)
  runtime.spawn(server({ init: (_, self) => self.every(60_000, "tick") }))
  console.log("nothing more to do")
`

const WAITS = `
  import { server, start } from "pigeonhole"
  const runtime = await start({}, { log: () => {} })
  const pid = runtime.spawn(server({ init: () => ({}), call: { never: () => new Promise(() => {}) } }))
  await pid.call.never(undefined, { timeoutMs: 200 }).catch((error) => console.log(error.kind))
`

const STOPS_ON_A_SIGNAL = `
  import { start, store } from "pigeonhole"
  const runtime = await start({ "app:cache": store() }, { log: ({ message }) => console.log(message), signals: true })
  process.kill(process.pid, "SIGTERM")
  console.log(await runtime.ended)
`

const IN_ITS_SENDERS_CONTEXT = `
  import { AsyncLocalStorage } from "node:async_hooks"
  import { server, start } from "pigeonhole"
  const storage = new AsyncLocalStorage()
  const runtime = await start({}, { log: () => {} })
  const pid = runtime.spawn(server({ init: () => ({}), call: { who: async () => (await null, storage.getStore()) } }))
  const asked = ["ann", "bob"].map((name) => storage.run(name, () => pid.call.who()))
  console.log(...(await Promise.all(asked)))
  await runtime.stop()
`

const KEEPS_A_SNAPSHOT = `
  import { start, store } from "pigeonhole"
  import { fileSnapshot } from "pigeonhole/durable"
  const runtime = await start({ "app:counts": store({ snapshot: { to: fileSnapshot(process.argv[2]) } }) }, { log: () => {} })
  const counts = await runtime.acquire("app:counts")
  console.log((await counts.increment("starts")).value)
  await runtime.stop()
`

for (const [host, flags] of HOSTS) {
  describeIn(host, (program) => {
    it.for([
      ["runs", VISIT, `${SEEN.join("\n")}\n`],
      ["ends by itself, whatever is to expire or to tick", ENDS_BY_ITSELF, "nothing more to do\n"],
      ["stays alive for an answer that somebody waits for", WAITS, "TIMEOUT\n"],
      ["serves each request in its sender's async context", IN_ITS_SENDERS_CONTEXT, "ann bob\n"],
    ] as const)("%s", async ([_rule, code, printed]) => {
      const { code: ended, stdout, stderr } = await runAs(program, flags, "program.js", code)
      expect(stdout, stderr).toBe(printed)
      expect(ended).toBe(0)
    })

    it("runs README's first program as it is written, and prints what that says", async () => {
      const [first] = examplesOfPaper("README.md", readFileSync(join(PROJECT, "README.md"), "utf8"), "js")
      if (first === undefined) throw new Error("README.md has no js block")
      const { code: ended, stdout, stderr } = await runAs(program, flags, "readme.js", first.code)
      const lines = stdout.trimEnd().split("\n")
      const claims = claimsOf(first)
      expect(lines, stderr).toHaveLength(claims.length)
      for (const [index, { text }] of claims.entries())
        expect(isPrintedAs(lines[index] ?? "", text), `${lines[index]} for ${text}`).toBe(true)
      expect(ended).toBe(0)
    })

    it("stops on a signal", async () => {
      const { stdout, stderr } = await runAs(program, flags, "signal.js", STOPS_ON_A_SIGNAL)
      expect(stdout, stderr).toMatch(/SIGTERM: the application stops/)
      expect(stdout, stderr).toMatch(/shutdown/)
    })

    it("keeps a snapshot, and is warned of nothing", async () => {
      for (const starts of [1, 2]) {
        writeFileSync(join(packed.project, "snapshot.js"), KEEPS_A_SNAPSHOT)
        const argv = [...flags, "snapshot.js", `${host.name.replace(" ", "-")}.snapshot`]
        const { code, stdout, stderr } = await run(program, argv, { cwd: packed.project })
        expect([stdout, stderr, code]).toEqual([`${starts}\n`, "", 0])
      }
    })
  })
}

const REQUIRE = `
  const { start, store } = require("pigeonhole")
  const { virtualTime } = require("pigeonhole/testing")
  void (async () => {
    const runtime = await start({ "app:cache": store() }, { log: () => {}, host: virtualTime() })
    const cache = await runtime.acquire("app:cache")
    await cache.set("key", "required")
    const imported = await import("pigeonhole")
    console.log(await cache.get("key"), imported.start === start)
    await runtime.stop()
  })()
`

describe.each([NODE_22, NODE_24])("require() from CommonJS", (host) => {
  describeIn(host, (program) => {
    it("gives what import gives", async () => {
      const { code, stdout, stderr } = await runAs(program, [], "required.cjs", REQUIRE)
      expect(stdout, stderr).toBe("required true\n")
      expect(stderr.replaceAll(/^.*ExperimentalWarning.*\n|^.*--trace-warnings.*\n/gm, "")).toBe("")
      expect(code).toBe(0)
    })
  })
})
