/**
 * What a thread of a SQLite database runs: it answers each request in turn, and ends when its port is closed.
 *
 * It loads nothing of the runtime: what a problem means to a caller is said on the other side.
 */

import { parentPort, workerData } from "node:worker_threads"
import { memoryOf, type PackedRow, type PackedRows, packChanges, ROW } from "./packed-rows.ts"
import { LaneReceiver } from "./row-lane.ts"
import { SqliteReader } from "./sqlite-reader.ts"
import { SqliteWriter } from "./sqlite-writer.ts"
import { problemOf, type Reply, type Request, UNANSWERED, WAKE, type WorkerSettings } from "./worker-protocol.ts"

/** How often it looks for the next row before it sleeps: some tens of microseconds, which is less than to be woken takes. */
const MOST_LOOKS = 10_000

const NO_CHANGES = packChanges([])

const settings = workerData as WorkerSettings
const writer = settings.role === "writer" ? new SqliteWriter(settings) : undefined
const calls = writer ?? new SqliteReader(settings)
const lane = settings.lane === undefined ? undefined : new LaneReceiver(settings.lane)

parentPort?.on("message", (request: Request) => {
  if (request.call !== WAKE) settle(request)
  if (lane !== undefined) emptyLane(lane)
})

/** Messages are looked at again once it sleeps: by then all is taken that was written before they were sent. */
function emptyLane(lane: LaneReceiver): void {
  do takeFrom(lane)
  while (!lane.sleep())
}

/** All that there is, and what comes soon behind it. A commit is the last for a while: who waits for it has to hear of it first. */
function takeFrom(lane: LaneReceiver): void {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const row = lane.take()
    if (row === undefined) continue
    carryOut(row)
    looks = row.sort === ROW.commit ? MOST_LOOKS : 0
  }
}

function carryOut(row: PackedRow): void {
  if (row.sort === ROW.commit) settle({ id: row.version, call: "commit", argument: { changes: NO_CHANGES, now: row.expiresAt } })
  else writer?.stageRow(row)
}

function settle({ id, call, argument }: Request): void {
  const reply = answer(id, call, argument)
  if (id === UNANSWERED) return
  lane?.restart()
  parentPort?.postMessage(reply, isPacked(reply.result) ? memoryOf(reply.result) : [])
}

function answer(id: number, call: string, argument: unknown): Reply {
  try {
    // Who asks names one of its methods, and gives what that takes: `WorkerLine` sees to it.
    const method = Reflect.get(calls, call) as (argument: unknown) => unknown
    return { id, result: method.call(calls, argument) }
  } catch (error) {
    return { id, problem: problemOf(error) }
  }
}

function isPacked(result: unknown): result is PackedRows {
  return typeof result === "object" && result !== null && "numbers" in result
}
