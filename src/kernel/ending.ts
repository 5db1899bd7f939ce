/**
 * What follows when a process has ended, step by step, in this order.
 *
 * Invariant: every step is done, whatever another one threw; what it threw is reported, and nobody waits for an end for ever.
 */

import type { Affairs } from "./affairs.ts"
import { type ExitReason, isCrash, toldToOthers } from "./exit-reason.ts"
import { keeperOf, retire } from "./pid.ts"
import type { Process } from "./process.ts"

type Step = (process: Process, reason: ExitReason, affairs: Affairs | undefined) => void

/** A list made once: an end costs no closures. */
const STEPS: readonly Step[] = [
  cancelTimers,
  (process, reason) => (isCrash(reason) ? process.kernel.witness?.(process, reason) : undefined),
  leaveTable,
  (process) => process.kernel.unheard.ended(process),
  disownInbox,
  (process, reason) => process.kernel.undertaker(process, reason),
  tellTrace,
  (process, reason, affairs) => (affairs === undefined ? undefined : tellAll(process, affairs.takeStartWaiters(), reason)),
  (process, reason) => (process.isStarted ? undefined : keeperOf(process.pid)?.startSettled(process, reason)),
  (process, reason) => keeperOf(process.pid)?.ended(process, reason),
]

/** Takes an ended process out of the kernel, settles what it leaves, and tells those who wait. */
export function bury(process: Process, reason: ExitReason, affairs: Affairs | undefined): void {
  for (const step of STEPS) {
    try {
      step(process, reason, affairs)
    } catch (error) {
      process.kernel.fault(WHAT, error)
    }
  }
}

/** Those who wait for the end. Asked for last: who has just been told may have begun to wait. */
export function tellOfEnd(process: Process, reason: ExitReason, affairs: Affairs): void {
  tellAll(process, affairs.takeEndWaiters(), reason)
}

/** Calls each of them, whatever another one throws. */
export function tellAll<Told>(process: Process, waiters: Iterable<(told: Told) => void>, told: Told): void {
  for (const waiter of waiters) {
    try {
      waiter(told)
    } catch (error) {
      process.kernel.fault(WHAT, error)
    }
  }
}

const WHAT = "a step in the life of a process"

function cancelTimers({ kernel }: Process, _reason: ExitReason, affairs: Affairs | undefined): void {
  for (const timer of affairs?.takeTimers() ?? []) {
    try {
      timer.cancel()
    } catch (error) {
      kernel.fault(WHAT, error)
    }
  }
}

/** A label is spelled out where somebody reads it only. */
function tellTrace(process: Process, reason: ExitReason): void {
  const { trace } = process.kernel
  if (trace !== undefined && process.isAnnounced) trace({ type: "exited", pid: process.pid, label: process.label, reason })
}

function leaveTable(process: Process): void {
  const { kernel } = process
  kernel.processes.delete(process)
  kernel.counters.exited += 1
  retire(process.pid, process.inbox.isOfService)
}

function disownInbox(process: Process, reason: ExitReason): void {
  if (process.inbox.owner === process) process.inbox.disown(toldToOthers(reason, process.isStarted))
}
