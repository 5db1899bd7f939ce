/** A running process that notes what a handler would see, for tests of the topology. */

import type { ExitReason } from "../../src/kernel/exit-reason.ts"
import type { Kernel } from "../../src/kernel/kernel.ts"
import type { Pid } from "../../src/kernel/pid.ts"
import { isWanted } from "../../src/topology/topology.ts"
import { type HookedProcess, launch } from "./hooked-process.ts"

export interface Member {
  readonly process: HookedProcess
  readonly pid: Pid
  readonly seen: unknown[]
  /** As its supervisor would: an exit for a reason that nobody traps. */
  end(reason?: ExitReason): void
}

export function member(kernel: Kernel, capacity = 100, note: (message: unknown) => void = () => {}): Member {
  const seen: unknown[] = []
  const handle = (message: unknown): void => {
    if (!isWanted(message)) return
    seen.push(message)
    note(message)
  }
  const process = launch(kernel, { handle }, "", { capacity })
  return { process, pid: process.pid, seen, end: (reason = "normal") => process.urge({ type: "exit", reason }) }
}
