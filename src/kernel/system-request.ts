/**
 * What the runtime asks of a process between two of its messages: to show its state, to stand still. In order with the messages
 * while the process runs; at once while it is suspended, when no message will be handled.
 *
 * Source  OTP, sys(3), "system messages".
 */

import type { Party } from "./envelope.ts"
import type { PigeonholeError } from "./errors.ts"

export interface SystemRequest {
  /** The process has come to it. Must not throw. */
  serve(process: Party): void
  /** The process has ended first, or begins to; the error says so. */
  abandoned(error: PigeonholeError): void
}
