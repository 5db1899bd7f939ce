/** On whose behalf a mailbox is held. */

import type { Origin } from "../kernel/envelope.ts"
import type { PigeonholeError } from "../kernel/errors.ts"
import type { Inbox } from "../kernel/inbox.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { Process } from "../kernel/process.ts"
import type { Identity } from "../security/gate.ts"
import type { MailboxRoute } from "./mailbox.ts"

/** Who holds the mailbox. */
export interface Holder extends Identity {
  /** The process on whose death it is given back; `undefined` for a caller outside. */
  readonly caller: Process | undefined
}

/** What stands behind a mailbox, for what is told its holder beside answers. */
export interface Hold {
  readonly origin: Origin
  readonly caller: Process | undefined
  readonly inbox: Inbox
  readonly kernel: Kernel
  /** What refuses an operation that posts nothing, as it would refuse a request. */
  refusal(route: MailboxRoute, argument: unknown): PigeonholeError | undefined
}
