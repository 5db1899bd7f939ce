/** What users' tools say of the packed package: compilers of its declarations, publint and attw of the whole. */

import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { run } from "../house/command.ts"
import { describeIn, HOSTS, type InstalledHost, packagedHost } from "../house/hosts.ts"
import { installPacked, type Packed } from "../house/packed.ts"
import { PROJECT } from "../house/source.ts"

const NODE = join(PROJECT, "node_modules", ".bin", "node")

vi.setConfig({ testTimeout: 60_000 })

let packed: Packed
beforeAll(async () => {
  packed = await installPacked()
}, 120_000)
afterAll(() => packed?.remove())

// -- declarations --------------------------------------------------------------------------------------------------

const TYPESCRIPT_7: InstalledHost = {
  name: "TypeScript 7",
  program: join(PROJECT, "node_modules", "typescript", "bin", "tsc"),
  install: "npm ci",
}
const TYPESCRIPT_5_9 = packagedHost("TypeScript 5.9", "typescript59", "bin", "tsc")

/** How a project looks for modules. */
const RESOLUTIONS = {
  nodenext: { module: "nodenext", moduleResolution: "nodenext" },
  bundler: { module: "esnext", moduleResolution: "bundler" },
}

/** Where it runs. */
const SURROUNDINGS = {
  "a browser's": { lib: ["es2024", "esnext.disposable", "dom"], types: [] },
  "Node's": { lib: ["es2024", "esnext.disposable"], types: ["node"], typeRoots: [join(PROJECT, "node_modules", "@types")] },
}

const ALONE = `
  import { start, store } from "pigeonhole"
  import { virtualTime } from "pigeonhole/testing"
  export * from "pigeonhole"
  export * from "pigeonhole/testing"
  export * as simulation from "pigeonhole/simulation"
  export * as telemetry from "pigeonhole/telemetry"

  export async function read(): Promise<string | undefined> {
    await using runtime = await start({ "app:cache": store<string>() }, { host: virtualTime() })
    const cache = await runtime.acquire("app:cache")
    return cache.get("key")
  }
`
const MISTAKE = `${ALONE}\nexport const wrong: Promise<number> = read()\n`
const WITH_PEERS = `
  export * from "pigeonhole/xstate"
  export * as effect from "pigeonhole/effect"
  export * as persistence from "pigeonhole/effect/persistence"
  export * as opentelemetry from "pigeonhole/opentelemetry"
  export * as vitest from "pigeonhole/simulation/vitest"
`
const PEERS = ["xstate", "effect", "@opentelemetry/api", "vitest"]

/** All complaints, those about the package's declarations and its peers' among them. */
async function complaintsOf(compiler: string, compilerOptions: object, code: string): Promise<string[]> {
  const rules = { target: "es2022", noEmit: true, strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false }
  writeFileSync(join(packed.project, "user.ts"), code)
  writeFileSync(
    join(packed.project, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...rules, ...compilerOptions }, files: ["user.ts"] }),
  )
  const { code: ended, stdout } = await run(NODE, [compiler, "-p", ".", "--pretty", "false"], { cwd: packed.project })
  if (ended !== 0 && stdout.trim() === "") throw new Error(`the compiler ended with ${ended} and said nothing`)
  return stdout.split("\n").filter((line) => /^\S.*error TS/.test(line))
}

for (const compiler of [TYPESCRIPT_5_9, TYPESCRIPT_7]) {
  describeIn(compiler, (program) => {
    describe.each(Object.entries(RESOLUTIONS))("which resolves as %s", (_name, resolution) => {
      it.each(Object.entries(SURROUNDINGS))(
        "compiles the declarations of what needs no package alone, with %s globals",
        async (_whose, globals) => {
          expect(await complaintsOf(program, { ...resolution, ...globals }, ALONE)).toEqual([])
        },
      )
    })

    it("would complain of a mistake", async () => {
      const options = { ...RESOLUTIONS.nodenext, ...SURROUNDINGS["Node's"] }
      expect(await complaintsOf(program, options, MISTAKE)).toEqual([expect.stringMatching(/^user\.ts\(.*is not assignable to type/)])
    })
  })
}

describe("with the peers installed", () => {
  beforeAll(() => {
    mkdirSync(join(packed.project, "node_modules", "@opentelemetry"), { recursive: true })
    for (const peer of PEERS) symlinkSync(join(PROJECT, "node_modules", peer), join(packed.project, "node_modules", peer))
  })

  for (const compiler of [TYPESCRIPT_5_9, TYPESCRIPT_7]) {
    describeIn(compiler, (program) => {
      it.each(Object.entries(RESOLUTIONS))(
        "which resolves as %s, compiles the declarations of their entries, as far as theirs do",
        async (_name, resolution) => {
          const all = await complaintsOf(program, { ...resolution, ...SURROUNDINGS["a browser's"] }, WITH_PEERS)
          expect(all.filter((complaint) => !/^\S*node_modules\/(xstate|effect)\//.test(complaint))).toEqual([])
        },
      )
    })
  }
})

// -- the whole -----------------------------------------------------------------------------------------------------

describeIn(packagedHost("publint", "publint", "src", "cli.js"), (program) => {
  it("has nothing to suggest", async () => {
    const { code, stdout, stderr } = await run(NODE, [
      program,
      join(packed.project, "node_modules", "pigeonhole"),
      "--strict",
      "--pack",
      "false",
    ])
    expect(stdout, stderr).toMatch(/All good!/)
    expect(code).toBe(0)
  })
})

describeIn(packagedHost("attw", "@arethetypeswrong", "cli", "dist", "index.js"), (program) => {
  it("finds the types of every entry, for modules", async () => {
    const { code, stdout, stderr } = await run(
      NODE,
      [program, packed.tarball, "--profile", "esm-only", "--no-emoji", "--format", "ascii"],
      { cwd: HOSTS },
    )
    expect(code, `${stdout}${stderr}`).toBe(0)
    const named = [
      "/effect",
      "/effect/persistence",
      "/opentelemetry",
      "/simulation",
      "/simulation/vitest",
      "/telemetry",
      "/testing",
      "/xstate",
    ]
    const entries = ["", ...named].map((entry) => `"pigeonhole${entry}"\n\nnode16 (from ESM): OK (ESM)\nbundler: OK \n`)
    for (const said of entries) expect(stdout).toContain(said)
  })
})
