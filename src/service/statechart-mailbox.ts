/** The mailbox of a statechart that is a service: events to send, snapshots to ask for. */

import type { AnyStateMachine, EventFrom, SnapshotFrom } from "xstate"
import type { AskOptions } from "../kernel/ask-options.ts"
import { eventOf } from "../statechart/statechart-events.ts"
import { STATECHART_ROUTES } from "../statechart/statechart-pid.ts"
import { Mailbox, type MailboxPort } from "./mailbox.ts"
import type { Guard } from "./service.ts"
import type { Reception } from "./service-record.ts"

/** The mailbox of a statechart: what was sent before a crash, and not handled, is handled by the next incarnation. */
export class StatechartMailbox<in out M extends AnyStateMachine> extends Mailbox {
  readonly #port: MailboxPort

  constructor(port: MailboxPort) {
    super(port)
    this.#port = port
  }

  /** For the types alone; never set. */
  declare readonly Machine?: (machine: M) => M

  /** Posts an event. `false`: refused, and reported as a dead letter. Needs `statechart.send`, with the event's type as attribute `event`. */
  send(event: EventFrom<M>): boolean {
    return this.#port.cast(STATECHART_ROUTES.send, event)
  }

  /**
   * Posts an event and gives the snapshot after it. Needs `statechart.transition`, with the event's type as attribute `event`.
   *
   * Errors  Invalid (the machine takes no such event, or the mailbox is released); PermissionDenied; Internal (it threw); Unavailable;
   *         Timeout; RateLimited.
   */
  transition(event: EventFrom<M>, options?: AskOptions): Promise<SnapshotFrom<M>> {
    return this.#port.ask(STATECHART_ROUTES.transition, event, options) as Promise<SnapshotFrom<M>>
  }

  /** The snapshot after all that was posted before. Needs `statechart.snapshot`. Errors as `transition`. */
  snapshot(options?: AskOptions): Promise<SnapshotFrom<M>> {
    return this.#port.ask(STATECHART_ROUTES.snapshot, undefined, options) as Promise<SnapshotFrom<M>>
  }
}

/** Acquiring it needs `statechart.acquire`. */
export const statechartReception: Reception = {
  kind: "statechart",
  acquireAction: "statechart.acquire",
  routes: Object.values(STATECHART_ROUTES),
  guards: Object.values(STATECHART_ROUTES).map(({ name }): Guard => ({ action: `statechart.${name}`, attributes: typeOf, take: ownEvent })),
  hasDetachedHook: false,
  // All that it is sent is an event, which needs permission.
  guard: "all",
  createMailbox: (port: MailboxPort) => new StatechartMailbox(port),
}

/**
 * An event may carry what cannot be copied, as an actor; of all that it carries policies see its type alone. What is none at this look is none
 * later: it stays here, and an object that says nothing is refused in its place.
 */
function ownEvent(message: object): unknown {
  const event = eventOf(message)
  return event === undefined ? {} : { ...event, type: event.type }
}

function typeOf(message: unknown): { readonly event?: string } {
  const event = eventOf(message)
  return event === undefined ? {} : { event: event.type }
}
