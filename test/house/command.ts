/** Programs that tests run: under the project's own Node, without input, within a time limit. */

import { spawn } from "node:child_process"
import { delimiter, join } from "node:path"
import { PROJECT } from "./source.ts"

export interface Finished {
  /** `null`: ended by a signal, as when its time is over. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  /** Default: the project's root. */
  readonly cwd?: string
  /** Default one minute. */
  readonly timeoutMs?: number
  /** Beside what there is in the environment. Default: nothing. */
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a program to its end, whatever that is. */
export function run(
  program: string,
  argv: readonly string[],
  { cwd = PROJECT, timeoutMs = 60_000, env = {} }: CommandOptions = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { cwd, env: { ...environment(), ...env }, timeout: timeoutMs, stdio: ["ignore", "pipe", "pipe"] })
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text
    })
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, stdout, stderr }))
  })
}

/** Runs a program that must succeed; gives what it printed. */
export async function succeed(program: string, argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(program, argv, options)
  if (code !== 0) throw new Error(`${[program, ...argv].join(" ")} ended with ${code}\n${stdout}${stderr}`)
  return stdout
}

/**
 * What npm and vitest tell their children about themselves would mislead a program that runs for itself; whom the machine trusts would not, nor
 * where what was compiled is kept.
 */
function environment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(package|lifecycle)_|NODE_(?!(EXTRA_CA_CERTS|COMPILE_CACHE)$)|VITE|TEST$)/.test(name),
  )
  const path = [join(PROJECT, "node_modules", ".bin"), process.env.PATH].join(delimiter)
  return { ...Object.fromEntries(inherited), PATH: path, NO_COLOR: "1" }
}
