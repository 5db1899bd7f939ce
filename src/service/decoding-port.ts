/** What a mailbox's port has for a face that looks at what it posts: the argument as its schema has it, decoded once. */

import type { Route } from "../kernel/envelope.ts"

/** An argument as the `payload` of its operation has made it: made by `MailboxPort.decoded` alone, and posted in the place of the argument. */
export interface DecodedArgument {
  /** What the handler is given. */
  readonly value: unknown
}

/** What a mailbox's port has for a face that looks at what it posts. */
export interface DecodingPort {
  /**
   * What the operation's `payload` makes of an argument, for a face that looks at it before it posts it: at the key which says what partition it is for. `ask`,
   * `cast` and `refusal` of that operation take it in the argument's place, and do not decode it again. Asks no policy. Throws `Invalid` that names the place;
   * also for an operation without a `payload`.
   */
  decoded(route: Route, argument: unknown): DecodedArgument
}
