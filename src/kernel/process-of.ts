/**
 * From what the kernel knows of a process to the process itself. Pids, the table and those who are told of ends know it by the little that they
 * need of it; for the rooms above it is a `Process`, as nothing else has a pid, or is launched.
 */

import type { Kernel } from "./kernel.ts"
import { incarnationBehind, incarnationOf, type Pid } from "./pid.ts"
import type { Process } from "./process.ts"
import type { Launched } from "./process-table.ts"

/**
 * The process behind a pid; `undefined` once it has ended. Throws `Invalid` for what is no pid and, with a kernel, for the pid of a process
 * that lives in another runtime: what is kept of a process is cleared by its own runtime alone.
 */
export function processOf(pid: Pid, within?: Kernel, field = "pid"): Process | undefined {
  return incarnationOf(pid, within, field) as Process | undefined
}

/** As `processOf`, for what is known to be a pid. */
export function processBehind(pid: Pid): Process | undefined {
  return incarnationBehind(pid) as Process | undefined
}

/** Every process that has not ended, the youngest first. Copy before you end them. */
export function processesOf({ processes }: Kernel): Iterable<Process> {
  return processes as Iterable<Launched> as Iterable<Process>
}

/** The process that somebody is told of. */
export function processTold(launched: Launched): Process {
  return launched as Process
}
