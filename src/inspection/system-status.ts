/** What one process is, all of it in one object, for whoever looks at a running system. Source: OTP, sys:get_status/1. */

import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import type { Topology } from "../topology/topology.ts"

/** One process as `getStatus` shows it. */
export interface SystemStatus {
  readonly pid: Pid
  /** Its service id, its name or its pid. */
  readonly label: string
  readonly isSuspended: boolean
  readonly isTrappingExits: boolean
  readonly parent: Pid | undefined
  /** Who shares its end, in the order the links were made. */
  readonly links: readonly Pid[]
  /** Messages in its inbox. */
  readonly waiting: number
  /** Of those, what was put aside. */
  readonly stashed: number
  /** As the definition's `formatStatus` shows it; without that the state itself. `undefined`: it has none to show, or is to show none. */
  readonly state: unknown
}

export function systemStatusOf(process: Process, topology: Topology): SystemStatus {
  const { pid, label, inbox, parent } = process
  return {
    pid,
    label,
    isSuspended: process.status === "suspended",
    isTrappingExits: process.trapExit,
    parent: parent?.pid,
    links: Array.from(topology.linkedTo(process), (peer) => peer.pid),
    waiting: inbox.size,
    stashed: inbox.asideSize,
    state: process.reportState(),
  }
}
