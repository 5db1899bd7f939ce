/** What a service that has crashed leaves to its next incarnation, as far as it is certain: its state, where the child is to retain it. */

import type { ExitReason } from "../../kernel/exit-reason.ts"
import { keeperOf } from "../../kernel/pid.ts"
import type { Process } from "../../kernel/process.ts"
import { SystemProcess } from "../../process/system-process.ts"
import { SupervisedChild } from "../../supervision/supervised-child.ts"

/** The child whose incarnation that is. */
export function childOf({ pid }: Process): SupervisedChild | undefined {
  const keeper = keeperOf(pid)
  return keeper instanceof SupervisedChild ? keeper : undefined
}

/**
 * What the process that has ended leaves; `undefined`: nothing that is certain. `lost`: called back where the child comes to be down before the next incarnation, which then finds
 * nothing. What is given up for another cause, somebody says (`state_not_retained`, a detach that resets).
 */
export function stateLeftBy(process: Process, reason: ExitReason, lost: () => void): { readonly state: unknown } | undefined {
  const child = childOf(process)
  if (child?.spec.state !== "retain" || child.isFresh || child.state === "stopping" || !isCrash(reason)) return undefined
  if (!(process instanceof SystemProcess) || !process.isStarted) return undefined
  child.when(({ isSettledDown }) => isSettledDown, lost)
  return { state: process.systemState() }
}

function isCrash(reason: ExitReason): boolean {
  return reason === "killed" || (typeof reason === "object" && "error" in reason)
}
