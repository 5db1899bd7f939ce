/**
 * A process that answers system messages: it shows its state, has it replaced, stands still. What extends it can be asked by
 * `runtime.sys`; a plain function, a task or a supervisor has no state that could be shown between two messages.
 *
 * Source  OTP, sys(3).
 */

import type { Envelope } from "../kernel/envelope.ts"
import { isA } from "../kernel/instance.ts"
import type { Pid } from "../kernel/pid.ts"
import { Process } from "../kernel/process.ts"
import { Tick } from "../kernel/process-timer.ts"
import type { SystemRequest } from "../kernel/system-request.ts"
import { isWanted } from "../topology/topology.ts"

/** A message as a trace shows it. */
export interface Delivery {
  /** The handler it is for: `call.add`, `cast.add`, `info`. */
  readonly handler: string
  readonly message: unknown
}

export abstract class SystemProcess extends Process {
  /** The state itself, not a copy. */
  abstract systemState(): unknown

  override get takesContexts(): boolean {
    return (this.contextRule ?? this.kernel.contextRule) === "sender"
  }

  /** As gen_server and gen_statem. */
  override endsWith(pid: Pid): boolean {
    return this.isLinkedToParent && pid === this.parent?.pid
  }

  /** Puts `update` of the state in its place. A throw changes nothing. */
  abstract replaceSystemState(update: (state: unknown) => unknown): void

  /** Whether no handler waits; where one does, it takes no other, and comes to the request before any message once none does. */
  admits(_request: SystemRequest): boolean {
    return true
  }

  /** What its definition says of it in numbers; `undefined` where it says none. Called between two messages; may throw. */
  measure(): unknown {
    return undefined
  }

  /** A request is wanted no more: what was not admitted for its sake may go on. */
  dismiss(): void {}

  /** What a trace shows of a message that is delivered; `undefined` for what no handler sees. */
  delivery(envelope: Envelope): Delivery | undefined {
    return deliveryOf(envelope)
  }
}

/** Of a process that hides none of its messages. */
export function deliveryOf({ kind, route, argument }: Envelope): Delivery | undefined {
  if (route !== undefined) return { handler: `${route.kind}.${route.name}`, message: argument }
  if (kind !== "signal") return { handler: "info", message: argument }
  if (isA(argument, Tick)) return argument.isDue ? { handler: "info", message: argument.message } : undefined
  return isWanted(argument) ? { handler: "info", message: argument } : undefined
}
