/** Starting a process from its definition, outside any supervisor. */

import type { InboxOptions } from "../kernel/inbox.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import type { Context } from "./context.ts"
import type { Definition } from "./definition.ts"

export interface SpawnContext {
  readonly parent?: Process | undefined
  readonly principal?: unknown
  readonly label?: string
  readonly inbox?: InboxOptions
}

/** Creates and launches; the process starts at its first turn. Gives its address at once. */
export function spawn<Argument, Address extends Pid>(
  context: Context,
  definition: Definition<Argument, Address>,
  argument: Argument,
  options: SpawnContext,
): Address {
  const { parent, principal, label = "", inbox } = options
  const process = definition.create(context, { inbox: context.kernel.inbox(label, inbox), parent, principal }, argument)
  context.kernel.launch(process)
  return process.pid as Address
}
