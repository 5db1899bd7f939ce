/**
 * Mailboxes of services as XState actor logic: any machine, whether it runs in a process or not, can invoke a store or a server.
 *
 * Invariants
 * - The mailbox is acquired once an actor, and given back when the actor stops, also where it came only after that.
 * - Every event has one answer: a reply or an error; none comes once the actor has stopped.
 */

import type { ActorLogic, ActorScope, AnyActorRef, EventObject, Snapshot } from "xstate"
import { Invalid, invalid, RateLimited, shown } from "../kernel/errors.ts"
import { callback } from "../kernel/option-fields.ts"
import { entriesOf } from "../kernel/options.ts"
import { settled } from "../kernel/thenable.ts"
import type { Self } from "../process/self.ts"
import { selfOf } from "./self-of.ts"
import { relay } from "./xstate-relay.ts"

/** What is given back when the actor stops: a mailbox. */
export interface Releasable {
  /** Gives it back. */
  release(): Promise<boolean>
}

/** What `acquire` may go by. */
export interface MailboxScope<Input> {
  /** The actor's. */
  readonly input: Input
  /** The process in which the machine runs. Throws `Invalid` where there is none: acquire from a runtime then. */
  readonly self: Self
}

/** By the type of event: what is called on the mailbox. */
export type MailboxCalls<M> = Readonly<Record<string, (mailbox: M, event: never) => unknown>>

type ParameterOf<Call> = Call extends (mailbox: never, event: infer Event) => unknown ? (unknown extends Event ? object : Event) : never

/** The events that can be sent to the actor. */
export type MailboxEvent<Calls> = [keyof Calls] extends [never]
  ? EventObject
  : { [Type in keyof Calls & string]: { readonly type: Type } & ParameterOf<Calls[Type]> }[keyof Calls & string]

type ReplyTo<Type extends string, Call> = Call extends (...parameters: never[]) => infer Result
  ?
      | {
          readonly type: `${Type}.reply`
          readonly value: Awaited<Result>
          /** What it answers. */
          readonly event: { readonly type: Type } & ParameterOf<Call>
        }
      | { readonly type: `${Type}.error`; readonly error: unknown; readonly event: { readonly type: Type } & ParameterOf<Call> }
  : never

/** The events that the invoking machine gets from the actor: `MailboxReply<typeof logic>`, for its `types`. */
export type MailboxReply<Logic> =
  Logic extends MailboxLogic<infer Calls, infer _Input>
    ? { [Type in keyof Calls & string]: ReplyTo<Type, Calls[Type]> }[keyof Calls & string]
    : never

/** What is seen of an invoked mailbox. */
export type MailboxSnapshot<Input> = Snapshot<undefined> & {
  /** What the actor was started with. */
  readonly input: Input
}

/** Actor logic that `fromMailbox` makes. */
export interface MailboxLogic<Calls, Input> extends ActorLogic<MailboxSnapshot<Input>, MailboxEvent<Calls>, Input> {
  /** For the types alone; never set. */
  readonly Calls?: Calls
}

/** Events that may wait for the mailbox to be acquired. */
const WAITING_LIMIT = 1024

const ACQUIRED = "xstate.mailbox.acquired"
const REFUSED = "xstate.mailbox.refused"

/**
 * Makes a mailbox something that a machine can invoke or spawn.
 *
 * It is acquired when the actor starts and released when it stops. An event that is sent to the actor becomes the call of its type;
 * what the call comes to goes to the invoking machine as `TYPE.reply`, with `value`, or `TYPE.error`, with `error`; both carry the `event`
 * they answer. Calls are made in the order of the events, answers come as the calls are done. Events that come before the mailbox does
 * wait for it, up to 1024.
 *
 * Errors  as the actor's error: what `acquire` rejects with.
 *
 * @example
 * import { createActor, sendTo, setup } from "xstate"
 * const users = fromMailbox(() => runtime.acquire("app:cache"), {
 *   FIND: (mailbox, event: { id: string }) => mailbox.get(event.id),
 * })
 * const machine = setup({ types: { events: {} as MailboxReply<typeof users> }, actors: { users } }).createMachine({
 *   invoke: { src: "users", id: "users" },
 *   entry: sendTo("users", { type: "FIND", id: "user:1" }),
 *   on: { "FIND.reply": { actions: ({ event }) => event.value satisfies User | undefined } },
 * })
 * createActor(machine).start().stop()
 */
export function fromMailbox<M extends Releasable, Calls, Input = undefined>(
  acquire: (scope: MailboxScope<Input>) => PromiseLike<M>,
  calls: Calls & MailboxCalls<M>,
): MailboxLogic<Calls, Input>
export function fromMailbox(
  acquire: (scope: MailboxScope<unknown>) => PromiseLike<Releasable>,
  calls: MailboxCalls<Releasable>,
): ActorLogic<AnySnapshot, EventObject, unknown> {
  if (typeof acquire !== "function") throw invalid("acquire", `must be a function that acquires a mailbox; got ${shown(acquire)}`)
  const read = entriesOf(calls, "calls").map(([type, call]) => [type, callback<AnyCall>()(call, `calls.${type}`)] as const)
  return logicOf(acquire, new Map(read))
}

type AnySnapshot = MailboxSnapshot<unknown>
type Scope = ActorScope<AnySnapshot, EventObject>
type AnyCall = (mailbox: Releasable, event: never) => unknown

function logicOf(
  acquire: (scope: MailboxScope<unknown>) => PromiseLike<Releasable>,
  calls: ReadonlyMap<string, AnyCall>,
): ActorLogic<AnySnapshot, EventObject, unknown> {
  const leases = new WeakMap<AnyActorRef, Lease>()
  return {
    config: acquire,
    getInitialSnapshot: (_scope, input) => ({ status: "active", output: undefined, error: undefined, input }),
    start: (snapshot, { self }) => {
      if (snapshot.status === "active") leases.set(self, new Lease(self, calls, acquire(scopeOf(self, snapshot.input))))
    },
    transition: (snapshot, event, { self }) => {
      const lease = leases.get(self)
      if (lease === undefined) return snapshot
      if (event.type === "xstate.stop") {
        lease.end()
        return { ...snapshot, status: "stopped", output: undefined, error: undefined }
      }
      if (event.type === REFUSED && "error" in event) return { ...snapshot, status: "error", output: undefined, error: event.error }
      if (event.type === ACQUIRED) lease.serveWaiting()
      else lease.serve(event)
      return snapshot
    },
    getPersistedSnapshot: (snapshot) => snapshot,
    // It was made by the function above.
    restoreSnapshot: (persisted) => persisted as AnySnapshot,
  }
}

function scopeOf(actor: Scope["self"], input: unknown): MailboxScope<unknown> {
  return {
    input,
    get self() {
      return selfOf(actor)
    },
  }
}

/** What the actor tells the machine, or itself. */
interface Told extends EventObject {
  readonly [field: string]: unknown
}

/** One actor's hold of a mailbox. */
class Lease {
  readonly #actor: Scope["self"]
  readonly #calls: ReadonlyMap<string, AnyCall>
  #mailbox: Releasable | undefined = undefined
  #waiting: EventObject[] = []
  #isOver = false

  constructor(actor: Scope["self"], calls: ReadonlyMap<string, AnyCall>, acquiring: PromiseLike<Releasable>) {
    this.#actor = actor
    this.#calls = calls
    settled(acquiring, (mailbox) => this.#acquired(mailbox)).catch((error) => this.#tell(actor, { type: REFUSED, error }))
  }

  /** Whatever has no answer yet gets none. */
  end(): void {
    this.#isOver = true
    if (this.#mailbox !== undefined) giveBack(this.#mailbox)
  }

  serve(event: EventObject): void {
    if (this.#mailbox !== undefined) this.#call(this.#mailbox, event)
    else if (this.#waiting.length < WAITING_LIMIT) this.#waiting.push(event)
    else this.#answer({ type: `${event.type}.error`, error: waitingError(), event })
  }

  serveWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const event of waiting) this.serve(event)
  }

  #acquired(mailbox: Releasable): void {
    if (this.#isOver) return giveBack(mailbox)
    this.#mailbox = mailbox
    // Calls are made where events are handled, in the machine's own turn.
    this.#tell(this.#actor, { type: ACQUIRED })
  }

  async #call(mailbox: Releasable, event: EventObject): Promise<void> {
    const { type } = event
    try {
      const call = this.#calls.get(type)
      if (call === undefined) throw new Invalid(`there is no call for ${shown(type)}`, { details: { field: "event.type" } })
      await settled(call(mailbox, event as never), (value) => this.#answer({ type: `${type}.reply`, value, event }))
    } catch (error) {
      this.#answer({ type: `${type}.error`, error, event })
    }
  }

  #answer(answer: Told): void {
    if (this.#actor._parent !== undefined) this.#tell(this.#actor._parent, answer)
  }

  #tell(target: AnyActorRef, event: Told): void {
    if (!this.#isOver) relay(this.#actor.system, this.#actor, target, event)
  }
}

/** Whether it is let go is the service's policy's matter; one that fails is told of in the inspection stream. */
function giveBack(mailbox: Releasable): void {
  mailbox.release().catch(() => {})
}

function waitingError(): RateLimited {
  return new RateLimited(`${WAITING_LIMIT} events wait for the mailbox to be acquired`, { details: { capacity: WAITING_LIMIT } })
}
