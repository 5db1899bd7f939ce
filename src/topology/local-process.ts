/** A pid that was handed in, followed within one runtime: what is kept of a process is cleared by its own runtime alone. */

import { Unavailable } from "../kernel/errors.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import { processOf } from "../kernel/process-of.ts"

/** The process behind a pid; `undefined` once it has ended. Throws `Invalid` for what is no pid, and for another runtime's. */
export function localProcessOf(kernel: Kernel, pid: Pid, field = "pid"): Process | undefined {
  return processOf(pid, kernel, field)
}

/** As `localProcessOf`; throws `Unavailable` for one that has ended. */
export function livingProcessOf(kernel: Kernel, pid: Pid): Process {
  const process = localProcessOf(kernel, pid)
  if (process !== undefined) return process
  throw new Unavailable(`${pid} has ended`, { retryable: false, details: { field: "pid", pid } })
}
