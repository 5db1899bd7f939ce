/** An event on its way between two actors of a machine, which came while the process had no turn: it goes through the inbox. */

import type { AnyActorRef, EventObject } from "xstate"
import type { Route } from "../kernel/envelope.ts"

export class Relayed implements Route {
  readonly kind = "cast"
  readonly source: AnyActorRef | undefined
  readonly target: AnyActorRef
  readonly event: EventObject

  constructor(source: AnyActorRef | undefined, target: AnyActorRef, event: EventObject) {
    this.source = source
    this.target = target
    this.event = event
  }

  get name(): string {
    return this.event.type
  }
}
