/** Erlang on this machine, where there is one: what version it is, and how an arm in it is run. */

import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const SOURCE = fileURLToPath(new URL("./arms/gen_server_ask.erl", import.meta.url))
const VERSION =
  'io:format("OTP ~s, ERTS ~s, ~s", [erlang:system_info(otp_release), erlang:system_info(version), erlang:system_info(emu_flavor)]), halt().'

let version: string | undefined
let compiled: string | undefined

/** Release, virtual machine and whether it compiles to machine code; `""` where there is no `erl`. */
export function erlangVersion(): string {
  version ??= evaluate(VERSION) ?? ""
  return version
}

/** The folder with the arm's module, compiled (what the shell evaluates is interpreted, and would be slow). */
export function compiledErlangArm(): string {
  compiled ??= compileArm()
  return compiled
}

function compileArm(): string {
  const folder = mkdtempSync(join(tmpdir(), "pigeonhole-bench-"))
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
  const options = `[{outdir, ${JSON.stringify(folder)}}, report]`
  const outcome = evaluate(`io:format("~p", [compile:file(${JSON.stringify(SOURCE)}, ${options})]), halt().`)
  if (outcome !== "{ok,gen_server_ask}") throw new Error(`the Erlang arm does not compile: ${outcome}`)
  return folder
}

function evaluate(expression: string): string | undefined {
  const { error, stdout, status } = spawnSync("erl", ["-noshell", "-eval", expression], { encoding: "utf8" })
  return error !== undefined || status !== 0 ? undefined : stdout.trim()
}
