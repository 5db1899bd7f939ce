/** The mailbox of a statechart that is a service: events to send, snapshots to ask for and to be told, a state to wait for. */

import type { AnyStateMachine, SnapshotFrom } from "xstate"
import type { AskOptions } from "../kernel/ask-options.ts"
import { audienceFor } from "../statechart/statechart-audience.ts"
import { listener, observer } from "../statechart/statechart-callbacks.ts"
import { eventOf } from "../statechart/statechart-events.ts"
import type { StatechartObserver, StatechartSubscription } from "../statechart/statechart-listener.ts"
import { STATECHART_ROUTES } from "../statechart/statechart-pid.ts"
import { type Emitted, type EmittedType, type EventOf, emittedType, type WaitedFor } from "../statechart/statechart-state.ts"
import type { Subscriber } from "../statechart/statechart-subscriber.ts"
import { Wait } from "../statechart/statechart-wait.ts"
import { holdBehind } from "./attachment.ts"
import type { Guard } from "./guard.ts"
import { Mailbox, type MailboxPort, type MailboxRoute } from "./mailbox.ts"
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
  send(event: EventOf<M>): boolean {
    return this.#port.cast(STATECHART_ROUTES.send, event)
  }

  /**
   * Posts an event and gives the snapshot after it. Needs `statechart.transition`, with the event's type as attribute `event`.
   *
   * Errors  Invalid (the machine takes no such event, or the mailbox is released); PermissionDenied; Internal (it threw); Unavailable;
   *         Timeout; RateLimited.
   */
  transition(event: EventOf<M>, options?: AskOptions): Promise<SnapshotFrom<M>> {
    return this.#port.ask(STATECHART_ROUTES.transition, event, options) as Promise<SnapshotFrom<M>>
  }

  /**
   * The snapshot after all that was posted before. Its `children` are what the actors below were then: they have an `id` and a `getSnapshot`, and
   * cannot be sent to. Needs `statechart.snapshot`. Errors as `transition`.
   */
  snapshot(options?: AskOptions): Promise<SnapshotFrom<M>> {
    return this.#port.ask(STATECHART_ROUTES.snapshot, undefined, options) as Promise<SnapshotFrom<M>>
  }

  /**
   * Whether the machine would take the event now, after all that was posted before; as `StatechartPid.can`. Needs `statechart.can`, with the
   * event's type as attribute `event`.
   */
  can(event: EventOf<M>, options?: AskOptions): Promise<boolean> {
    return this.#port.ask(STATECHART_ROUTES.can, event, options) as Promise<boolean>
  }

  /**
   * The snapshot of the machine once it is in that state; as `StatechartPid.waitFor`. It goes on waiting through a restart, and looks at the
   * next incarnation. Needs `statechart.waitFor`, when it is asked and when it is answered.
   *
   * Errors  PermissionDenied; Timeout; Unavailable (the service is stopped or given up); Canceled (the mailbox was given back); Internal;
   *         Invalid; RateLimited.
   */
  waitFor(state: WaitedFor<M>, options?: AskOptions): Promise<SnapshotFrom<M>> {
    try {
      const wait = new Wait(state, this.#subscriber(STATECHART_ROUTES.waitFor))
      return this.#port.ask(STATECHART_ROUTES.waitFor, wait, options) as Promise<SnapshotFrom<M>>
    } catch (error) {
      return this.#port.refused(error)
    }
  }

  /**
   * Tells of each new snapshot from now on; as `StatechartPid.subscribe`. Needs `statechart.subscribe`, also each time that something is told.
   *
   * Ends    with `unsubscribe`, with the mailbox (from the call of `release` on nothing is told; where that is refused it goes on) or its caller;
   *         with `error`, where the policies allow it no longer (`PermissionDenied`), and where the service is stopped or given up
   *         (`Unavailable`); with `complete`, where it is stopped as its machine is done. It outlives a restart: the first snapshot of
   *         the next incarnation is told.
   * Errors  Invalid; PermissionDenied; Unavailable; RateLimited.
   */
  subscribe(observed: ((snapshot: SnapshotFrom<M>) => unknown) | StatechartObserver<SnapshotFrom<M>>): StatechartSubscription {
    const told = observer(observed, "observer") as StatechartObserver<never> | ((snapshot: never) => unknown)
    return this.#subscribe(STATECHART_ROUTES.subscribe, typeof told === "function" ? { next: told } : told)
  }

  /**
   * Tells of each event of that type which the machine emits, `*` for all; as `StatechartPid.on`. Needs `statechart.on`, with the type as
   * attribute `event`: `*` to ask for all, of which those are told that the policies allow. Ends as `subscribe`.
   */
  on<Type extends EmittedType<M>>(type: Type, told: (event: Emitted<M, Type>) => unknown): StatechartSubscription {
    const [wanted, next] = [emittedType(type, "type"), listener(told, "listener")]
    return this.#subscribe(STATECHART_ROUTES.on, { next }, wanted)
  }

  #subscribe(route: MailboxRoute, observer: StatechartObserver<never>, type?: string): StatechartSubscription {
    const subscriber = this.#subscriber(route)
    const refusal = subscriber.refusal(type === undefined ? undefined : { type })
    if (refusal !== undefined) throw refusal
    const { inbox, kernel } = holdBehind(this.#port)
    return audienceFor(inbox, kernel).subscribe(subscriber, observer, type)
  }

  #subscriber(route: MailboxRoute): Subscriber {
    const port = this.#port
    const { origin, caller, refusal } = holdBehind(port)
    return {
      origin,
      caller,
      get isLeaving() {
        return port.isReleased
      },
      refusal: (told) => refusal(route, told),
    }
  }
}

/** Acquiring it needs `statechart.acquire`. */
export const statechartReception: Reception = {
  kind: "statechart",
  acquireAction: "statechart.acquire",
  routes: Object.values(STATECHART_ROUTES),
  guards: Object.values(STATECHART_ROUTES).map(guardOf),
  hasDetachedHook: false,
  // All that it is sent is an event, which needs permission.
  guard: "all",
  createMailbox: (port: MailboxPort) => new StatechartMailbox(port),
}

/** Only a mailbox waits for a state, by what it has made itself; policies see nothing of that. */
function guardOf({ name }: { readonly name: string }): Guard {
  const action = `statechart.${name}`
  return name === STATECHART_ROUTES.waitFor.name ? { action } : { action, attributes: typeOf, take: ownEvent }
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
