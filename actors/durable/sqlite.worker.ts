/**
 * What a thread of a SQLite database runs: it answers each request in turn, and ends when its port is closed.
 *
 * It loads nothing of the runtime: what a problem means to a caller is said on the other side.
 */

import { parentPort, workerData } from "node:worker_threads"
import { memoryOf, type PackedRows } from "./packed-rows.ts"
import { SqliteReader } from "./sqlite-reader.ts"
import { SqliteWriter } from "./sqlite-writer.ts"
import { problemOf, type Reply, type Request, UNANSWERED, type WorkerSettings } from "./worker-protocol.ts"

const settings = workerData as WorkerSettings
const calls = settings.role === "writer" ? new SqliteWriter(settings) : new SqliteReader(settings)

parentPort?.on("message", ({ id, call, argument }: Request) => {
  const reply = answer(id, call, argument)
  if (id === UNANSWERED) return
  parentPort?.postMessage(reply, isPacked(reply.result) ? memoryOf(reply.result) : [])
})

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
