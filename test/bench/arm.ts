/** One arm of a suite, and running it once: in a child process of its own, so that no arm warms or clutters another's heap. */

import { execFile } from "node:child_process"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { compiledErlangArms, erlangVersion } from "./erlang.ts"
import type { ArmReport } from "./report.ts"

export interface Arm {
  readonly name: string
  readonly command: NodeCommand | ErlangCommand
}

export interface NodeCommand {
  readonly runs: "node"
  /** A file in `arms/`. */
  readonly file: string
  readonly parameters: object
  readonly nodeOptions?: readonly string[]
  /** A package without which it cannot run. */
  readonly needs?: string
  /** Why it cannot run here: a file that is not at hand. */
  readonly absence?: string
}

export interface ErlangCommand {
  readonly runs: "erlang"
  /** In `arms/`; its `main` is given the parameters. */
  readonly module: string
  readonly parameters: readonly (number | string)[]
  readonly erlangOptions: readonly string[]
}

/** An arm that has lost a message would wait for it for ever. */
const LIMIT_MS = 30 * 60_000
const QUICK_LIMIT_MS = 60_000

const run = promisify(execFile)

/** Why an arm cannot run here; `undefined` where it can. */
export function absenceOf({ command }: Arm): string | undefined {
  if (command.runs === "erlang") return erlangVersion() === "" ? "no erl on this machine (Debian: apt install erlang-base)" : undefined
  const { needs, absence } = command
  if (absence !== undefined) return absence
  return needs === undefined || isInstalled(needs) ? undefined : `no ${needs} in node_modules (npm install)`
}

/** Errors  an arm that fails, says nothing, does not end, or has completed less than it was to: its figures would be worth nothing. */
export async function runArm(arm: Arm, isQuick: boolean, limitMs = isQuick ? QUICK_LIMIT_MS : LIMIT_MS): Promise<ArmReport> {
  const [program, options] = commandLine(arm.command)
  const bounds = { maxBuffer: 2 ** 26, timeout: limitMs, killSignal: "SIGKILL" } as const
  const ended = run(program, options, { ...bounds, env: childEnvironment(isQuick) })
  const { stdout } = await ended.catch((error: unknown) => {
    if (ended.child.killed) throw new Error(`${arm.name}: did not end within ${limitMs} ms`, { cause: error })
    throw error
  })
  return checked(arm.name, JSON.parse(stdout) as ArmReport)
}

/** Errors  a report of an arm that completed more or less than it was to, or nothing. */
export function checked(arm: string, report: ArmReport): ArmReport {
  const { completed, expected } = report
  if (completed !== expected || !(completed > 0)) throw new Error(`${arm}: completed ${completed} of ${expected} operations`)
  return report
}

function commandLine(command: NodeCommand | ErlangCommand): [program: string, options: string[]] {
  if (command.runs === "erlang") {
    const { erlangOptions, module, parameters } = command
    return ["erl", [...erlangOptions, "-noshell", "-pa", compiledErlangArms(), "-run", module, "main", ...parameters.map(String)]]
  }
  const file = fileURLToPath(new URL(`./arms/${command.file}`, import.meta.url))
  return [process.execPath, [...(command.nodeOptions ?? []), file, JSON.stringify(command.parameters)]]
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch {
    return false
  }
}

/**
 * What a test runner or a profiler has set for itself must not change what a child measures. A smoke test measures nothing, and
 * most of its time would go into reading the same sources again, so its children keep what they have compiled.
 */
function childEnvironment(isQuick: boolean): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, NODE_V8_COVERAGE: __, NODE_COMPILE_CACHE: ___, ...others } = process.env
  // An arm of Erlang that fails says why on standard error, and leaves nothing behind in a folder.
  const rest = { ...others, ERL_CRASH_DUMP_SECONDS: "0" }
  return isQuick ? { ...rest, NODE_COMPILE_CACHE: join(tmpdir(), "pigeonhole-bench-compiled") } : rest
}
