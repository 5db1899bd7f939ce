/** What an inbox is made with: how much it holds, who loses where it is full, and for whom it is. */

import { type PigeonholeError, RateLimited } from "./errors.ts"
import { NOTHING_SAID } from "./options.ts"
/** What happens to a message that finds the inbox full; the loser is told or reported in each case. */
export type Overflow = "reject" | "drop_oldest"

/** Whether an inbox is of use to one process only, or handed on to the next incarnation. */
export type InboxLife = "process" | "service"

/** How many messages may wait for a process, and what happens to one too many. */
export interface InboxOptions {
  /** Messages that may wait; at least 1. Default 65 536. */
  readonly capacity?: number
  readonly overflow?: Overflow
}

export const DEFAULT_CAPACITY = 65_536

export interface InboxRules {
  readonly capacity: number
  readonly overflow: Overflow
  readonly life: InboxLife
}

/** Of most processes: one object for all of them. */
const DEFAULT_RULES: InboxRules = { capacity: DEFAULT_CAPACITY, overflow: "reject", life: "process" }

/** One object for all that ask for nothing. */
export function rulesOf(options: InboxOptions | undefined, life: InboxLife): InboxRules {
  if (options === undefined && life === "process") return DEFAULT_RULES
  const { capacity = DEFAULT_CAPACITY, overflow = "reject" } = options ?? (NOTHING_SAID as InboxOptions)
  const isDefault = capacity === DEFAULT_CAPACITY && overflow === "reject" && life === "process"
  return isDefault ? DEFAULT_RULES : { capacity, overflow, life }
}

/** What the sender of a message is told that finds no room, or has lost its place. */
export function overflowError(target: string, { capacity }: InboxRules): PigeonholeError {
  return new RateLimited(`the inbox of ${target} is full (${capacity} messages waiting)`, { details: { target, capacity } })
}
