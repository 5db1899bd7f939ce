/** `npm run bench`: runs the suites and prints what they found. `--help` explains. */

import { helpText, readCommandLine } from "./command-line.ts"
import { describeMachine } from "./machine.ts"
import { runSuite, type Suite, type SuiteResult } from "./suite.ts"
import { ask } from "./suites/ask.ts"
import { copy } from "./suites/copy.ts"
import { durable } from "./suites/durable.ts"
import { effect } from "./suites/effect.ts"
import { effectHandlers } from "./suites/effect-handlers.ts"
import { expiry } from "./suites/expiry.ts"
import { expiryBurst } from "./suites/expiry-burst.ts"
import { fanIn } from "./suites/fan-in.ts"
import { heap } from "./suites/heap.ts"
import { hitRatio } from "./suites/hit-ratio.ts"
import { lag } from "./suites/lag.ts"
import { memory } from "./suites/memory.ts"
import { pingPong } from "./suites/ping-pong.ts"
import { ring } from "./suites/ring.ts"
import { scale } from "./suites/scale.ts"
import { simulation } from "./suites/simulation.ts"
import { skynet } from "./suites/skynet.ts"
import { spawn } from "./suites/spawn.ts"
import { store } from "./suites/store.ts"
import { storeRivals } from "./suites/store-rivals.ts"
import { supervision } from "./suites/supervision.ts"
import { formatMachine, formatSuite } from "./table.ts"

const SUITES: readonly Suite[] = [
  ask,
  scale,
  heap,
  lag,
  expiry,
  expiryBurst,
  store,
  storeRivals,
  durable,
  copy,
  hitRatio,
  spawn,
  memory,
  pingPong,
  ring,
  fanIn,
  skynet,
  supervision,
  effect,
  effectHandlers,
  simulation,
]

const { help, json, quick, names } = readCommandLine(process.argv.slice(2))
const unknown = names.filter((name) => !SUITES.some((suite) => suite.name === name))

if (help) process.stdout.write(helpText(SUITES))
else if (unknown.length > 0) fail(`there is no suite ${unknown.join(", ")}\n\n${helpText(SUITES)}`)
else await run(SUITES.filter(({ name }) => names.length === 0 || names.includes(name)))

async function run(suites: readonly Suite[]): Promise<void> {
  const date = new Date().toISOString().slice(0, "2000-01-01".length)
  const machine = describeMachine()
  const results: SuiteResult[] = []
  if (!json) console.log(formatMachine(machine))
  for (const suite of suites) {
    const result = await runSuite(suite, quick, showProgress)
    results.push(result)
    if (!json) console.log(formatSuite(result))
  }
  if (json) console.log(JSON.stringify({ date, machine, mode: quick ? "quick" : "full", suites: results }, undefined, 2))
  else if (quick) console.log("\nThis was --quick: it shows that every arm runs; its figures mean nothing.")
}

/** On a terminal only, over the line before: a run takes minutes. */
function showProgress(suite: string, arm: string, round: number, rounds: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${suite}: round ${round + 1} of ${rounds}: ${arm}\r`)
}

function fail(message: string): void {
  process.stderr.write(message)
  process.exitCode = 1
}
