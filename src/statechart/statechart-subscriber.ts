/** Who wants to be told of a machine, and by which right: the holder of a pid, or of a mailbox. */

import type { Origin, Party } from "../kernel/envelope.ts"
import type { PigeonholeError } from "../kernel/errors.ts"

export interface Subscriber {
  /** The mailbox that it came through; `undefined` for who has a pid. */
  readonly origin: Origin | undefined
  /** The process that it ends with, as far as that is known. */
  readonly caller: Party | undefined
  /** Whether it is giving its mailbox back: it is told nothing until that is decided. */
  readonly isLeaving: boolean
  /** Why it may not be told that; asked anew each time. */
  refusal(told: unknown): PigeonholeError | undefined
}
