/**
 * What a supervisor knows of a child: how to start it, when to start it again, how long it may take to stop.
 *
 * Pure data and pure rules. Source  OTP, supervisor(3): child_spec(), restart(), shutdown().
 */

import { invalid, shown } from "../kernel/errors.ts"
import { type ExitReason, isExpectedExit } from "../kernel/exit-reason.ts"
import type { Process } from "../kernel/process.ts"
import { type Backoff, type BackoffOptions, backoffOf } from "./backoff.ts"
import type { ChildState } from "./child-state.ts"
import { type DetachPolicy, keep } from "./detach-policy.ts"

/** `permanent`: always restarted; `transient`: after a crash only; `temporary`: never, and then forgotten. */
export type Restart = "permanent" | "transient" | "temporary"

/** How long a child may take to stop, in ms, before it is killed; at once; or for ever. */
export type Shutdown = number | "brutal_kill" | "infinity"

/** What the next incarnation starts with after a crash: nothing, or what the one before it left and nothing of that one can change any more. */
export type StateAfterCrash = "reset" | "retain"

/** What a user may say of a child. */
export interface ChildOptions {
  /** Default `permanent`. */
  readonly restart?: Restart
  /** Default 5000 ms; `infinity` for a supervisor. */
  readonly shutdown?: Shutdown
  /** Default `reset`. */
  readonly state?: StateAfterCrash
  /** What follows when a caller gives its mailbox back. Default `keep`. */
  readonly onDetach?: DetachPolicy
  /** Ids of services that are started before this one and stopped after it. */
  readonly requires?: readonly string[]
  /**
   * Whether its end by itself may shut its supervisor down (`autoShutdown`). Not for `permanent` children, which have no such end.
   * Default `false`.
   */
  readonly significant?: boolean
  /** The wait before a restart. Default: none before the first, then 10 ms doubling to 5 s, ±20 %. */
  readonly backoff?: BackoffOptions
}

export interface StartRequest {
  /** The supervisor. */
  readonly parent: Process
  /** What the incarnation before left to this one, where the spec says `retain`. */
  readonly estate: unknown
}

/** What a supervisor executes. */
export interface ChildSpec {
  readonly id: string
  readonly type: "worker" | "supervisor"
  readonly restart: Restart
  readonly shutdown: Shutdown
  readonly state: StateAfterCrash
  readonly onDetach: DetachPolicy
  readonly significant: boolean
  readonly backoff: Backoff
  /** Creates and launches the process; a throw counts as a failed start. */
  start(request: StartRequest): Process
  /** Told of every change in the child's life. */
  changed?(state: ChildState, reason: ExitReason | undefined): void
  /** Whether nobody holds a mailbox of it; asked before it is stopped for idleness. */
  isIdle?(): boolean
  /** Of a child that was added while its supervisor ran: its supervisor knows it no longer. */
  forgotten?(): void
}

export type ChildRules = Pick<ChildSpec, "restart" | "shutdown" | "state" | "onDetach" | "significant" | "backoff">

const RESTARTS: readonly string[] = ["permanent", "transient", "temporary"]
const STATES: readonly string[] = ["reset", "retain"]

/** Reads a child's options; throws `Invalid` that names the field under `path`. */
export function childRulesOf(options: ChildOptions, type: "worker" | "supervisor", path: string): ChildRules {
  const { restart = "permanent", state = "reset", onDetach = keep, significant = false } = options
  const shutdown = options.shutdown ?? (type === "supervisor" ? "infinity" : 5000)
  if (!RESTARTS.includes(restart)) throw invalid(`${path}.restart`, `must be one of ${RESTARTS.join(", ")}; got ${shown(restart)}`)
  if (!STATES.includes(state)) throw invalid(`${path}.state`, `must be reset or retain; got ${shown(state)}`)
  if (!isShutdownLimit(shutdown)) {
    throw invalid(`${path}.shutdown`, `must be a number of ms from 0, "brutal_kill" or "infinity"; got ${shown(shutdown)}`)
  }
  if (typeof onDetach !== "function") throw invalid(`${path}.onDetach`, "must be a function from a detach event to a decision")
  if (typeof significant !== "boolean") throw invalid(`${path}.significant`, `must be true or false; got ${shown(significant)}`)
  if (significant && restart === "permanent") {
    throw invalid(`${path}.significant`, "is of no use to a permanent child, which is always started again: make it transient or temporary")
  }
  return { restart, state, shutdown, onDetach, significant, backoff: backoffOf(options.backoff, `${path}.backoff`) }
}

/** Whether a child of that restart type is started again after that end. */
export function isRestarted(restart: Restart, reason: ExitReason): boolean {
  if (restart === "temporary") return false
  return restart === "permanent" || !isExpectedExit(reason)
}

function isShutdownLimit(shutdown: unknown): shutdown is Shutdown {
  if (shutdown === "brutal_kill" || shutdown === "infinity") return true
  return typeof shutdown === "number" && shutdown >= 0 && Number.isFinite(shutdown)
}
