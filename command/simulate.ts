/** `npx pigeonhole simulate FILE`: explores the applications of a file, one after the other, and prints what was found. */

import { statSync, writeFileSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { invalid, shown } from "../actors/index.ts"
import { type ExploreOptions, type ExploreProgress, explore, type Report, replay } from "../actors/simulation.ts"
import type { Command } from "./command.ts"
import { Progress, timeText } from "./progress.ts"
import { readSimulate, SIMULATE_HELP, type SimulateRequest } from "./simulate-flags.ts"
import { loadSimulated, type Make, type SimulatedFile } from "./simulated-file.ts"
import type { Terminal } from "./terminal.ts"

export const simulateCommand: Command = {
  name: "simulate",
  about: "runs the applications of a file under many schedules, and looks for one that breaks them",
  help: SIMULATE_HELP,
  async run(argv, terminal) {
    const request = readSimulate(argv)
    if (request.html !== undefined) lookAtPlace(request.html)
    const file = await loadSimulated(request.file, request.only)
    const failures = await simulated(file, request, terminal)
    const page = failures.find((each) => each.page !== undefined)?.page
    if (request.html !== undefined && page !== undefined) writePage(request.html, page, terminal)
    return failures.length === 0 ? 0 : 1
  },
}

// -- simulating --------------------------------------------------------------------------------------------------------

/** Gives the reports of those that failed. */
async function simulated(file: SimulatedFile, request: SimulateRequest, terminal: Terminal): Promise<readonly Report[]> {
  const schedule = request.replay ?? terminal.env.PIGEONHOLE_SCHEDULE ?? ""
  if (schedule !== "" || request.replay !== undefined) return replayed(file, request, schedule, terminal)
  const failures: Report[] = []
  for (const [name, make] of file.applications) {
    const again = (schedule: string): string => againText(request, file, name, schedule)
    const progress = new Progress(terminal, name, request.options.schedules ?? file.options.schedules ?? SCHEDULES, failures.length)
    terminal.interrupted = () => progress.soFar(again)
    const report = await explored(name, make, { ...file.options, ...request.options }, progress, terminal)
    if (report.failure !== undefined) terminal.print(again(report.schedule ?? ""))
    if (report.failure !== undefined || inVain(report) !== undefined) failures.push(report)
  }
  terminal.interrupted = undefined
  return failures
}

/** As many as are explored where nothing is said of it. */
const SCHEDULES = 1000

async function explored(name: string, make: Make, options: ExploreOptions, progress: Progress, terminal: Terminal): Promise<Report> {
  const { onProgress } = options
  const told = (done: number, how: ExploreProgress): void => {
    if (how.phase === "shrinking") progress.shrinking(how)
    else progress.done(done)
    onProgress?.(done, how)
  }
  try {
    const report = await explore(make, { ...options, onProgress: told })
    progress.end()
    terminal.print(`${headline(name, report)}, in ${timeText(progress.passedMs)}\n\n${report.text}\n\n`)
    return report
  } finally {
    progress.end()
  }
}

function headline(name: string, report: Report): string {
  if (report.failure !== undefined) return `${name} FAILED in schedule ${report.schedules}`
  const why = inVain(report)
  return why === undefined ? `${name} passed` : `${name} FAILED: ${why}`
}

/** What was asked for, and has tested nothing; `undefined`: all of it has. */
function inVain({ neverSeen, neverAsked }: Report): string | undefined {
  if (neverSeen.length > 0) return `never true: ${neverSeen.join(", ")}`
  return neverAsked.length > 0 ? `never asked: ${neverAsked.join(", ")}` : undefined
}

/** One of them alone: a schedule is one application's. */
async function replayed({ applications, options }: SimulatedFile, request: SimulateRequest, schedule: string, terminal: Terminal) {
  const [first, second] = applications
  if (first === undefined || second !== undefined) {
    throw invalid("--only", `must say whose schedule it is: one of ${[...applications.keys()].join(", ")}`)
  }
  const [name, make] = first
  const report = await replay(make, schedule, { ...options, ...request.options })
  const { failure, text } = report
  terminal.print(failure === undefined ? `${name} passed: that schedule does not fail\n` : `${name} FAILED\n\n${text}\n`)
  return failure === undefined ? [] : [report]
}

/** How it is seen again from here. */
function againText({ file }: SimulateRequest, { applications, isAll }: SimulatedFile, name: string, schedule: string): string {
  const only = isAll && applications.size === 1 ? "" : ` --only ${inShell(name)}`
  return `From here: npx pigeonhole simulate ${inShell(file)}${only} --replay ${schedule}\n\n`
}

function inShell(text: string): string {
  return /^[\w./@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

// -- the page ----------------------------------------------------------------------------------------------------------

/** Before hours are spent on what cannot be written. */
function lookAtPlace(file: string): void {
  if (file === "") throw invalid("--html", `must be a file; got ${shown(file)}`)
  const folder = dirname(resolve(file))
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw invalid("--html", `must be in a folder; there is none at ${folder}`)
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) throw invalid("--html", `must be a file; ${file} is a folder`)
}

function writePage(file: string, page: string, terminal: Terminal): void {
  try {
    writeFileSync(file, page)
    terminal.print(`The failure as a page: ${file}\n`)
  } catch (error) {
    terminal.tell(`pigeonhole simulate: ${file} cannot be written: ${(error as Error).message}\n`)
  }
}
