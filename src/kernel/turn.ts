/**
 * What the runtime is doing right now: whose turn it is, the message being handled, and the time of it.
 *
 * Short-lived on purpose, made anew for each drain: to write a fresh message into an old object costs the collector's
 * write barrier, and this is written once a message.
 */

import type { Envelope, Party } from "./envelope.ts"
import type { PigeonholeError } from "./errors.ts"
import { presentProcess } from "./present-process.ts"

/** The clock has not been read for this message. No reading is like it: a clock may start anywhere, below zero too. */
export const UNREAD = Number.NEGATIVE_INFINITY

export class Turn {
  /** `undefined` between two turns. */
  process: Party | undefined = undefined
  /** `undefined` while no handler runs. */
  envelope: Envelope | undefined = undefined
  /** The clock's one reading for the message being handled. */
  now = UNREAD
  /** Whether it is good enough for the next message of this turn, too, where that only looks: nothing that takes its time came behind it. */
  isLasting = false
  /** Whether it is that of a message before. */
  isOld = false
  /** What the request was answered with that is served where it is asked, … */
  answer: unknown = undefined
  /** … or failed with. */
  failure: PigeonholeError | undefined = undefined
  /** Whether the answer is wanted as it is, and no promise of it. */
  isHeard = false

  /** It is that process's from now on, or nobody's. */
  pass(process?: Party, envelope?: Envelope): this {
    this.process = process
    this.envelope = envelope
    this.now = UNREAD
    this.isOld = false
    return this
  }

  /** Another message comes: its reading is its own, but for one that will do. */
  goOn(): void {
    if (!this.isLasting) this.now = UNREAD
    this.isOld = this.isLasting
    this.isLasting = false
  }
}

/** Whose code runs. `caller`: as far as the caller knows; in a turn it is known. */
export function askerIn({ process }: Turn, caller: Party | undefined): Party | undefined {
  return process ?? caller ?? presentProcess()
}
