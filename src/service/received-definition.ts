/**
 * A definition that says itself how callers get at what it starts. For those of which a part of the package alone knows, so that the
 * runtime can receive them without loading that part: statecharts, which need XState.
 */

import type { Pid } from "../kernel/pid.ts"
import { Definition } from "../process/definition.ts"
import type { Mailbox } from "./mailbox.ts"
import type { Reception } from "./service-record.ts"

export abstract class ReceivedDefinition<in Argument, out Address extends Pid, out M extends Mailbox> extends Definition<
  Argument,
  Address
> {
  /** For the types alone; never set: the mailbox that acquiring it gives. */
  declare readonly Mailbox?: M

  /** @internal */
  abstract get reception(): Reception
}
