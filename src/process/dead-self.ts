/**
 * What the `self` of a process that has ended still does: a handler that waited goes on after the end, and must harm nobody by it.
 *
 * - What would begin something, or do something to somebody, is refused with the same `Unavailable`, which is not worth a retry: to tell, ask,
 *   acquire, spawn, start tasks, link, monitor, listen, register, join, arm timers, receive, continue, defer, put aside or take back.
 * - What gives back is done already, and does nothing more: unlink, demonitor, unregister, leave, unlisten, cancel, reply, stop.
 * - What only looks or says goes on: names, groups, registries, the clock, the pid, reports, the signals, of which its own has been aborted.
 */

import { type PigeonholeError, Unavailable } from "../kernel/errors.ts"
import type { Process } from "../kernel/process.ts"

export function isDead({ status }: Process): boolean {
  return status === "ended"
}

/** Throws `Unavailable` for a process that has ended. */
export function refuseDead(process: Process): void {
  if (isDead(process)) throw deadError(process)
}

/** The same as a promise. Nobody is left who has to hear of it, so it is no unhandled rejection. */
export function rejectDead(process: Process): Promise<never> {
  const refusal = Promise.reject(deadError(process))
  refusal.catch(() => {})
  return refusal
}

function deadError({ label, pid, exitReason }: Process): PigeonholeError {
  const name = label === String(pid) ? label : `${label} ${pid}`
  const details = { target: label, reason: exitReason }
  return new Unavailable(`${name} has ended: what still runs of it can do nothing more as this process`, { retryable: false, details })
}
