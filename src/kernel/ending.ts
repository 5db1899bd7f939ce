/**
 * What follows when a process has ended, step by step, in this order.
 *
 * Invariant: every step is done, whatever another one threw; what it threw is reported, and nobody waits for an end for ever.
 */

import type { Affairs } from "./affairs.ts"
import { type ExitReason, isCrash, toldToOthers } from "./exit-reason.ts"
import type { Kernel } from "./kernel.ts"
import { keeperOf, retire } from "./pid.ts"
import type { Launched } from "./process-table.ts"

/** A process that has ended, as those steps need it. */
export interface Ended extends Launched {
  readonly kernel: Kernel
}

/**
 * Takes an ended process out of the kernel, settles what it leaves, and tells those who wait. Written out, and not a list that is gone through:
 * every process comes here. `from`: the steps before that were done; one that has thrown is reported, and the next is done.
 */
export function bury(process: Ended, reason: ExitReason, affairs: Affairs | undefined, from = 0): void {
  const { kernel } = process
  let step = from
  try {
    if (step === 0) {
      step = 1
      cancelTimers(process, affairs)
    }
    if (step === 1) {
      step = 2
      if (kernel.witness !== undefined && isCrash(reason)) kernel.witness(process, reason)
    }
    if (step === 2) {
      step = 3
      leaveTable(process)
    }
    if (step === 3) {
      step = 4
      kernel.unheard.ended(process)
    }
    if (step === 4) {
      step = 5
      if (process.inbox.owner === process) process.inbox.disown(toldToOthers(reason, process.isStarted))
    }
    if (step === 5) {
      step = 6
      kernel.undertaker(process, reason)
    }
    if (step === 6) {
      step = 7
      tellTrace(process, reason)
    }
    if (step === 7) {
      step = 8
      if (affairs !== undefined) tellAll(process, affairs.takeStartWaiters(), reason)
    }
    if (step === 8) {
      step = 9
      if (!process.isStarted) keeperOf(process.pid)?.startSettled(process, reason)
    }
    if (step === 9) {
      step = 10
      keeperOf(process.pid)?.ended(process, reason)
    }
  } catch (error) {
    kernel.fault(WHAT, error)
    bury(process, reason, affairs, step)
  }
}

/** Those who wait for the end. Asked for last: who has just been told may have begun to wait. */
export function tellOfEnd(process: Ended, reason: ExitReason, affairs: Affairs): void {
  tellAll(process, affairs.takeEndWaiters(), reason)
}

/** Calls each of them, whatever another one throws. */
export function tellAll<Told>(process: Ended, waiters: Iterable<(told: Told) => void>, told: Told): void {
  for (const waiter of waiters) {
    try {
      waiter(told)
    } catch (error) {
      process.kernel.fault(WHAT, error)
    }
  }
}

const WHAT = "a step in the life of a process"

function cancelTimers({ kernel }: Ended, affairs: Affairs | undefined): void {
  if (affairs === undefined) return
  for (const timer of affairs.takeTimers()) {
    try {
      timer.cancel()
    } catch (error) {
      kernel.fault(WHAT, error)
    }
  }
}

/** A label is spelled out where somebody reads it only. */
function tellTrace(process: Ended, reason: ExitReason): void {
  const { trace } = process.kernel
  if (trace !== undefined && process.isAnnounced) trace({ type: "exited", pid: process.pid, label: process.label, reason })
}

function leaveTable(process: Ended): void {
  const { kernel } = process
  kernel.processes.delete(process)
  kernel.counters.exited += 1
  retire(process.pid, process.inbox.isOfService)
}
