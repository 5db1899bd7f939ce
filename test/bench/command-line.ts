/** What was asked for on the command line. */

import { parseArgs } from "node:util"

export interface Request {
  readonly help: boolean
  readonly json: boolean
  readonly quick: boolean
  /** Names of suites; empty for all. */
  readonly names: readonly string[]
}

/** Errors  TypeError, for an option there is none of. */
export function readCommandLine(commandLine: readonly string[]): Request {
  const { values, positionals } = parseArgs({
    args: [...commandLine],
    allowPositionals: true,
    options: { help: { type: "boolean", short: "h" }, json: { type: "boolean" }, quick: { type: "boolean" } },
  })
  const { help = false, json = false, quick = false } = values
  return { help, json, quick, names: positionals }
}

export function helpText(suites: readonly { readonly name: string; readonly title: string }[]): string {
  return `Usage: npm run bench -- [suite ...] [--quick] [--json] [--help]

Suites (default: all)
${suites.map(({ name, title }) => `  ${name.padEnd(11)} ${title}`).join("\n")}

Options
  --quick  small counts: shows that every arm runs, its figures mean nothing
  --json   prints JSON and nothing else
  --help   prints this

How it measures
  Each arm runs in a child process of its own, is warmed up, and takes several samples. Arms alternate (A B A B ...), so that
  the machine's noise hits all alike. A figure is the median of all samples, with the least and the greatest; a
  comparison is made within each round first. What is counted is work completed (replies received and found right),
  and an arm that completes less than it was to fails the run. Compare figures of one run only.
`
}
