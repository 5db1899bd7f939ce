/**
 * What a schedule is told in: the things that could happen next, the step that was chosen, and what was sent in it. Data; strategies, shrinking,
 * judges and the report are functions of it.
 */

/**
 * `start`: a process begins. `message`: a process handles the next message of one sender. `reply`: a settled reply reaches its asker. `timer`: a
 * timer fires, on time or late. `turn`: what waits for the host alone (a `setImmediate` of the program's, the runtime's own turns). `fault`: one falls, or none.
 * `operation`: one that the scenario has declared is done, or left out; it is a decision, and no step.
 */
export type ChoiceKind = "start" | "message" | "reply" | "timer" | "turn" | "fault" | "operation"

/** Who the scenario is, and what no process has begun. */
export const OUTSIDE = "outside"

/** One of the things that could happen next. */
export interface Choice {
  /** Tells it from all others of the schedule; what is still to come keeps it from one decision to the next. */
  readonly id: number
  readonly kind: ChoiceKind
  /** Who goes on: a process by its label, or `OUTSIDE`. */
  readonly actor: string
  /** Who has sent it, replied or armed it. */
  readonly from: string
  /** The operation, or what the timer is for. */
  readonly what: string
  /** When it is due, in ms of the clock: a moment ahead for a timer that is chosen before others, which are late then. */
  readonly at: number
  /** Of a message: the text that it consists of, or that is its `key`. */
  readonly about?: string | undefined
}

/**
 * A fault that was injected. `crash`: a process ends with an error; `kill`: at once, without its `terminate`. `start_fails`, `start_hangs`: of a process that is about to start.
 * `slow_handler`: it does nothing for a while. `slow_reply`, `lost_reply`: an answer comes late, or never, and its asker's time runs out. `inbox_full`: a message
 * finds no room. `clock_jump`: the clock goes forward. `policy_change`: other policies hold. `caller_dies`: a process that nobody restarts is killed.
 * `small_inbox`, `small_sweep`: from then on an inbox has room for `what` messages, stores remove `what` entries at a time.
 * `gives_up`: a supervisor ends as if it had reached its limit of restarts. `external_fails`, `database_fails`, `file_fails`: a call outside fails, `before` it was carried out
 * or `after`. `torn_file`: a file has lost its end when it is read.
 */
export type FaultKind =
  | "crash"
  | "kill"
  | "start_fails"
  | "start_hangs"
  | "slow_handler"
  | "slow_reply"
  | "lost_reply"
  | "inbox_full"
  | "small_inbox"
  | "small_sweep"
  | "clock_jump"
  | "policy_change"
  | "caller_dies"
  | "gives_up"
  | "external_fails"
  | "database_fails"
  | "file_fails"
  | "torn_file"

/** A fault, and whom it befell. */
export interface Fault {
  readonly kind: FaultKind
  /** A process by its label, what is called outside by its name; `clock` or `policies` where it is nobody's. */
  readonly actor: string
  /** The message before, at or after which it came, the reply that it took, or how small a bound is; empty where there is none. */
  readonly what: string
  /** Where it came, of that message: before it is handled, at one of its awaits, after it. Of what befalls a process: absent where it has no message. */
  readonly when?: "before" | "during" | "after"
}

/** What is on its way between two: it is sent in one step and taken in another. */
export interface Sent {
  readonly id: number
  /** `request`: an ask. `message`: a tell or cast. `reply`: the answer to the request `answers`. `signal`: DOWN, an exit, a tick. */
  readonly kind: "request" | "message" | "reply" | "signal"
  readonly from: string
  readonly to: string
  readonly what: string
  /** The request that a reply is for. */
  readonly answers?: number | undefined
  /** Whether a reply is a failure. */
  readonly isFailure?: boolean
}

/** One step of a schedule, as it was carried out. */
export interface Step {
  readonly index: number
  /** The clock, in ms from the start. */
  readonly at: number
  /** What was chosen; `undefined` where a fault is the step. */
  readonly choice: Choice | undefined
  readonly fault: Fault | undefined
  /** Of how many it was chosen. */
  readonly choices: number
  /** What would have come in the order in which each runs until it waits, where that is another. */
  readonly instead: Choice | undefined
  /** What it took: the message, the reply or the signal by its number. */
  readonly took: number | undefined
  /** What was sent while it ran. */
  readonly sent: readonly Sent[]
  /** Short lines of what else was seen in it: a crash, a restart, a denial, a dead letter. */
  readonly notes: readonly string[]
}

/** An operation of a service as its callers saw it: asked at one moment, answered at a later one or never. */
export interface Operation {
  /** The service's id. */
  readonly service: string
  readonly caller: string
  readonly name: string
  readonly argument: unknown
  /** When it was asked and answered: the places among all asks and answers of the schedule. `undefined`: it was never answered. */
  readonly asked: number
  readonly answered: number | undefined
  /** The clock then, in ms. */
  readonly askedAt: number
  readonly answeredAt: number | undefined
  readonly outcome: { readonly value: unknown } | { readonly error: unknown } | undefined
}
