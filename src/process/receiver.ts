/** A receive that waits, and what it may be given: the parts of a plain process that say nothing of its life. */

import type { Alarm } from "../kernel/alarm.ts"
import type { Envelope } from "../kernel/envelope.ts"
import { isA } from "../kernel/instance.ts"
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

/** The tick of a timer; one that was put aside has become its message, which may be anything. */
export function tickOf({ kind, argument }: Envelope): Tick | undefined {
  return kind === "signal" && isA(argument, Tick) ? argument : undefined
}

/** False for a tick of a cancelled timer and a DOWN of an ended monitor: they are passed over. A DOWN passed on is a message. */
export function isDue(envelope: Envelope): boolean {
  if (envelope.kind !== "signal") return true
  return tickOf(envelope)?.isDue ?? isWanted(envelope.argument)
}

export function messageOf(envelope: Envelope): unknown {
  const tick = tickOf(envelope)
  return tick === undefined ? envelope.argument : tick.message
}
