/** On whose behalf a mailbox is held. */

import type { Process } from "../kernel/process.ts"
import type { Identity } from "../security/gate.ts"

/** Who holds the mailbox. */
export interface Holder extends Identity {
  /** The process on whose death it is given back; `undefined` for a caller outside. */
  readonly caller: Process | undefined
}
