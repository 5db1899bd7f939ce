/**
 * What a supervisor is asked by name through its mailbox.
 *
 * Source  OTP, supervisor(3): start_child, terminate_child, restart_child, delete_child, which_children, count_children.
 */

import type { Route } from "../kernel/envelope.ts"
import type { Pid } from "../kernel/pid.ts"
import type { ChildState } from "./child-state.ts"

export type SupervisorOperation = "startChild" | "terminateChild" | "restartChild" | "deleteChild" | "whichChildren" | "countChildren"

export class SupervisorRoute implements Route {
  readonly kind = "call"
  readonly name: SupervisorOperation
  /** Position among the operations. */
  readonly index: number

  constructor(name: SupervisorOperation, index: number) {
    this.name = name
    this.index = index
  }
}

/** By name. */
export const SUPERVISOR_ROUTES = {
  startChild: new SupervisorRoute("startChild", 0),
  terminateChild: new SupervisorRoute("terminateChild", 1),
  restartChild: new SupervisorRoute("restartChild", 2),
  deleteChild: new SupervisorRoute("deleteChild", 3),
  whichChildren: new SupervisorRoute("whichChildren", 4),
  countChildren: new SupervisorRoute("countChildren", 5),
} as const satisfies Readonly<Record<SupervisorOperation, SupervisorRoute>>

/** What the operations are given: of `startChild` the definition with its options too, which the app layer reads. */
export interface ChildRequest {
  /** The child's id; a dynamic supervisor makes its own. */
  readonly id?: string
  readonly child?: unknown
  /** Whether a child that is to stop first serves what it had accepted. */
  readonly drain?: boolean
  /** The child of a dynamic supervisor. */
  readonly pid?: Pid
}

/** One row of `whichChildren`, in start order. */
export interface ChildStatus {
  readonly id: string
  readonly type: "worker" | "supervisor"
  readonly state: ChildState
  /** Of the incarnation that starts, runs or stops; `undefined` where there is none. */
  readonly pid: Pid | undefined
}

/** What `countChildren` counts, as in OTP: all children, those alive, and of all the supervisors and the workers. */
export interface ChildCounts {
  readonly specs: number
  readonly active: number
  readonly supervisors: number
  readonly workers: number
}
