/** What idle server processes take on the heap: never messaged, and after one message each, by name or without. */

import { type AddressOf, type AsyncContextRule, type Runtime, server, start } from "../../../actors/index.ts"
import { heapBytes } from "../heap-bytes.ts"
import { parameters, report } from "../report.ts"

/** Started, or sent something, before the host has its turn. */
const AT_ONCE = 10_000

const { processes, by, asyncContext } = parameters<{ processes: number; by: "cast" | "tell"; asyncContext: AsyncContextRule }>()

interface State {
  count: number
}

let handled = 0
function add(state: State, count: number): void {
  state.count += count
  handled += 1
}

const call = { count: (state: State) => state.count }
const cast = { add }
const counter = server({ init: (): State => ({ count: 0 }), call, cast, info: (state, message) => add(state, message as number) })

type CounterPid = AddressOf<typeof counter>

const post: Record<typeof by, (runtime: Runtime, pid: CounterPid) => boolean> = {
  cast: (_runtime, pid) => pid.cast.add(1),
  tell: (runtime, pid) => runtime.tell(pid, 1),
}

const runtime = await start({}, { log: () => {}, asyncContext })
// The places exist before, so that only what is in them is measured.
const pids = new Array<CounterPid | undefined>(processes).fill(undefined)
const others = runtime.statistics().processes

const before = await heapBytes()
for (let i = 0; i < processes; i += 1) {
  pids[i] = runtime.spawn(counter)
  if (i % AT_ONCE === 0) await hostTurn()
}
const neverMessaged = await heapBytes()
for (const [i, pid] of pids.entries()) {
  if (pid !== undefined) post[by](runtime, pid)
  if (i % AT_ONCE === 0) await hostTurn()
}
for (let turns = 0; handled < processes && turns < processes; turns += 1) await hostTurn()
const afterOne = await heapBytes()
report({
  expected: 2 * processes,
  // Asked afterwards: a runtime that nobody holds would be collected before it is measured.
  completed: runtime.statistics().processes - others + handled,
  figures: {
    "bytes, never messaged": [(neverMessaged - before) / processes],
    "bytes, after one message": [(afterOne - before) / processes],
  },
})

function hostTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
