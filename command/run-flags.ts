/** `npx pigeonhole run` as it is asked for, read. */

import { statSync } from "node:fs"
import { parseArgs } from "node:util"
import { checkOptions, invalid, shown } from "../actors/index.ts"

/** How the log is written. */
export type LogFormat = "text" | "json"

/** The least that the log holds. */
export type LogLevel = "info" | "warn" | "error"

/** What is asked for. */
export interface RunRequest {
  /** In the order in which they were named: a later one wins. */
  readonly files: readonly string[]
  /** Look at the files, and start nothing. */
  readonly check: boolean
  /** Print what would be started, and start nothing. */
  readonly tree: boolean
  readonly watch: boolean
  readonly log: LogFormat
  readonly logLevel: LogLevel
  readonly allowOutside: boolean
  readonly unknownKinds: "refuse" | "skip"
}

export const RUN_HELP = `Usage: npx pigeonhole run FILE... [options]

Starts an application that is data, and runs it until it ends, or is told to: SIGINT and SIGTERM stop it in order, a second one
ends the program at once.

FILE is JSON or YAML (.json, .yaml, .yml). Several are put together: what a later one says wins. What a file holds is told in
docs/configuration.md. The packages effect and, for YAML, yaml are needed beside this one: npm install effect yaml

Options
  --check               looks at the files and loads the modules that they name; starts nothing
  --tree                prints what would be started; starts nothing
  --watch               follows the files: policies and scopes that change are taken over at once, what else changes is named, as
                        it needs a restart; files that are wrong change nothing
  --log FORMAT          text, or json: an object a line (text); the log goes to standard error
  --log-level LEVEL     the least that is logged: info, warn or error (info)
  --allow-outside       modules may stand outside of the folder of the file that names them
  --unknown-kinds WHAT  refuse, or skip: passes over entries of kinds that are not known, and names them (refuse)
  --help                prints this

Exit codes
  0 it has stopped, or all is right; 1 it could not start, or has given up; 2 the files are wrong, or it was asked wrongly;
  130 and 143, as a shell has it, it was stopped by SIGINT or SIGTERM
`

const FLAGS = {
  check: { type: "boolean" },
  tree: { type: "boolean" },
  watch: { type: "boolean" },
  log: { type: "string" },
  "log-level": { type: "string" },
  "allow-outside": { type: "boolean" },
  "unknown-kinds": { type: "string" },
} as const

/** Errors  Invalid, for no file, for a folder, for a flag there is none of, and for what a flag cannot be. */
export function readRun(argv: readonly string[]): RunRequest {
  const { values, positionals: files } = parsed(argv)
  if (files.length === 0) throw invalid("FILE", "must be given: the application, in JSON or YAML (--help says more)")
  for (const file of files) lookAtFile(file)
  const { check = false, tree = false, watch = false } = values
  if (watch && (check || tree)) throw invalid("--watch", `must stand without ${check ? "--check" : "--tree"}, which starts nothing`)
  return {
    files,
    check,
    tree,
    watch,
    log: oneOf("--log", values.log, ["text", "json"]),
    logLevel: oneOf("--log-level", values["log-level"], ["info", "warn", "error"]),
    allowOutside: values["allow-outside"] ?? false,
    unknownKinds: oneOf("--unknown-kinds", values["unknown-kinds"], ["refuse", "skip"]),
  }
}

function parsed(argv: readonly string[]) {
  const names = Object.keys(FLAGS)
  const { tokens } = parseArgs({ args: [...argv], allowPositionals: true, options: FLAGS, strict: false, tokens: true })
  const flags = tokens.filter((token) => token.kind === "option")
  const dashed = names.map((name) => `--${name}`)
  // Says what was meant, which Node does not.
  for (const { name, rawName } of flags) if (!names.includes(name)) checkOptions({ [rawName]: true }, dashed)
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: FLAGS })
  } catch (error) {
    const [sentence = "it cannot be read"] = (error as Error).message.split(/[.\n] ?(?=$|[A-Z\n])/)
    throw invalid("options", `must be those that --help names: ${sentence}`)
  }
}

/** What else can be wrong with a file is told by who reads it. */
function lookAtFile(file: string): void {
  if (file === "") throw invalid("FILE", `must be the path of a file; got ${shown(file)}`)
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) throw invalid("FILE", `must be a file; ${file} is a folder`)
}

function oneOf<const Word extends string>(flag: string, given: string | undefined, words: readonly [Word, ...Word[]]): Word {
  if (given === undefined) return words[0]
  const word = words.find((each) => each === given)
  if (word === undefined) throw invalid(flag, `must be ${words.join(" or ")}; got ${shown(given)}`)
  return word
}
