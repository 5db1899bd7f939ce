/** Who is told more of a process than answers, and hears that there will be no more: kept by its inbox, which may outlive the process. */

import type { Origin } from "./envelope.ts"
import type { PigeonholeError } from "./errors.ts"

export interface Audience {
  /** Nobody will read the inbox any more; why, in the words of what waited in it. */
  closed(error: PigeonholeError): void
  /** Whoever posted through this mailbox has given it back. */
  left(origin: Origin): void
}
