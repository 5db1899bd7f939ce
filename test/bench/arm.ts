/** One arm of a suite, and running it once: in a child process of its own, so that no arm warms or clutters another's heap. */

import { execFile } from "node:child_process"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { compiledErlangArm, erlangVersion } from "./erlang.ts"
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
}

export interface ErlangCommand {
  readonly runs: "erlang"
  readonly parameters: readonly number[]
  readonly erlangOptions: readonly string[]
}

const run = promisify(execFile)

/** Why an arm cannot run here; `undefined` where it can. */
export function absenceOf({ command }: Arm): string | undefined {
  return command.runs === "erlang" && erlangVersion() === "" ? "no erl on this machine (Debian: apt install erlang-base)" : undefined
}

/** Errors  an arm that fails, says nothing, or has completed less than it was to: its figures would be worth nothing. */
export async function runArm({ name, command }: Arm, isQuick: boolean): Promise<ArmReport> {
  const [program, options] = commandLine(command)
  const { stdout } = await run(program, options, { maxBuffer: 2 ** 26, env: childEnvironment(isQuick) })
  const armReport = JSON.parse(stdout) as ArmReport
  if (armReport.completed !== armReport.expected) {
    throw new Error(`${name}: completed ${armReport.completed} of ${armReport.expected} operations`)
  }
  return armReport
}

function commandLine(command: NodeCommand | ErlangCommand): [program: string, options: string[]] {
  if (command.runs === "erlang") {
    const { erlangOptions, parameters } = command
    return ["erl", [...erlangOptions, "-noshell", "-pa", compiledErlangArm(), "-run", "gen_server_ask", "main", ...parameters.map(String)]]
  }
  const file = fileURLToPath(new URL(`./arms/${command.file}`, import.meta.url))
  return [process.execPath, [...(command.nodeOptions ?? []), file, JSON.stringify(command.parameters)]]
}

/**
 * What a test runner or a profiler has set for itself must not change what a child measures. A smoke test measures nothing, and
 * most of its time would go into reading the same sources again, so its children keep what they have compiled.
 */
function childEnvironment(isQuick: boolean): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, NODE_V8_COVERAGE: __, NODE_COMPILE_CACHE: ___, ...rest } = process.env
  return isQuick ? { ...rest, NODE_COMPILE_CACHE: join(tmpdir(), "pigeonhole-bench-compiled") } : rest
}
