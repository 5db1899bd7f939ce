/** Stopping a runtime in bounded time, whatever user code does. */

import { Alarm } from "../kernel/alarm.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { Process } from "../kernel/process.ts"
import { Supervisor } from "../supervision/supervisor.ts"

/** How long processes outside the tree may take to stop. */
const SPAWNED_STOP_MS = 5000

/** First what was spawned outside the tree, then the tree; what is left when the time is over is killed. */
export async function stopAll(kernel: Kernel, root: Supervisor, timeoutMs: number): Promise<void> {
  const tree = new Set<Process>()
  collect(root, tree)
  const spawned = [...kernel.processes].filter((process) => !tree.has(process))
  await stopWithin(kernel, spawned, Math.min(SPAWNED_STOP_MS, timeoutMs))
  await stopWithin(kernel, [root], timeoutMs)
  await stopWithin(kernel, [...kernel.processes], 0)
  kernel.dispose()
}

function collect(supervisor: Supervisor, into: Set<Process>): void {
  into.add(supervisor)
  for (const { process } of supervisor.whichChildren()) {
    if (process instanceof Supervisor) collect(process, into)
    else if (process !== undefined) into.add(process)
  }
}

/** Asks processes to stop, and kills those that have not when the time is over. */
async function stopWithin(kernel: Kernel, processes: readonly Process[], timeoutMs: number): Promise<void> {
  const living = processes.filter(({ status }) => status !== "ended")
  const ends = living.map((process) => new Promise<void>((resolve) => process.onEnded(() => resolve())))
  const kill = (): void => {
    for (const process of living) process.urge({ type: "exit", reason: "kill" })
  }
  if (timeoutMs === 0) kill()
  else for (const process of living) process.urge({ type: "stop", reason: "shutdown" })
  const alarm = timeoutMs === 0 || timeoutMs === Number.POSITIVE_INFINITY ? undefined : new Alarm(kernel, timeoutMs, kill)
  await Promise.all(ends)
  alarm?.cancel()
}
