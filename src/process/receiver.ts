/** A receive that waits, and what it may be given: the parts of a plain process that say nothing of its life. */

import type { Alarm } from "../kernel/alarm.ts"
import type { Envelope } from "../kernel/envelope.ts"
import { Tick } from "../kernel/process-timer.ts"
import type { Down } from "../topology/monitors.ts"
import { type Exit, isWanted } from "../topology/topology.ts"

/** What a plain process may find in its inbox: its own messages and what the runtime sends. */
export type Received<Message> = Message | Down | Exit

export interface Receiver<Message> {
  readonly match: ((message: Received<Message>) => boolean) | undefined
  readonly resolve: (message: Received<Message>) => void
  readonly reject: (error: unknown) => void
  /** Whether the message comes in a box of its own; a bare promise can carry no thenable. */
  readonly isBoxed: boolean
  alarm: Alarm | undefined
  /** What its function waits for. */
  promise: Promise<unknown> | undefined
}

/** False for a tick of a cancelled timer and a DOWN of an ended monitor: they are passed over. A DOWN passed on is a message. */
export function isDue({ kind, argument }: Envelope): boolean {
  if (kind !== "signal") return true
  return argument instanceof Tick ? argument.isDue : isWanted(argument)
}

export function messageOf({ argument }: Envelope): unknown {
  return argument instanceof Tick ? argument.message : argument
}
