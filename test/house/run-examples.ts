/**
 * A program: runs examples one after the other in this process, each within a time limit, and tells what became of them.
 *
 * Usage   run-examples.ts <plan.json> <results.json>; the plan maps an example's name to its file.
 */

import { readFileSync, writeFileSync } from "node:fs"
import { pathToFileURL } from "node:url"
import { type Recorded, recordOf } from "./recorder.ts"

/** What became of each example: its claims, and the error that ended it, if one did. */
export type Results = Record<string, Recorded & { readonly error?: string }>

const LIMIT_MS = 10_000

const [planFile = "", resultsFile = ""] = process.argv.slice(2)
const plan = JSON.parse(readFileSync(planFile, "utf8")) as Record<string, string>
const results: Results = {}
let current = ""

const describeError = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))
const fail = (error: unknown): void => {
  results[current] = { ...recordOf(current), error: describeError(error) }
}
process.on("uncaughtException", fail)
process.on("unhandledRejection", fail)

for (const [name, file] of Object.entries(plan)) {
  current = name
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`did not end within ${LIMIT_MS} ms`)), LIMIT_MS)
  })
  await Promise.race([import(pathToFileURL(file).href), limit]).catch(fail)
  clearTimeout(timer)
  results[name] ??= recordOf(name)
}
writeFileSync(resultsFile, JSON.stringify(results))
process.exit(0)
