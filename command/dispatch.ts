/** What `npx pigeonhole` does: the first word says which of its commands. */

import process from "node:process"
import { Invalid } from "../actors/index.ts"
import manifest from "../package.json" with { type: "json" }
import type { Command } from "./command.ts"
import { checkNode } from "./node-version.ts"
import { runApplicationCommand } from "./run.ts"
import { simulateCommand } from "./simulate.ts"
import type { Terminal } from "./terminal.ts"

const COMMANDS: readonly Command[] = [runApplicationCommand, simulateCommand]

const ASKED_WRONGLY = 2

/** Gives the exit code; `undefined`: a signal ends the program. */
export async function runCommand([name, ...argv]: readonly string[], terminal: Terminal): Promise<number | undefined> {
  if (name === "--help" || name === "-h") return printed(HELP, terminal)
  if (name === "--version" || name === "-v") return printed(`${manifest.version}\n`, terminal)
  const command = COMMANDS.find((each) => each.name === name)
  if (command === undefined) return refused(`: ${unknown(name)}; there is: ${COMMANDS.map((each) => each.name).join(", ")}`, terminal)
  if (argv.includes("--help") || argv.includes("-h")) return printed(command.help, terminal)
  try {
    checkNode(process.versions.node)
    return await command.run(argv, terminal)
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    return refused(` ${command.name}: ${error.message}`, terminal)
  }
}

const HELP = `Usage: npx pigeonhole COMMAND

Commands
${COMMANDS.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join("\n")}

npx pigeonhole COMMAND --help says more; --version prints which pigeonhole this is.
`

function unknown(name: string | undefined): string {
  return name === undefined ? "a command must be given" : `there is no command ${name}`
}

function printed(text: string, terminal: Terminal): number {
  terminal.print(text)
  return 0
}

function refused(why: string, terminal: Terminal): number {
  terminal.tell(`pigeonhole${why}\n`)
  return ASKED_WRONGLY
}
