/**
 * Children of one dynamic supervisor, killed so that it starts them again, or terminated and replaced, one after the other. A restart is
 * over when the new incarnation starts, a termination when it is answered.
 */

import { child, dynamicSupervisor, type Pid, type Self, server, start } from "../../../actors/index.ts"
import { parameters, report } from "../report.ts"
import { Measurements, type Sampling } from "../sample.ts"

/** Children asked for before it is waited for all of them to run. */
const AT_ONCE = 1000

/** `stride`: how many places in start order lie between one child and the next; of no factor of `children`, so that all are reached. */
const { children, stride, operations, warmups, samples } = parameters<Sampling & { children: number; stride: number }>()

let started: (pid: Pid) => void = () => {}
const session = server({
  init: (_argument: undefined, self: Self) => {
    started(self.pid)
    return { count: 0 }
  },
  call: { count: (state) => state.count },
})
const restarted = child(session, { backoff: { initialMs: 0 } })

// A bench fails its children more often than any supervisor is meant to bear.
const supervisor = dynamicSupervisor({ intensity: Number.MAX_SAFE_INTEGER, periodMs: 1 })
const runtime = await start({ "app:sessions": supervisor }, { log: () => {} })
const sessions = await runtime.acquire("app:sessions")

const pids: Pid[] = []
for (let left = children; left > 0; left -= AT_ONCE) {
  const asked = Array.from({ length: Math.min(left, AT_ONCE) }, () => sessions.startChild(restarted))
  pids.push(...(await Promise.all(asked)))
}

let place = 0

function nextPlace(): number {
  place = (place + stride) % children
  return place
}

async function restart(count: number): Promise<number> {
  let right = 0
  for (let i = 0; i < count; i += 1) {
    const at = nextPlace()
    const old = pids[at] as Pid
    const pid = await new Promise<Pid>((resolve) => {
      started = resolve
      runtime.exit(old, "kill")
    })
    if (!old.isAlive && pid.isAlive) right += 1
    pids[at] = pid
  }
  return right
}

async function terminate(places: readonly number[]): Promise<number> {
  let right = 0
  for (const at of places) {
    const pid = pids[at] as Pid
    await sessions.terminateChild(pid)
    if (!pid.isAlive) right += 1
  }
  return right
}

async function replace(places: readonly number[]): Promise<number> {
  for (const at of places) pids[at] = await sessions.startChild(restarted)
  return places.filter((at) => pids[at]?.isAlive === true).length
}

const measurements = new Measurements()
for (let i = 0; i < warmups + samples; i += 1) {
  const isKept = i >= warmups
  const places = Array.from({ length: operations }, nextPlace)
  await measurements.time("ns a restart", operations, restart, isKept)
  await measurements.time("ns a termination", operations, () => terminate(places), isKept)
  await measurements.time("ns a start", operations, () => replace(places), isKept)
}
const { active } = await sessions.countChildren()
measurements.add("children alive at the end", active, children, active)
report(measurements.report)
