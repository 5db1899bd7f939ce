/** The address of a statechart process: events to send, snapshots to ask for and to be told, a state or the output to wait for. */

import type { AnyStateMachine, OutputFrom, SnapshotFrom } from "xstate"
import { askPid, guardedError } from "../kernel/ask.ts"
import type { AskOptions } from "../kernel/ask-options.ts"
import type { Route } from "../kernel/envelope.ts"
import { Invalid } from "../kernel/errors.ts"
import { type ExitReason, exitError, toldToOthers } from "../kernel/exit-reason.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { goneError, Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import { processOf } from "../kernel/process-of.ts"
import { handedOver } from "../kernel/thenable.ts"
import { refused, unheardAfterEnd } from "../kernel/unheard.ts"
import { checkResult } from "../process/outcome.ts"
import { audienceFor } from "./statechart-audience.ts"
import { listener, observer } from "./statechart-callbacks.ts"
import type { StatechartObserver, StatechartSubscription } from "./statechart-listener.ts"
import { type Emitted, type EmittedType, type EventOf, emittedType, type WaitedFor } from "./statechart-state.ts"
import type { Subscriber } from "./statechart-subscriber.ts"
import { Wait } from "./statechart-wait.ts"

/** What can be asked of a statechart by name, in the order of the indices. */
export const STATECHART_ROUTES = {
  /** An event, answered with the snapshot after it. */
  transition: { name: "transition", kind: "call", index: 0, isOfEvents: true },
  /** The snapshot as it is. */
  snapshot: { name: "snapshot", kind: "call", index: 1 },
  send: { name: "send", kind: "cast", index: 2, isOfEvents: true },
  /** Whether the machine takes an event as it is. */
  can: { name: "can", kind: "call", index: 3 },
  /** The snapshot, once a state has come. */
  waitFor: { name: "waitFor", kind: "call", index: 4 },
  /** To be told of snapshots; never posted. */
  subscribe: { name: "subscribe", kind: "call", index: 5 },
  /** To be told of what is emitted; never posted. */
  on: { name: "on", kind: "call", index: 6 },
} as const satisfies Readonly<Record<string, Route & { readonly index: number }>>

/** What a machine that is done has come to. */
export interface Conclusion {
  readonly output: unknown
}

let conclude: (pid: Pid, output: unknown) => void
let conclusionBehind: (pid: Pid) => Conclusion | undefined

/** The address of a statechart process. The event may be told and asked by `runtime.tell` and `runtime.ask` as well. */
export class StatechartPid<in out M extends AnyStateMachine> extends Pid {
  readonly #kernel: Kernel
  #conclusion: Conclusion | undefined = undefined

  static {
    conclude = (pid, output) => {
      if (pid instanceof StatechartPid) pid.#conclusion = { output }
    }
    conclusionBehind = (pid) => (pid instanceof StatechartPid ? pid.#conclusion : undefined)
  }

  constructor(id: number, process: Process) {
    super(id, process)
    this.#kernel = process.kernel
  }

  /** Posts an event. `false`: refused (the process has ended, or its inbox is full), and reported as a dead letter. */
  send(event: EventOf<M>): boolean {
    return this.#kernel.send(this, undefined, event)
  }

  /**
   * Posts an event and gives the snapshot after it.
   *
   * Errors  Invalid (the machine takes no such event); Internal (it threw); Unavailable (it has ended); Timeout; RateLimited.
   */
  transition(event: EventOf<M>, options?: AskOptions): Promise<SnapshotFrom<M>> {
    return askPid(this, undefined, event, options, this.#kernel) as Promise<SnapshotFrom<M>>
  }

  /** The snapshot after all that was posted before. Errors: Unavailable; Timeout; RateLimited. */
  snapshot(options?: AskOptions): Promise<SnapshotFrom<M>> {
    return askPid(this, STATECHART_ROUTES.snapshot, undefined, options, this.#kernel) as Promise<SnapshotFrom<M>>
  }

  /**
   * Whether the machine would take the event now, after all that was posted before: as XState's `snapshot.can`, by asking guards, and changing
   * nothing.
   *
   * Errors  Internal (a guard threw; the machine goes on); Invalid (no event); Unavailable; Timeout; RateLimited.
   */
  can(event: EventOf<M>, options?: AskOptions): Promise<boolean> {
    return askPid(this, STATECHART_ROUTES.can, event, options) as Promise<boolean>
  }

  /**
   * The snapshot of the machine once it is in that state, at once where it is; or once a function says so, which must change nothing. A state
   * that is passed through within one event is none.
   *
   * Units   timeoutMs: milliseconds; default 5000, `Infinity` for no limit.
   * Order   after all that was posted before.
   * Errors  Timeout; Unavailable (it ends before); Internal (the function threw); Invalid (the machine has no such state); RateLimited (as many
   *         wait and listen as the inbox holds messages, or it is full).
   * Cost    a look at each snapshot; nothing once it is settled.
   *
   * @example
   * import { createMachine } from "xstate"
   * const door = statechart(createMachine({ initial: "shut", states: { shut: { after: { 50: "open" } }, open: {} } }))
   * const { value } = await runtime.spawn(door).waitFor("open", { timeoutMs: 1000 })
   * value // => "open"
   */
  waitFor(state: WaitedFor<M>, options?: AskOptions): Promise<SnapshotFrom<M>> {
    try {
      return askPid(this, STATECHART_ROUTES.waitFor, new Wait(state), options) as Promise<SnapshotFrom<M>>
    } catch (error) {
      return refused(this.#kernel.turn.process, error)
    }
  }

  /**
   * Tells of each new snapshot from now on, once the event that made it is over; of an event that changes nothing, nothing. For the present
   * one, ask `snapshot`.
   *
   * Bound   a listener that gives a promise is told no more until that is settled, and then the latest snapshot: `missed` of the subscription
   *         counts those left out before it.
   * Ends    with `unsubscribe`, and with the process: `complete` where the machine is done, `error` with `Unavailable` otherwise. Where it is
   *         called in the synchronous part of a process's handler, with that process, too.
   * Context the async context in which it is called. What a listener throws or rejects with is logged, at a bounded rate, and changes nothing.
   * Errors  Invalid; Unavailable (it has ended); PermissionDenied (a service: acquire its mailbox); RateLimited, as `waitFor`.
   *
   * @example
   * import { createMachine } from "xstate"
   * const light = statechart(createMachine({ initial: "off", states: { off: { on: { PRESS: "on" } }, on: { on: { PRESS: "off" } } } }))
   * const pid = runtime.spawn(light)
   * const seen: unknown[] = []
   * const subscription = pid.subscribe(({ value }) => seen.push(value))
   * await pid.transition({ type: "PRESS" })
   * await pid.transition({ type: "PRESS" })
   * subscription.unsubscribe()
   * seen // => ["on", "off"]
   */
  subscribe(observed: ((snapshot: SnapshotFrom<M>) => unknown) | StatechartObserver<SnapshotFrom<M>>): StatechartSubscription {
    const told = observer(observed, "observer") as StatechartObserver<never> | ((snapshot: never) => unknown)
    return this.#subscribe(STATECHART_ROUTES.subscribe, typeof told === "function" ? { next: told } : told)
  }

  /**
   * Tells of each event of that type which the machine emits, `*` for all, as `subscribe` tells of snapshots; but one by one: up to 1024 wait
   * for a listener that is not done, and then the oldest is left out, and counted.
   */
  on<Type extends EmittedType<M>>(type: Type, told: (event: Emitted<M, Type>) => unknown): StatechartSubscription {
    const [wanted, next] = [emittedType(type, "type"), listener(told, "listener")]
    return this.#subscribe(STATECHART_ROUTES.on, { next }, wanted)
  }

  #subscribe(route: Route, observer: StatechartObserver<never>, type?: string): StatechartSubscription {
    const process = processOf(this)
    if (process === undefined) throw goneError(this)
    if (process.refuses(route)) throw guardedError(process.label)
    const { process: caller } = this.#kernel.turn
    const subscriber: Subscriber = { origin: undefined, caller, isLeaving: false, refusal: () => undefined }
    return audienceFor(process.inbox, process.kernel).subscribe(subscriber, observer, type)
  }

  /**
   * The machine's output, once it is done; also when that was before.
   *
   * Errors  Unavailable, where it ends otherwise: after a crash without its error, which is told to those who watch it; Invalid (a thenable, or a
   *         `failure` or its like, which answers a request: the machine has crashed by it).
   */
  output(): Promise<OutputFrom<M>> {
    const process = processOf(this)
    if (process === undefined) return unheardAfterEnd(this.#kernel.turn.process, this.#settled("noproc"))
    const { promise, resolve } = Promise.withResolvers<OutputFrom<M>>()
    process.onEnded((reason) => resolve(this.#settled(toldToOthers(reason, process.isStarted))))
    return unheardAfterEnd(this.#kernel.turn.process, promise)
  }

  async #settled(reason: ExitReason): Promise<OutputFrom<M>> {
    if (this.#conclusion === undefined) throw exitError(this.toString(), reason)
    checkResult("output", this.#conclusion.output)
    const thenable = (): Invalid => new Invalid(`the output of ${this} is a thenable: it cannot be handed over by a promise`)
    return handedOver(this.#conclusion.output as OutputFrom<M>, thenable)
  }
}

/** Notes what the machine behind the pid has come to. */
export function concludeWith(pid: Pid, output: unknown): void {
  conclude(pid, output)
}

/** What the machine behind a pid has come to; `undefined` where it is not done, or there is none. */
export function conclusionOf(pid: Pid): Conclusion | undefined {
  return conclusionBehind(pid)
}
