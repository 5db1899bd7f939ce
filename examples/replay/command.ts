/** `npm start -- replay FILE`: reads the options, runs the stream through a store in real time, prints the report. */

import { setImmediate as hostTurn } from "node:timers/promises"
import { parseArgs } from "node:util"
import { child, type Pid, start, store, supervisor } from "pigeonhole"
import { Progress } from "./progress.ts"
import { type Loaded, type ReplayReport, replay } from "./replay.ts"
import { readTrace } from "./trace.ts"
import { drawTtls } from "./ttl-mix.ts"

const USAGE = `npm start -- replay FILE [options]

FILE               a request stream: gzip or text, one key a line
--seed N           seed of what is drawn (TTLs)                     1
--callers N        callers at once                                  64
--window N         requests under way before all are waited for     1024
--crash-every N    crash the store every N requests; 0 for never    0
--speedup N        a real second counts as N seconds of TTL         1000
--limit N          stop after N requests; 0 for all                 0`

const DEFAULTS = { seed: 1, callers: 64, window: 1024, "crash-every": 0, speedup: 1000, limit: 0 }
type Name = keyof typeof DEFAULTS

/** The tree for a replay: a store that is started again however often it is crashed. */
export const replayTree = supervisor({
  intensity: 1_000_000,
  periodMs: 1_000,
  children: { "replay:cache": child(store<Loaded>({ maxEntries: 0 }), { backoff: { initialMs: 0 } }) },
})

/** The exit code. */
export async function replayCommand(args: readonly string[]): Promise<number> {
  try {
    const { file, numbers, isHelpWanted } = parse(args)
    if (isHelpWanted) {
      console.log(USAGE)
      return 0
    }
    if (file === undefined) throw new Error(`FILE is missing\n\n${USAGE}`)
    return await run(file, numbers)
  } catch (error) {
    console.error(`replay: ${error instanceof Error ? error.message : String(error)}`)
    return 2
  }
}

function parse(args: readonly string[]): { file: string | undefined; numbers: Record<Name, number>; isHelpWanted: boolean } {
  const text = { type: "string" } as const
  const options = {
    seed: text,
    callers: text,
    window: text,
    "crash-every": text,
    speedup: text,
    limit: text,
    help: { type: "boolean" },
  } as const
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  const numbers = { ...DEFAULTS }
  for (const name of Object.keys(DEFAULTS) as Name[]) {
    const least = name === "callers" || name === "window" || name === "speedup" ? 1 : 0
    const value = values[name] === undefined ? DEFAULTS[name] : Number(values[name])
    if (!Number.isInteger(value) || value < least) throw new Error(`--${name} must be a whole number from ${least}; got ${values[name]}`)
    numbers[name] = value
  }
  if (positionals.length > 1) throw new Error(`one FILE, please; got ${positionals.join(", ")}`)
  return { file: positionals[0], numbers, isHelpWanted: values.help === true }
}

async function run(file: string, numbers: Record<Name, number>): Promise<number> {
  const trace = await readTrace(file)
  const keys = numbers.limit > 0 ? trace.slice(0, numbers.limit) : trace
  const ttls = drawTtls(keys.length, numbers.seed).map((ttl) => ttl / numbers.speedup)
  await using runtime = await start(replayTree, { log: () => {} })
  const cache = await runtime.acquire("replay:cache")
  const progress = new Progress(keys.length, process.stderr)

  const from = performance.now()
  const report = await replay(cache, {
    keys,
    ttls,
    callers: numbers.callers,
    window: numbers.window,
    crashEvery: numbers["crash-every"],
    now: () => performance.now(),
    crash: () => void runtime.exit(runtime.whereis("replay:cache") as Pid, { error: new Error("crashed on purpose") }),
    between: async (done) => {
      progress.show(done)
      await hostTurn() // a server's event loop serves its sockets here
    },
  })
  const seconds = (performance.now() - from) / 1000
  progress.clear()

  const { accepted, handled, returned, reported, waiting } = runtime.statistics()
  print(report, seconds)
  console.log(
    `runtime        ${n(accepted)} accepted = ${n(handled)} handled + ${n(returned)} returned + ${n(reported)} reported + ${n(waiting)} waiting`,
  )
  return unaccounted(report) === 0 && accepted === handled + returned + reported + waiting ? 0 : 1
}

function print(report: ReplayReport, seconds: number): void {
  const { requests, hits, misses, expiries, crashes, sent, answered, failed, latencies } = report
  const failures = [...failed].map(([reason, count]) => `${n(count)} ${reason}`).join(", ")
  console.log(`requests       ${n(requests)} in ${seconds.toFixed(2)} s: ${n(Math.round(requests / seconds))} a second`)
  console.log(`hits           ${n(hits)} (${((hits / requests) * 100).toFixed(2)} %)`)
  console.log(`misses         ${n(misses)}`)
  console.log(`expiries       ${n(expiries)}`)
  console.log(`crashes        ${n(crashes)}`)
  console.log(`latency        p50 ${quantile(latencies, 0.5)} µs, p99 ${quantile(latencies, 0.99)} µs`)
  console.log(`conservation   ${n(sent)} sent = ${n(answered)} answered + ${failures || "0 failed"}; unaccounted: ${unaccounted(report)}`)
}

/** Messages that were neither answered nor failed with a reason: there must be none. */
export function unaccounted({ sent, answered, failed }: ReplayReport): number {
  return sent - answered - [...failed.values()].reduce((sum, count) => sum + count, 0)
}

function quantile(ascending: Float64Array, share: number): string {
  const at = Math.min(ascending.length - 1, Math.floor(share * ascending.length))
  return ((ascending[at] ?? 0) * 1000).toFixed(1)
}

function n(count: number): string {
  return count.toLocaleString("en")
}
