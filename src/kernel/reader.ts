/** Who reads an inbox, as the inbox and who posts to it know it. */

import type { Envelope, Party } from "./envelope.ts"

export interface Reader extends Party {
  /** Whether it handles each message in its sender's async context. */
  readonly takesContexts: boolean
  /** Whether a request can be served where it is asked. */
  readonly isAtRest: boolean
  /** Sees to it that it gets a turn if there is something that it can do in one. */
  wake(): void
  /** A turn of one message, where it is asked. */
  serveAtOnce(envelope: Envelope): void
}
