/** `npx pigeonhole run` as it is published, in the folder of somebody who has installed it. */

import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { bundleJavaScript, ENTRY_POINTS, PROGRAMS } from "../../build/bundle.ts"
import { run } from "../house/command.ts"
import { PROJECT } from "../house/source.ts"
import { RunningProgram } from "../support/running-program.ts"

const root = mkdtempSync(join(tmpdir(), "pigeonhole-built-"))
const app = join(root, "app")
const packages = join(root, "node_modules")
const MAIN = join(packages, "pigeonhole", "dist", "pigeonhole.js")

beforeAll(async () => {
  await bundleJavaScript({
    root: PROJECT,
    to: join(packages, "pigeonhole", "dist"),
    entries: ENTRY_POINTS,
    programs: PROGRAMS,
    sources: ["actors"],
  })
  cpSync(join(PROJECT, "package.json"), join(packages, "pigeonhole", "package.json"))
  cpSync(join(PROJECT, "examples", "session-service"), app, { recursive: true })
  writeFileSync(join(app, "app.json"), '{"entries": []}')
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const pigeonhole = (...argv: readonly string[]) => run("node", [MAIN, "run", ...argv], { cwd: app })

describe("the program", () => {
  it("names all packages that are missing, with what installs them", async () => {
    expect(await pigeonhole("app.yaml", "--check")).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "pigeonhole run: effect and yaml must be there: packages that are not installed, and needed for app.yaml: npm install effect yaml\n",
    })
    const { stderr } = await pigeonhole("app.json", "--check")
    expect(stderr).toBe(
      "pigeonhole run: effect must be there: a package that is not installed, and needed for app.json: npm install effect\n",
    )
  })

  it("runs the example", async () => {
    for (const name of ["effect", "yaml"]) symlinkSync(join(PROJECT, "node_modules", name), join(packages, name))
    mkdirSync(join(root, "data"))
    const variables = { SESSIONS_DB: join(root, "data", "sessions.db") }
    await using program = new RunningProgram([MAIN, "run", "app.yaml", "--log", "json"], variables, app)
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
