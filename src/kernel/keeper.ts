/** Who keeps a process running: its supervisor, as far as the process has to tell it something. */

import type { ExitReason } from "./exit-reason.ts"

/** A process, as its pid and its keeper know it. */
export interface Incarnation {
  /** Tells the runtimes of one program apart. */
  readonly kernel: object
}

/** What follows after an end. `next`: another one, for which messages wait; `later`: one, but only with another supervisor; `never`: none. */
export type Sequel = "next" | "later" | "never"

export interface Keeper {
  /** It has told its process to end, and waits for that. */
  readonly awaitsEnd: boolean
  /** What follows after an end of that reason, as far as can be told before. */
  sequel(reason: ExitReason): Sequel
  /** It has started, or has ended before it had; then `failure` says why. Told once. */
  startSettled(process: Incarnation, failure: ExitReason | undefined): void
  /** It was told to drain, and is told to stop now: it has served what it had accepted, or its time to do so is over. Told once. */
  stopping(process: Incarnation): void
  /** It has ended. Its links have told of that, too. */
  ended(process: Incarnation, reason: ExitReason): void
}
