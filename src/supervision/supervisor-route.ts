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
  /** Where it stands in its life: `running`, `backingOff`, `stopped`, … */
  readonly state: ChildState
  /** Of the incarnation that starts, runs or stops; `undefined` where there is none. */
  readonly pid: Pid | undefined
}

/** What `whichChild` tells of one. */
export interface ChildDetails extends ChildStatus {
  /** When it is started again. */
  readonly restart: Restart
  /** How long it may take to stop. */
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
  /** When it is started again. */
  readonly restart: Restart
  /** How long it may take to stop. */
  readonly shutdown: Shutdown
  /** What the next incarnation starts with after a crash. */
  readonly state: StateAfterCrash
  /** Whether its end by itself may shut its supervisor down. */
  readonly significant: boolean
  /** The wait before a restart, and how many are tried. */
  readonly backoff: Backoff
  /** Milliseconds that a start may take; `undefined`: no limit. */
  readonly startTimeoutMs: number | undefined
  /** Whether it is started with its supervisor. */
  readonly autoStart: boolean
  /** Ids of services that are started before it. */
  readonly requires: readonly string[]
}

/** What `countChildren` counts, as in OTP: all children, those alive, and of all the supervisors and the workers. */
export interface ChildCounts {
  /** Children that it knows, whatever has become of them. */
  readonly specs: number
  /** Those of them that live. */
  readonly active: number
  /** Those that are supervisors, alive or not. */
  readonly supervisors: number
  /** Those that are none. */
  readonly workers: number
}
