/**
 * What a supervisor is asked by name through its mailbox.
 *
 * Source  OTP, supervisor(3): start_child, terminate_child, restart_child, delete_child, which_children, count_children, which_child, get_childspec.
 */

import type { Route } from "../kernel/envelope.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Pid } from "../kernel/pid.ts"
import type { RegistryDefinition, RegistryKey } from "../topology/registry-definition.ts"
import type { Backoff } from "./backoff.ts"
import type { Restart, Shutdown, StateAfterCrash } from "./child-spec.ts"
import type { ChildState } from "./child-state.ts"

export type SupervisorOperation =
  | "startChild"
  | "lookUpOrStart"
  | "terminateChild"
  | "restartChild"
  | "deleteChild"
  | "whichChildren"
  | "countChildren"
  | "whichChild"
  | "getChildSpec"

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
  whichChild: new SupervisorRoute("whichChild", 6),
  getChildSpec: new SupervisorRoute("getChildSpec", 7),
  lookUpOrStart: new SupervisorRoute("lookUpOrStart", 8),
} as const satisfies Readonly<Record<SupervisorOperation, SupervisorRoute>>

/** What the operations are given: of `startChild` the definition with its options too, which the app layer reads. */
export interface ChildRequest {
  /** The child's id; a dynamic supervisor makes its own. */
  readonly id?: string
  readonly child?: unknown
  /** Whether a child that is to stop first serves what it had accepted. */
  readonly drain?: boolean
  /** The child of a dynamic supervisor: its pid, or the one it had before its restart was planned. */
  readonly pid?: Pid
  /** Where a child is looked up, or registered when it is started, … */
  readonly registry?: RegistryDefinition<unknown>
  /** … under which key … */
  readonly key?: RegistryKey
  /** … and with what. */
  readonly value?: unknown
}

/** One row of `whichChildren`, in start order. */
export interface ChildStatus {
  readonly id: string
  readonly type: "worker" | "supervisor"
  readonly state: ChildState
  /** Of the incarnation that starts, runs or stops; `undefined` where there is none. */
  readonly pid: Pid | undefined
}

/** What `whichChild` tells of one. */
export interface ChildDetails extends ChildStatus {
  readonly restart: Restart
  readonly shutdown: Shutdown
  /** Of the last incarnation, the present one included. */
  readonly lastPid: Pid | undefined
  /** Why the last incarnation ended, or could not start. */
  readonly lastReason: ExitReason | undefined
  /** How often it was restarted after a failure within the supervisor's period. */
  readonly restarts: number
  /** When it is started again, in monotonic ms as `self.now()` gives them; `undefined` where it does not wait for that. */
  readonly nextAttemptAt: number | undefined
}

/** What `getChildSpec` tells: how a child is kept. */
export interface ChildSpecView {
  readonly id: string
  readonly type: "worker" | "supervisor"
  readonly restart: Restart
  readonly shutdown: Shutdown
  readonly state: StateAfterCrash
  readonly significant: boolean
  readonly backoff: Backoff
  readonly requires: readonly string[]
}

/** What `countChildren` counts, as in OTP: all children, those alive, and of all the supervisors and the workers. */
export interface ChildCounts {
  readonly specs: number
  readonly active: number
  readonly supervisors: number
  readonly workers: number
}
