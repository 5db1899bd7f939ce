/**
 * What a supervisor knows of a child: how to start it, when to start it again, how long it may take to stop.
 *
 * Pure data and pure rules. Source  OTP, supervisor(3): child_spec(), restart(), shutdown().
 */

import type { Envelope, Party } from "../kernel/envelope.ts"
import { invalid, type PigeonholeError, shown } from "../kernel/errors.ts"
import { type ExitReason, isExpectedExit } from "../kernel/exit-reason.ts"
import { isList } from "../kernel/instance.ts"
import { boolean, optional, otherwise, timeLimit } from "../kernel/option-fields.ts"
import { checkOptions } from "../kernel/options.ts"
import type { Process } from "../kernel/process.ts"
import { type Backoff, type BackoffOptions, backoffOf } from "./backoff.ts"
import type { ChildState } from "./child-state.ts"
import { type DetachPolicy, keep, unacquiredMsOf } from "./detach-policy.ts"
import type { SupervisedChild } from "./supervised-child.ts"

/** `permanent`: always restarted; `transient`: after a crash only; `temporary`: never, and then forgotten. */
export type Restart = "permanent" | "transient" | "temporary"

/**
 * How long a child may take to stop, in ms, before it is killed; at once; or for ever. `drain`: how long it may first serve what it had
 * accepted, in ms; then it has 5000 ms to stop, a supervisor what it takes.
 */
export type Shutdown = number | "brutal_kill" | "infinity" | { readonly drain: number }

/** How long a child may serve what it had accepted, where it drains, and how long it may take to stop then; in ms, `Infinity` for no limit. */
export interface StopLimits {
  readonly drainMs: number
  readonly stopMs: number
}

/** How long a worker may take to stop that does not say, in ms. */
const DEFAULT_SHUTDOWN_MS = 5000

/**
 * What the next incarnation starts with after a crash. `reset`: nothing. `retain`: what the one before it left and nothing of that one can change any
 * more. `restore`: what it finds where those before it have kept it, as each incarnation does, the first one too; for what has such a place.
 */
export type StateAfterCrash = "reset" | "retain" | "restore"

/** What a user may say of a child. */
export interface ChildOptions {
  /** Default `permanent`. */
  readonly restart?: Restart
  /** Default 5000 ms; `infinity` for a supervisor. */
  readonly shutdown?: Shutdown
  /**
   * Milliseconds that a start may take, its `init` or `restore` included, what it waits for before (`requires`) not; more than 0. One that takes
   * longer has failed, with `Timeout` as its error: the process is killed; a supervisor stops what it has started. Default: no limit.
   */
  readonly startTimeoutMs?: number
  /**
   * Whether it is started with its supervisor. `false`: by who acquires it first or something below it, by another that starts and requires
   * it, or by `restartChild`; from then on it is kept like any other. Where somebody holds a mailbox of it, the next incarnation of its
   * supervisor starts it. Default `true`.
   */
  readonly autoStart?: boolean
  /** Default `reset`, or what its definition says. */
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
  /** The wait before a restart, and how many are tried. Default: none before the first, then 10 ms doubling to 5 s, ±20 %, without end. */
  readonly backoff?: BackoffOptions
}

export interface StartRequest {
  /** The supervisor. */
  readonly parent: Process
  /** What the incarnation before left to this one, where the spec says `retain`. */
  readonly estate: unknown
  /** Whether it is to look for what was kept by those before it, where none has left it anything. */
  readonly restores: boolean
}

/** What a supervisor executes. */
export interface ChildSpec {
  readonly id: string
  readonly type: "worker" | "supervisor"
  readonly restart: Restart
  readonly shutdown: Shutdown
  readonly state: StateAfterCrash
  readonly onDetach: DetachPolicy
  /** What its detach policy says of that, read once. */
  readonly unacquiredMs: number | undefined
  readonly significant: boolean
  readonly backoff: Backoff
  /** `undefined`: no limit. */
  readonly startTimeoutMs: number | undefined
  readonly autoStart: boolean
  /** Ids of services that are started before it. */
  readonly requires?: readonly string[]
  /** Creates and launches the process; a throw counts as a failed start. */
  start(request: StartRequest): Process
  /** Told which child of a supervisor is made of it. */
  kept?(child: SupervisedChild): void
  /** Told of every change in the child's life. */
  changed?(state: ChildState, reason: ExitReason | undefined): void
  /** Whether nobody holds a mailbox of it or of what is below it, and nothing that runs requires it. */
  isIdle?(): boolean
  /** A request to it, or to what is below it, that somebody waits for the answer to. */
  owed?(): Envelope | undefined
  /** Whether all that it requires runs. What is idle of that is woken; an error: something will not come. Asked before each start, and again when that has changed. */
  requirement?(): Requirement
  /** Why its next incarnation would wait for that process; `undefined`: it would not. */
  impasse?(asker: Party): PigeonholeError | undefined
  /** Who starts, or ends, before its next incarnation starts. */
  awaited?(): Iterable<Party>
  /** Ids of services elsewhere that run, or are about to, and require it or something below it. */
  requiredBy?(): readonly string[]
  /** Whether its supervisor is being started again, and with that the service that it is a part of: messages to it wait. */
  comesWith?(): boolean
  /** Whether a supervisor above it is being started again, or ends to be: it comes with that. */
  comesLater?(): boolean
  /** Of a child that was added while its supervisor ran: its supervisor knows it no longer, and its id is free. */
  forgotten?(): void
  /** Of one that its supervisor was defined with: it was deleted by request, and its id is free. */
  deleted?(): void
}

/** What becomes of what a child requires. */
export type Requirement = "met" | "coming" | PigeonholeError

export type ChildRules = Pick<
  ChildSpec,
  "restart" | "shutdown" | "state" | "onDetach" | "unacquiredMs" | "significant" | "backoff" | "startTimeoutMs" | "autoStart"
>

const RESTARTS: readonly string[] = ["permanent", "transient", "temporary"]
const STATES: readonly string[] = ["reset", "retain", "restore"]

/** What a definition says of its processes, where a child spec does not. */
interface Usual extends Pick<ChildSpec, "restart" | "state"> {
  /** Whether they can look for what those before them have kept. */
  readonly canRestore: boolean
}

const USUAL: Usual = { restart: "permanent", state: "reset", canRestore: false }

/** Reads a child's options; throws `Invalid` that names the field under `path`. `usual`: its restart type where they do not say. */
export function childRulesOf(options: ChildOptions, type: "worker" | "supervisor", path: string, usual = USUAL): ChildRules {
  const { restart = usual.restart, state = usual.state, onDetach = keep, significant = false } = options
  const shutdown = shutdownOf(options.shutdown ?? (type === "supervisor" ? "infinity" : DEFAULT_SHUTDOWN_MS), `${path}.shutdown`)
  if (!RESTARTS.includes(restart)) throw invalid(`${path}.restart`, `must be one of ${RESTARTS.join(", ")}; got ${shown(restart)}`)
  if (!STATES.includes(state)) throw invalid(`${path}.state`, `must be reset, retain or restore; got ${shown(state)}`)
  if (state === "restore" && !usual.canRestore)
    throw invalid(`${path}.state`, "must be reset or retain: it keeps nothing that could be restored")
  if (typeof onDetach !== "function")
    throw invalid(`${path}.onDetach`, `must be a function from a detach event to a decision; got ${shown(onDetach)}`)
  if (typeof significant !== "boolean") throw invalid(`${path}.significant`, `must be true or false; got ${shown(significant)}`)
  if (significant && restart === "permanent") {
    throw invalid(`${path}.significant`, "is of no use to a permanent child, which is always started again: make it transient or temporary")
  }
  const unacquiredMs = unacquiredMsOf(onDetach, `${path}.onDetach`)
  const startTimeoutMs = optional(timeLimit)(options.startTimeoutMs, `${path}.startTimeoutMs`)
  const autoStart = otherwise(boolean, true)(options.autoStart, `${path}.autoStart`)
  const backoff = backoffOf(options.backoff, `${path}.backoff`)
  return { restart, state, shutdown, onDetach, unacquiredMs, significant, backoff, startTimeoutMs, autoStart }
}

/** Whether a child of that restart type is started again after that end. */
export function isRestarted(restart: Restart, reason: ExitReason): boolean {
  if (restart === "temporary") return false
  return restart === "permanent" || !isExpectedExit(reason)
}

/** Of a child that is not killed at once. */
export function stopLimitsOf({ shutdown, type }: Pick<ChildSpec, "shutdown" | "type">): StopLimits {
  if (typeof shutdown === "number") return { drainMs: shutdown, stopMs: shutdown }
  const noLimit = Number.POSITIVE_INFINITY
  if (typeof shutdown === "string") return { drainMs: noLimit, stopMs: noLimit }
  return { drainMs: shutdown.drain, stopMs: type === "supervisor" ? noLimit : DEFAULT_SHUTDOWN_MS }
}

/** Read once, into an object of our own. */
function shutdownOf(shutdown: Shutdown, path: string): Shutdown {
  if (shutdown === "brutal_kill" || shutdown === "infinity" || isLimit(shutdown)) return shutdown
  if (typeof shutdown !== "object" || shutdown === null || isList(shutdown))
    throw invalid(path, `must be a number of ms from 0, "brutal_kill", "infinity" or { drain: ms }; got ${shown(shutdown)}`)
  const { drain } = checkOptions(shutdown, ["drain"], `${path}.`)
  if (!isLimit(drain)) throw invalid(`${path}.drain`, `must be a number of ms from 0; got ${shown(drain)}`)
  return { drain }
}

function isLimit(limitMs: unknown): limitMs is number {
  return typeof limitMs === "number" && limitMs >= 0 && Number.isFinite(limitMs)
}
