/** `npx pigeonhole simulate` as it is asked for, read. */

import { parseArgs } from "node:util"
import { invalid, shown } from "../actors/index.ts"
import type { ExploreOptions } from "../actors/simulation.ts"

/** What is asked for. */
export interface SimulateRequest {
  readonly file: string
  /** Of its applications, those of these names; none: all. */
  readonly only: readonly string[]
  /** Carries out this schedule alone. */
  readonly replay: string | undefined
  /** Where the page of a failure goes. */
  readonly html: string | undefined
  /** Stands above what the file says. Their values are looked at by who explores. */
  readonly options: ExploreOptions
}

export const SIMULATE_HELP = `Usage: npx pigeonhole simulate FILE [options]

Runs the applications of FILE under many schedules, and looks for one that breaks them.

FILE is a module of JavaScript, or of TypeScript as Node runs it. Each function that it exports, the default one or one with
a name, is an application where it takes a world or nothing and gives { tree, run, check? }; each is called once to see. What
is exported as options is how they are explored (see ExploreOptions of pigeonhole/simulation): what must hold, faults, and so on.

Options
  --schedules N      so many schedules of each at most (1000)
  --seed N           the same gives the same schedules (1)
  --strategy NAME    one strategy alone (mix: all of them in turn)
  --only NAME        this application alone; may be given again
  --replay SCHEDULE  carries out this schedule alone, as the environment's PIGEONHOLE_SCHEDULE does
  --html FILE        writes the first failure as a page
  --no-shrink        does not make a schedule that fails shorter
  --help             prints this

Exit codes
  0 none failed; 1 one did, or something of sometimes was never true, or of models never asked;
  2 it was asked wrongly; 130 it was interrupted, and printed how far it was
`

const FLAGS = {
  schedules: { type: "string" },
  seed: { type: "string" },
  strategy: { type: "string" },
  only: { type: "string", multiple: true },
  replay: { type: "string" },
  html: { type: "string" },
  "no-shrink": { type: "boolean" },
} as const

/** Errors  Invalid, for what is no file or several, for a flag there is none of, and for a number that is none. */
export function readSimulate(argv: readonly string[]): SimulateRequest {
  const { values, positionals } = parsed(argv)
  const [file, ...others] = positionals
  if (file === undefined) throw invalid("FILE", "must be given: the module with the applications (--help says more)")
  if (others.length > 0) throw invalid("FILE", `must be one; got ${shown(file)} and ${others.map((other) => shown(other)).join(", ")}`)
  const { only = [], replay, html, "no-shrink": isAsFound = false } = values
  const options = {
    ...number(values, "schedules"),
    ...number(values, "seed"),
    // What there is, is known to who explores.
    ...(values.strategy === undefined ? {} : { strategy: values.strategy as NonNullable<ExploreOptions["strategy"]> }),
    ...(isAsFound ? { shrink: false } : {}),
  }
  return { file, only, replay, html, options }
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: FLAGS })
  } catch (error) {
    // Node's own words, the first sentence of them: the others are about a file whose name begins with a dash.
    const [sentence = "it cannot be read"] = (error as Error).message.split(/[.\n] ?(?=$|[A-Z\n])/)
    throw invalid("options", `must be those that --help names: ${sentence}`)
  }
}

function number<Name extends "schedules" | "seed">(
  values: { readonly [name in Name]?: string },
  name: Name,
): { readonly [name in Name]?: number } {
  const text = values[name]
  if (text === undefined) return {}
  if (!/^\d+$/.test(text)) throw invalid(`--${name}`, `must be a whole number; got ${shown(text)}`)
  return { [name]: Number(text) } as { readonly [name in Name]: number }
}
