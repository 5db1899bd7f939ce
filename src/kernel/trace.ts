/**
 * The inspection port: where the kernel and the layers above say what happens. Absent by default, and
 * then each place costs one comparison with `undefined`.
 */

import type { ExitReason } from "./exit-reason.ts"
import type { Pid } from "./pid.ts"

/** Why a message reached no handler. */
export type UndeliveredCause = "overflow" | "ended" | "unavailable" | "denied" | "unhandled"

/** A message that no handler will have. */
export interface DeadLetter {
  readonly type: "dead_letter"
  /** Whom it was for: a service id, a name or a pid. */
  readonly target: string
  /** Of one to a service its sort alone, as `{ sort: "an Object" }`: what its callers send is theirs. */
  readonly message: unknown
  /** Why nobody has it. */
  readonly cause: UndeliveredCause
}

/** What the kernel itself reports; the layers above add their own (see `InspectionEvent`). */
export type KernelEvent =
  /** A process was started, by the process `parent` or by the program. */
  | { readonly type: "spawned"; readonly pid: Pid; readonly label: string; readonly parent: Pid | undefined }
  /** A process has ended. */
  | { readonly type: "exited"; readonly pid: Pid; readonly label: string; readonly reason: ExitReason }
  | DeadLetter
  /** A message found an inbox of that capacity full; `rule` is that of the inbox. */
  | { readonly type: "overflow"; readonly target: string; readonly capacity: number; readonly rule: string }
  /** The time of a request was over. */
  | { readonly type: "timed_out"; readonly target: string; readonly operation: string }
  /** A reply came after its request was settled, and was dropped. */
  | { readonly type: "late_reply"; readonly target: string; readonly operation: string }

export type Trace<Event extends { readonly type: string } = { readonly type: string }> = (event: Event) => void
