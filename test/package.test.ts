/** What a user gets: the packed tarball, installed in an empty project, does what the quick start of README.md says. */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { stripTypeScriptTypes } from "node:module"
import { tmpdir } from "node:os"
import { join, posix } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { isPrintedAs } from "./house/claim.ts"
import { type Finished, run, succeed } from "./house/command.ts"
import { claimsOf, type Example, examplesOfPaper } from "./house/example.ts"
import { filesUnder, PROJECT } from "./house/source.ts"

const INSTALL_MS = 180_000

const folder = mkdtempSync(join(tmpdir(), "pigeonhole-package-"))
const project = join(folder, "project")
let packed: string[] = []

beforeAll(async () => {
  await succeed("npm", ["pack", "--pack-destination", folder], { timeoutMs: INSTALL_MS })
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "no tarball"
  packed = (await succeed("tar", ["-tzf", join(folder, tarball)])).trim().split("\n")
  mkdirSync(project)
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }))
  const options = ["--prefer-offline", "--no-audit", "--no-fund"]
  await succeed("npm", ["install", ...options, join(folder, tarball)], { cwd: project, timeoutMs: INSTALL_MS })
}, 2 * INSTALL_MS)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a program of the user's. */
function runAs(name: string, code: string): Promise<Finished> {
  writeFileSync(join(project, name), code)
  return run("node", [name], { cwd: project })
}

describe("the tarball", () => {
  it("holds the build, the examples and the papers, and nothing else", () => {
    const guides = readdirSync(join(PROJECT, "docs")).filter((name) => name.endsWith(".md"))
    const papers = [
      "ARCHITECTURE.md",
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      ...[...guides, "pigeonhole.schema.json"].sort().map((name) => `docs/${name}`),
      "package.json",
    ]
    expect(packed.filter((path) => !/^package\/(dist|examples)\//.test(path)).sort()).toEqual(papers.map((paper) => `package/${paper}`))
    expect(packed.filter((path) => path.startsWith("package/examples/")).sort()).toEqual(
      filesUnder("examples", "").flatMap((path) => (/\.[a-z]+$/.test(path) ? [`package/${path}`] : [])),
    )
    expect(
      packed.filter((path) => path.startsWith("package/dist/") && !/^package\/dist\/[\w.-]+(\.js|\.js\.map|\.d\.ts)$/.test(path)),
    ).toEqual([])
    expect(packed).toContain("package/dist/index.js")
  })

  it("holds whatever its papers link to", () => {
    const papers = packed.filter((path) => path.endsWith(".md"))
    const links = papers.flatMap((path) => {
      const text = readFileSync(join(project, "node_modules", "pigeonhole", path.replace("package/", "")), "utf8")
      return [...text.matchAll(/\]\(([^)#]+)/g)].flatMap(([, link = ""]) => (/^\w+:/.test(link) ? [] : [posix.join(path, "..", link)]))
    })
    expect(links).toContain("package/docs/operating.md")
    expect(links.filter((link) => !packed.includes(link))).toEqual([])
  })

  it("brings nothing along: neither XState nor Effect", () => {
    expect(readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["pigeonhole"])
    expect(existsSync(join(project, "node_modules", "pigeonhole", "node_modules"))).toBe(false)
  })
})

describe("the entry points", () => {
  it("can be imported where what they need is installed: the runtime and its tests need nothing", async () => {
    const code = `
      const entries = await Promise.all([import("pigeonhole"), import("pigeonhole/testing")])
      const manifest = await import("pigeonhole/package.json", { with: { type: "json" } })
      console.log(...entries.map((entry) => Object.keys(entry).length > 0), manifest.default.name)
      for (const entry of ["pigeonhole/effect", "pigeonhole/xstate"]) {
        console.log(await import(entry).catch(({ code, message }) => code + " " + /'(effect|xstate)/.exec(message)?.[1]))
      }
    `
    const { code: ended, stdout, stderr } = await runAs("entries.js", code)
    expect(stdout, stderr).toBe("true true pigeonhole\nERR_MODULE_NOT_FOUND effect\nERR_MODULE_NOT_FOUND xstate\n")
    expect(ended).toBe(0)
  })

  it.each(["pigeonhole/dist/shared.js", "pigeonhole/dist/index.js", "pigeonhole/src/index.ts", "pigeonhole/kernel"])(
    "are the only ones: %s is refused",
    async (path) => {
      const { stdout } = await runAs("deep.js", `await import(${JSON.stringify(path)}).catch((error) => console.log(error.code))`)
      expect(stdout).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED\n")
    },
  )
})

/** Those that the entry loads; each is there in Effect 3, too. */
const EFFECT_MODULES = [
  ...["Cause", "Clock", "Context", "Duration", "Effect", "Exit", "Fiber", "Layer", "ManagedRuntime", "Metric", "Option", "Queue", "Random"],
  ...["Schedule", "Scheduler", "Schema", "SchemaAST", "Scope", "Stream", "Tracer"],
]

describe("a peer of another major version", () => {
  /** What it exports, as a module for each of these names of its own. */
  function installPeer(name: string, exports: string, modules: readonly string[] = [""]): string {
    const beside = join(project, "node_modules", name)
    mkdirSync(beside, { recursive: true })
    const map = Object.fromEntries(modules.map((module) => [module === "" ? "." : `./${module}`, "./index.js"]))
    writeFileSync(join(beside, "package.json"), JSON.stringify({ name, type: "module", exports: map }))
    writeFileSync(join(beside, "index.js"), exports)
    return beside
  }

  it.each([
    [
      "pigeonhole/xstate",
      "xstate",
      "export const createMachine = () => {}, toObserver = () => {}",
      [""],
      "XState 5, from 5.19 on",
      "Actor",
    ],
    [
      ...([
        "pigeonhole/effect",
        "effect",
        "export const die = () => {}, squash = () => {}, isContext = () => {}, isSuccess = () => {}",
      ] as const),
      ...([EFFECT_MODULES, "Effect 4", "runFork"] as const),
    ],
    [
      ...(["pigeonhole/opentelemetry", "@opentelemetry/api", "export const trace = { getTracer() {} }", [""]] as const),
      ...(["OpenTelemetry's API 1, from 1.4 on", "trace.setSpan"] as const),
    ],
  ])("is refused by %s in one sentence, which names the version it needs", async (entry, name, exports, modules, version, missing) => {
    const beside = installPeer(name, exports, modules)
    const { stdout, stderr } = await runAs("other-major.js", `await import("${entry}").catch(({ message }) => console.log(message))`)
    rmSync(beside, { recursive: true })
    const install = `npm install ${name}@${/\d/.exec(version)?.[0]}`
    expect(stdout, stderr).toBe(`${name} must be ${version} for ${entry}, and what is installed has no ${missing}: ${install}\n`)
  })

  it("installs beside it: what is asked of npm is any version", () => {
    const { peerDependencies, peerDependenciesMeta } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8"))
    const peers = [
      "@opentelemetry/api",
      "effect",
      "express-rate-limit",
      "express-session",
      "keyv",
      "pg",
      "unstorage",
      "vitest",
      "xstate",
      "yaml",
    ]
    expect(peerDependencies).toEqual(Object.fromEntries(peers.map((name) => [name, "*"])))
    expect(peerDependenciesMeta).toEqual(Object.fromEntries(peers.map((name) => [name, { optional: true }])))
  })
})

describe("pigeonhole/effect", () => {
  const beside = join(project, "node_modules", "effect")
  const code = `
    import { Logger, ManagedRuntime } from "effect"
    import { start } from "pigeonhole"
    import { effectLog } from "pigeonhole/effect"

    const printing = Logger.make(({ logLevel, message }) => console.log(logLevel, String(message)))
    const runtime = await start({}, { log: effectLog(ManagedRuntime.make(Logger.layer([printing]))) })
    await runtime.stop()
  `
  beforeAll(() => symlinkSync(join(PROJECT, "node_modules", "effect"), beside))
  afterAll(() => rmSync(beside))

  it("writes through the user's own Effect", async () => {
    const { stdout, stderr } = await runAs("logging.js", code)
    expect(stdout, stderr).toBe("Info no policies are configured: every operation is allowed to everyone\n")
  })

  it("compiles under strict rules", async () => {
    expect(await compile(code)).toEqual([])
    const complaints = await compile(`${code}\neffectLog("console")\n`)
    expect(complaints).toEqual([expect.stringMatching(/^user\.ts\(.* is not assignable to parameter of type 'LogServices/)])
  })
})

describe("pigeonhole/xstate", () => {
  const beside = join(project, "node_modules", "xstate")
  const code = `
    import { createMachine } from "xstate"
    import { start } from "pigeonhole"
    import { childLifecycle, statechart } from "pigeonhole/xstate"

    const light = statechart(createMachine({ initial: "off", states: { off: { on: { PRESS: "on" } }, on: {} } }))
    const runtime = await start({ "app:light": light }, { log: () => {} })
    const mailbox = await runtime.acquire("app:light")
    const snapshot = await mailbox.transition({ type: "PRESS" })
    console.log(snapshot.value, childLifecycle.id)
    await runtime.stop()
  `
  beforeAll(() => symlinkSync(join(PROJECT, "node_modules", "xstate"), beside))
  afterAll(() => rmSync(beside))

  it("runs machines of the user's own XState", async () => {
    const { stdout, stderr } = await runAs("light.js", code)
    expect(stdout, stderr).toBe("on child\n")
  })

  it("compiles under strict rules", async () => {
    expect(await compile(code)).toEqual([])
    const complaints = await compile(code.replace("mailbox.transition", "mailbox.call"))
    expect(complaints).toEqual([expect.stringMatching(/^user\.ts\(.*'call' does not exist on type 'StatechartMailbox/)])
  })
})

const DESK = `
  import { ServerMailbox, server } from "pigeonhole"

  const desk = server({ init: () => ({ left: 1 }), call: { left: (state) => state.left, take: (state) => { state.left -= 1 } } })
  const sells = (buy) => () => ({
    tree: { "app:desk": desk },
    async run(runtime) {
      const come = async () => buy(await runtime.acquire("app:desk", { as: ServerMailbox }))
      await Promise.all([come(), come()])
    },
    check: (_runtime, world) => world.stateOf("app:desk").left >= 0,
  })
  export const buggy = sells(async (box) => { if ((await box.call.left()) > 0) await box.call.take() })
  export const fixed = sells((box) => box.call.left())
`

describe("npx pigeonhole", () => {
  beforeAll(() => writeFileSync(join(project, "desk.js"), DESK))

  it("simulates a file of the user's", async () => {
    const argv = ["simulate", "desk.js", "--schedules", "20"]
    const { code, stdout, stderr } = await run("npx", ["--no-install", "pigeonhole", ...argv], { cwd: project })
    expect(stdout, stderr).toMatch(/^buggy FAILED in schedule \d+.*\n\ncheck: the check gave false\n/)
    expect(stdout).toContain("\nfixed passed, in ")
    expect(code).toBe(1)
  })
})

describe("pigeonhole/simulation/vitest", () => {
  const beside = join(project, "node_modules", "vitest")
  const code = `
    import { it } from "pigeonhole/simulation/vitest"
    import { buggy, fixed } from "./desk.js"

    it.simulate("is right", fixed, { schedules: 20 })
    it.simulate("is wrong", buggy)
  `
  beforeAll(() => {
    symlinkSync(join(PROJECT, "node_modules", "vitest"), beside)
    writeFileSync(join(project, "desk.js"), DESK)
  })
  afterAll(() => rmSync(beside))

  it("gives the user's own Vitest tests that explore", async () => {
    writeFileSync(join(project, "desk.test.js"), code)
    const { code: ended, stdout, stderr } = await run("vitest", ["run", "--root", project], { cwd: project })
    expect(stdout + stderr).toMatch(/Tests +1 failed \| 1 passed/)
    expect(stdout + stderr).toContain("npx vitest run desk.test.js -t 'is wrong'")
    expect(ended).toBe(1)
  })
})

describe("the quick start", () => {
  const quickStart = (): Example => {
    const [first] = examplesOfPaper("README.md", readFileSync(join(PROJECT, "README.md"), "utf8"))
    if (first === undefined) throw new Error("README.md has no ts block")
    return first
  }

  it("says what it prints", () => {
    expect(quickStart().code).toMatch(/^import \{.*\bstart\b.*\} from "pigeonhole"\n/)
    expect(quickStart().code.match(/\bconsole\.log\(/g)?.length).toBe(claimsOf(quickStart()).length)
    expect(claimsOf(quickStart()).length).toBeGreaterThan(0)
  })

  it("runs as JavaScript, and prints what it says", async () => {
    expectAsSaid(quickStart(), await runAs("quick-start.js", stripTypeScriptTypes(quickStart().code)))
  })

  it("runs as TypeScript, and prints what it says", async () => {
    expectAsSaid(quickStart(), await runAs("quick-start.ts", quickStart().code))
  })

  it("compiles under strict rules, the package's declarations with it", async () => {
    expect(await compile(`${quickStart().code}\nexport type * from "pigeonhole/testing"\n`)).toEqual([])
  })

  it("keeps in the published declarations what must not compile", async () => {
    const mistakes = [
      `child(counter, { argument: "5" })`,
      "child(counter)",
      "runtime.spawn(counter)",
      `await start({ "app:n": counter })`,
      `await runtime.acquire("app:cahce")`,
    ]
    const imports = `import { child, server, start, store } from "pigeonhole"`
    const counter = "const counter = server({ init: (from: number) => ({ from }), call: { value: (state) => state.from } })"
    const right = `const runtime = await start({ "app:cache": store(), "app:n": child(counter, { argument: 5 }) })`
    const complaints = await compile([imports, counter, right, ...mistakes].join("\n"))
    expect(complaints.map((complaint) => Number(/^user\.ts\((\d+),/.exec(complaint)?.[1]))).toEqual(mistakes.map((_, index) => index + 4))
  })

  it("would be found not to compile", async () => {
    const complaints = await compile(`${quickStart().code}\ncache({ maxEntries: "many" })\n`)
    expect(complaints).toEqual([expect.stringMatching(/^user\.ts\(.*'string' is not assignable to type 'number'/)])
  })
})

function expectAsSaid(example: Example, { code, stdout, stderr }: Finished): void {
  const lines = stdout.trimEnd().split("\n")
  const claims = claimsOf(example)
  expect(code, stderr).toBe(0)
  expect(lines).toHaveLength(claims.length)
  for (const [index, { text }] of claims.entries()) {
    expect(isPrintedAs(lines[index] ?? "", text), `prints ${lines[index]}; README.md says ${text}`).toBe(true)
  }
}

/** Complaints of the compiler about a user's program and all declarations it reaches. */
async function compile(code: string): Promise<string[]> {
  writeFileSync(join(project, "user.ts"), code)
  const compilerOptions = {
    ...{ target: "es2023", lib: ["es2023", "esnext.disposable"], module: "nodenext", noEmit: true },
    ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
    ...{ types: ["node"], typeRoots: [join(PROJECT, "node_modules", "@types")] },
  }
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["user.ts"] }))
  const { code: ended, stdout } = await run("tsc", ["-p", ".", "--pretty", "false"], { cwd: project })
  if (ended !== 0 && stdout.trim() === "") throw new Error(`the compiler ended with ${ended} and said nothing`)
  // XState's own declarations do not hold under exactOptionalPropertyTypes (5.33), Effect's not without the browser's (4.1); the package's must.
  // What a complaint goes on with is indented below it.
  const complaints = stdout.replaceAll(/\n +/g, " ").split("\n")
  return complaints.filter((line) => /^\S.*\(\d+,\d+\): error/.test(line) && !/^\S*node_modules\/(xstate|effect)\//.test(line))
}
