/** `npx pigeonhole run` as it is published, in the folder of somebody who has installed it: peers, signals, exit codes, and files that change. */

import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { bundleJavaScript, ENTRY_POINTS, PROGRAMS } from "../../build/bundle.ts"
import { run as runToItsEnd } from "../house/command.ts"
import { PROJECT } from "../house/source.ts"
import { foldersOfFile } from "../support/config-folder.ts"
import { RunningProgram } from "../support/running-program.ts"

const folderWith = foldersOfFile()

const root = folderWith({ "app/app.json": '{"entries": []}' })
const example = join(root, "app")
const packages = join(root, "node_modules")
const MAIN = join(packages, "pigeonhole", "dist", "pigeonhole.js")

beforeAll(async () => {
  const to = join(packages, "pigeonhole", "dist")
  await bundleJavaScript({ root: PROJECT, to, entries: ENTRY_POINTS, programs: PROGRAMS, sources: ["actors"] })
  cpSync(join(PROJECT, "package.json"), join(packages, "pigeonhole", "package.json"))
  cpSync(join(PROJECT, "examples", "session-service"), example, { recursive: true })
}, 60_000)

const SECRET = "hunter2-of-the-environment"
/** Asks the environment, where it stands in a file. */
const env = (name: string): string => `\${env:${name}}`

const MODULE = `
const untilStopped = (self) => new Promise((resolve) => self.signal.addEventListener("abort", resolve))
export async function tick(self) { console.log("up"); await untilStopped(self); console.log("down") }
export async function slow(self) { console.log("up"); await untilStopped(self); await new Promise(() => setInterval(() => {}, 1000)) }
export async function failing(self, { token }) { throw new Error("cannot take " + token) }
export async function brief() {}
`

function application(text: string, others: Readonly<Record<string, string>> = {}): string {
  return join(folderWith({ "app.yaml": text, "module.ts": MODULE, ...others }), "app.yaml")
}

/** Installs what exports this, as a module for each of these names of its own. Where it is. */
function packageOf(name: string, exports: string, modules: readonly string[]): string {
  const folder = join(packages, name)
  mkdirSync(folder, { recursive: true })
  const map = Object.fromEntries(modules.map((module) => [module === "" ? "." : `./${module}`, "./index.js"]))
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, type: "module", exports: map }))
  writeFileSync(join(folder, "index.js"), exports)
  return folder
}

function entry(name: string, more = ""): string {
  return `  - { name: ${name}, kind: process, module: ./module.ts, export: ${name}${more} }\n`
}

function run(argv: readonly string[]): RunningProgram {
  return new RunningProgram([MAIN, "run", ...argv], { SECRET })
}

/** The machine may have much else to do. */
const SLOW = { timeout: 60_000 }

describe("the program", SLOW, () => {
  const check = (file: string) => runToItsEnd("node", [MAIN, "run", file, "--check"], { cwd: example })

  it("names all packages that are missing, with what installs them", async () => {
    expect(await check("app.yaml")).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "pigeonhole run: effect and yaml must be there: packages that are not installed, and needed for app.yaml: npm install effect yaml\n",
    })
    const { stderr } = await check("app.json")
    expect(stderr).toBe(
      "pigeonhole run: effect must be there: a package that is not installed, and needed for app.json: npm install effect\n",
    )
  })

  it("names the version that is needed of a package that is there in another, with what installs it", async () => {
    const schema = `export const ${["isPattern", "isMinLength", "isGreaterThanOrEqualTo"].map((name) => `${name} = () => {}`).join(", ")}`
    const effect = packageOf("effect", schema, ["Schema", "Exit"])
    expect((await check("app.json")).stderr).toBe(
      "pigeonhole run: effect must be Effect 4 for pigeonhole/config, and what is installed has no decodeUnknownExit: npm install effect@4\n",
    )
    rmSync(effect, { recursive: true })
    symlinkSync(join(PROJECT, "node_modules", "effect"), effect)
    const yaml = packageOf("yaml", "export const parseDocument = () => {}", [""])
    expect(await check("app.yaml")).toEqual({
      code: 2,
      stdout: "",
      stderr: "pigeonhole run: yaml must be yaml 2 for pigeonhole/config, and what is installed has no LineCounter: npm install yaml@2\n",
    })
    for (const path of [effect, yaml]) rmSync(path, { recursive: true })
  })

  it("runs the example", async () => {
    for (const name of ["effect", "yaml"]) symlinkSync(join(PROJECT, "node_modules", name), join(packages, name))
    mkdirSync(join(root, "data"))
    const variables = { SESSIONS_DB: join(root, "data", "sessions.db") }
    await using program = new RunningProgram([MAIN, "run", "app.yaml", "--log", "json"], variables, example)
    await program.prints(/application_started/)
    program.signal("SIGTERM")
    expect(await program.ended).toEqual({ code: null, signal: "SIGTERM" })
    expect(program.output).not.toContain("sessions.db")
    expect(
      program.stderr
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).level),
    ).toEqual(["info", "info"])
  })
})

describe.concurrent("an application that is run", SLOW, () => {
  it("is stopped in order by a signal, which ends the program then", async () => {
    await using program = run([application(`entries:\n${entry("tick")}`)])
    await program.prints(/up\n/)
    program.signal("SIGINT")
    expect(await program.ended).toEqual({ code: null, signal: "SIGINT" })
    expect(program.stdout).toBe("up\ndown\n")
    expect(program.stderr).toContain("[pigeonhole] info: SIGINT: the application stops; another one ends the program at once\n")
  })

  it.each([
    ["export", MODULE],
    ["import", `import "node:fs"\n${MODULE}`],
  ])("says what makes a module of a file that the host takes for none: it begins with %s", async (_, module) => {
    const file = application(`entries:\n${entry("tick")}`, { "package.json": '{ "type": "commonjs" }', "module.ts": module })
    await using program = run([file, "--check"])
    expect(await program.ended).toEqual({ code: 2, signal: null })
    expect(program.stderr).toContain('(a module needs "type": "module" in the package.json above it, or a name that ends in .mts or .mjs)')
  })

  it("logs what is right, and perhaps not meant", async () => {
    const idle =
      "  - { name: ticking, kind: module, source: ./module.ts, export: tick }\n  - { name: idle, kind: process.service, process: ticking }\n"
    await using program = run([application(`entries:\n${idle}`)])
    await program.prints(/app\.yaml runs/)
    program.signal("SIGTERM")
    await program.ended
    expect(program.stderr).toMatch(/warn: .*idle.* auto_start/)
  })

  it("ends at once by a second signal", async () => {
    await using program = run([application(`entries:\n${entry("slow", ", shutdown: infinity")}`)])
    await program.prints(/up\n/)
    program.signal("SIGTERM")
    await program.prints(/the application stops/)
    program.signal("SIGTERM")
    expect(await program.ended).toEqual({ code: null, signal: "SIGTERM" })
  })

  it("ends with 1 where it gives up, and says why without what came from the environment", async () => {
    const file = application(`intensity: 0\nentries:\n${entry("failing", `, argument: { token: "${env("SECRET")}" }`)}`)
    await using program = run([file, "--log", "json"])
    expect(await program.ended).toEqual({ code: 1, signal: null })
    const lines = program.stderr.trimEnd().split("\n")
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(expect.objectContaining({ level: "error", event: "gave_up" }))
    expect(program.stderr).toContain("cannot take ***")
    expect(program.output).not.toContain("hunter2")
  })

  it("ends with 0 where it has come to its end", async () => {
    const file = application(`autoShutdown: any_significant\nentries:\n${entry("brief", ", restart: temporary, significant: true")}`)
    await using program = run([file, "--log-level", "error"])
    expect(await program.ended).toEqual({ code: 0, signal: null })
    expect(program.output).toBe("")
  })

  it("ends with 1 where it cannot start", async () => {
    const file = application(`entries: [{ name: a, kind: durableStore, path: "./${env("SECRET")}/nowhere/a.db" }]\n`)
    await using program = run([file])
    expect(await program.ended).toEqual({ code: 1, signal: null })
    expect(program.stderr).toMatch(/\[pigeonhole\] error: the application cannot start/)
    expect(program.output).not.toContain("hunter2")
  })
})

const policies = (...rules: readonly string[]): string => `policies:\n${rules.map((rule) => `  - { ${rule} }\n`).join("")}`
const ALLOW = 'id: all, effect: allow, actions: "*", resources: "*"'
const DENY = 'id: none, effect: deny, actions: "*", resources: pages'
const PAGES = "entries:\n  - { name: pages, kind: cache }\n"

describe.concurrent("an application whose files are followed", SLOW, () => {
  it("takes policies over, names all else, and is left alone by files that are wrong", async () => {
    const before = `${PAGES}${entry("tick")}${policies(ALLOW)}`
    const file = application(before)
    await using program = run([file, "--watch"])
    await program.prints(/ runs\n/)

    // First nothing, then the text, as some editors do.
    writeFileSync(file, "")
    writeFileSync(file, `${PAGES}${entry("tick")}${policies(ALLOW, DENY)}`)
    await program.prints(/app\.yaml has changed: its policies are in force\n/)

    writeFileSync(file, `${PAGES}  - { name: a, kind: stoer, x: "${env("SECRET")}" }\n`)
    await program.prints(/has changed and is wrong: the application runs on as it is; .*did you mean store\?/)

    // Another file that takes the name, as others do.
    writeFileSync(
      `${file}.new`,
      `entries:\n  - { name: pages, kind: cache, maxEntries: 3 }\n  - { name: more, kind: store }\n${policies(ALLOW)}`,
    )
    renameSync(`${file}.new`, file)
    await program.prints(/its policies are in force; a restart is needed, as more is new; tick is gone; pages has changed\n/)

    // Whom nothing denies anything any more would be allowed everything.
    writeFileSync(file, `${PAGES}${entry("tick")}`)
    await program.prints(/nothing was taken over; a restart is needed, as no policies are left, which would allow everybody everything\n/)

    rmSync(file)
    await program.prints(/has changed and is wrong: [^\n]*is not there\n/)
    writeFileSync(file, before)
    await program.prints(/app\.yaml has changed, but says the same as what runs\n/)

    writeFileSync(join(file, "../module.ts"), `${MODULE}\n`)
    await program.prints(/module\.ts changed: a restart is needed, as modules stay as they were loaded\n/)

    program.signal("SIGTERM")
    expect(await program.ended).toEqual({ code: null, signal: "SIGTERM" })
    expect(program.stdout).toBe("up\ndown\n")
    expect(program.output).not.toContain("hunter2")
  })
})
