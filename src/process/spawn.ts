/** Starting a process from its definition, outside any supervisor. */

import { invalid, shown } from "../kernel/errors.ts"
import type { InboxOptions } from "../kernel/inbox-rules.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import { checkStackRoom } from "../kernel/stack.ts"
import type { Context } from "./context.ts"
import { type Definition, isDefinition } from "./definition.ts"

export interface SpawnContext {
  readonly parent?: Process | undefined
  readonly principal?: unknown
  /** Registered before the process is launched; how errors and reports call it. */
  readonly name?: string | undefined
  readonly inbox?: InboxOptions | undefined
}

/** Of what is known by its pid alone. Said, as what is left out of an object may stand in the prototype of all. */
export const UNNAMED = { name: undefined, inbox: undefined } as const

/**
 * Creates and launches; the process starts at its first turn. Gives its address at once.
 *
 * Errors  AlreadyExists, for a name that is taken; Unavailable, once the application has stopped. Then nothing is launched.
 */
export function spawn<Argument, Address extends Pid>(
  context: Context,
  definition: Definition<Argument, Address>,
  argument: Argument,
  options: SpawnContext,
): Address {
  if (!isDefinition(definition)) {
    throw invalid("definition", `must be made by server or actor; wrap a function: actor(async (self) => …); got ${shown(definition)}`)
  }
  // Before a name is taken: a caller's stack may end in the middle, and where nothing is launched any more it would stay.
  context.kernel.refuseClosed()
  checkStackRoom()
  const { parent, principal, name, inbox } = options
  const process = definition.create(
    context,
    { inbox: context.kernel.inbox(name ?? definition.label ?? "", inbox), parent, principal },
    argument,
  )
  // Started outside of any supervisor, it is its starter's, and so is its async context.
  if ((process.contextRule ?? context.kernel.contextRule) === "sender") process.context = context.kernel.captureContext()
  if (name !== undefined) context.topology.names.register(name, process)
  context.kernel.launch(process, true)
  return process.pid as Address
}
