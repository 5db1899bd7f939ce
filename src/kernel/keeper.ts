/** Who keeps a process running: its supervisor, as far as the process has to tell it something. */

import type { ExitReason } from "./exit-reason.ts"
import type { Process } from "./process.ts"

export interface Keeper {
  /** It has started, or has ended before it had; then `failure` says why. Told once. */
  startSettled(process: Process, failure: ExitReason | undefined): void
  /** It has ended. Its links have told of that, too. */
  ended(process: Process, reason: ExitReason): void
}
