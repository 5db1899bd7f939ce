/**
 * What is known of a process that crashed, put together while it still has its links and what waits for it: before anybody hears
 * of its end.
 *
 * Invariant: nothing that the process's author wrote (`formatStatus`, a getter of its state) can keep it from ending.
 *
 * Source  OTP, proc_lib(3), "crash report". Differs: a process that an exit signal ends is reported too.
 */

import type { Envelope, Origin } from "../kernel/envelope.ts"
import { type ExitReason, formatExitReason } from "../kernel/exit-reason.ts"
import { isA } from "../kernel/instance.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import { Tick } from "../kernel/process-timer.ts"
import { handlerOf, isInternal } from "../server/handler-of.ts"
import { Attachment } from "../service/attachment.ts"
import { SupervisorProcess } from "../supervision/supervisor-process.ts"
import type { Topology } from "../topology/topology.ts"
import { excerpt, sortOf } from "./excerpt.ts"

/** A process crashed: it ended otherwise than `normal`, by `shutdown` or by a kill. */
export interface CrashReport {
  readonly type: "crash_report"
  readonly pid: Pid
  /** How errors and reports call the process: its service id, its name or its pid. */
  readonly label: string
  readonly reason: ExitReason
  /** What it was handling; `undefined` where no handler threw: a failed start, an exit signal, a plain function. */
  readonly lastMessage: LastMessage | undefined
  /** As the definition's `formatStatus` shows it; without that the state itself, and of what `service` makes nothing. */
  readonly state: unknown
  /** Who had sent the last message, where it came through a mailbox. */
  readonly client: CrashClient | undefined
  /** Who shared its end, in the order the links were made. */
  readonly links: readonly CrashPeer[]
  /** Labels of its parent, the parent's parent and so on; at most 100. */
  readonly ancestors: readonly string[]
  /** Messages in its inbox. */
  readonly waiting: number
}

/** The message whose handler threw. */
export interface LastMessage {
  /** The handler it was for: `call.add`, `cast.add`, `info`, … */
  readonly handler: string
  /** `undefined` where it came through a mailbox: what its callers send is theirs. */
  readonly message: unknown
}

/** Who had sent the message that a process crashed on. */
export interface CrashClient {
  readonly principal: string
  /** The number under which the service knows its mailbox. */
  readonly attachment: number
  /** The process that holds the mailbox, where it is one. */
  readonly pid: Pid | undefined
}

/** A process that was linked to the one that crashed. */
export interface CrashPeer {
  readonly pid: Pid
  /** How errors and reports call it. */
  readonly label: string
}

const MOST_ANCESTORS = 100

/** False of a supervisor that could not start a child: that is the child's crash, and has its report. */
export function isOwnCrash(process: Process): boolean {
  return !(process instanceof SupervisorProcess) || process.isStarted
}

export function crashReportOf(process: Process, reason: ExitReason, topology: Topology): CrashReport {
  const { pid, label, fatal } = process
  const origin = originOf(process)
  return {
    type: "crash_report",
    pid,
    label,
    reason,
    lastMessage: fatal === undefined ? undefined : lastMessageOf(fatal, origin),
    state: stateOf(process),
    client: clientOf(origin),
    links: Array.from(topology.linkedTo(process), (peer) => ({ pid: peer.pid, label: peer.label })),
    ancestors: ancestorsOf(process),
    waiting: process.inbox.size,
  }
}

/** What the log prints where nobody has asked for more: of message and state the sort; of what `formatStatus` gives all. */
export interface CrashOutline {
  readonly message: string | undefined
  readonly state: string | undefined
}

export function outlineOf(process: Process, { state }: CrashReport): CrashOutline {
  const { fatal } = process
  const message = fatal === undefined ? undefined : messageOf(fatal)
  return {
    message: message === undefined ? undefined : sortOf(message),
    state: process.isStateFormatted ? excerpt(state) : sortOfState(state),
  }
}

function sortOfState(state: unknown): string | undefined {
  return state === undefined ? undefined : sortOf(state)
}

/** `undefined` where the handler was given none. */
function messageOf(fatal: Envelope): unknown {
  const { kind, argument } = fatal
  if (isInternal(fatal)) return undefined
  return kind === "signal" && isA(argument, Tick) ? argument.message : argument
}

/** The mailbox that what it was handling came through; of a job, the one through which its pool was given that. */
function originOf(process: Process): Origin | undefined {
  const { fatal, parent } = process
  return fatal?.origin ?? (fatal?.route === undefined ? undefined : parent?.passedOnTo(process)?.origin)
}

function lastMessageOf(fatal: Envelope, origin: Origin | undefined): LastMessage {
  return { handler: handlerOf(fatal), message: origin === undefined ? messageOf(fatal) : undefined }
}

function stateOf(process: Process): unknown {
  const { fatal } = process
  try {
    return process.reportState(fatal === undefined ? undefined : messageOf(fatal))
  } catch (error) {
    return `its state cannot be shown: ${formatExitReason({ error })}`
  }
}

function clientOf(origin: Origin | undefined): CrashClient | undefined {
  if (!(origin instanceof Attachment)) return undefined
  return { principal: origin.principal.id, attachment: origin.id, pid: origin.holder.caller?.pid }
}

function ancestorsOf(process: Process): readonly string[] {
  const labels: string[] = []
  for (let { parent } = process; parent !== undefined && labels.length < MOST_ANCESTORS; { parent } = parent) labels.push(parent.label)
  return labels
}
