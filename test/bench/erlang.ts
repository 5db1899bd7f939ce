/** Erlang on this machine, where there is one: what version it is, and the arms' modules, compiled. */

import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const ARMS = fileURLToPath(new URL("./arms/", import.meta.url))
const VERSION =
  'io:format("OTP ~s, ERTS ~s, ~s", [erlang:system_info(otp_release), erlang:system_info(version), erlang:system_info(emu_flavor)]), halt().'

let version: string | undefined
let compiled: string | undefined

/** Release, virtual machine and whether it compiles to machine code; `""` where there is no `erl`. */
export function erlangVersion(): string {
  version ??= evaluate(VERSION) ?? ""
  return version
}

/** The folder with the modules of all arms, compiled (what the shell evaluates is interpreted, and would be slow). */
export function compiledErlangArms(): string {
  compiled ??= compileArms()
  return compiled
}

function compileArms(): string {
  const folder = mkdtempSync(join(tmpdir(), "pigeonhole-bench-"))
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
  const sources = readdirSync(ARMS).filter((file) => file.endsWith(".erl"))
  const compile = `compile:file(Source, [{outdir, ${JSON.stringify(folder)}}, report])`
  const refused = `[Source || Source <- ${JSON.stringify(sources.map((file) => join(ARMS, file)))}, ${compile} =:= error]`
  const outcome = evaluate(`io:format("~p", [${refused}]), halt().`)
  if (outcome !== "[]") throw new Error(`an Erlang arm does not compile: ${outcome}`)
  return folder
}

function evaluate(expression: string): string | undefined {
  const { error, stdout, status } = spawnSync("erl", ["-noshell", "-eval", expression], { encoding: "utf8" })
  return error !== undefined || status !== 0 ? undefined : stdout.trim()
}
