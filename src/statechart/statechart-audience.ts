/**
 * Those outside who are told of a machine: of its snapshots, of what it emits, and of a state that they wait for. Kept by the inbox, so
 * that those who came through a mailbox of a service go on with its next incarnation.
 *
 * Invariants
 * - They are told when the event is over that the machine has taken, in its order, and before its asker has the answer; outside of any
 *   process's turn, so that they may ask whomever they want.
 * - Together they are as many as messages may wait in the inbox; one too many is refused.
 * - Whoever came through a mailbox is looked at before each word: whether its caller lives, holds the mailbox, and may be told that.
 */

import type { AnyMachineSnapshot, EventObject } from "xstate"
import { fail, reply } from "../kernel/answer.ts"
import { runIn } from "../kernel/async-context.ts"
import type { Audience } from "../kernel/audience.ts"
import type { Envelope, Origin, Party } from "../kernel/envelope.ts"
import { Canceled, Internal, isOurs, type PigeonholeError, RateLimited, thrownText } from "../kernel/errors.ts"
import type { Inbox } from "../kernel/inbox.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { Process } from "../kernel/process.ts"
import { Turn } from "../kernel/turn.ts"
import { StatechartAttendance } from "./statechart-attendance.ts"
import { Listener, type StatechartObserver } from "./statechart-listener.ts"
import { shownTo } from "./statechart-shown.ts"
import type { Subscriber } from "./statechart-subscriber.ts"
import { Wait } from "./statechart-wait.ts"

/** What a machine has to tell: a snapshot, or an event that it emitted. */
type News = { readonly snapshot: AnyMachineSnapshot; readonly startOf: Process | undefined } | { readonly emitted: EventObject }

interface Member {
  readonly listener: Listener<unknown>
  readonly subscriber: Subscriber
  /** The type of emitted events, `*` for all; `undefined`: it is told of snapshots. */
  readonly type: string | undefined
  /** Who read the inbox when it subscribed: whose first snapshot is the present one for it, and nothing new. */
  readonly since: Party | undefined
}

/** Of snapshots only the last one counts. */
const SNAPSHOTS_WAITING = 1
/** Emitted events are told one by one, as long as there is room. */
const EVENTS_WAITING = 1024

/** Waits whose time is over are looked for when there are so many, and then twice as many as are left. */
const LEAST_WAITS = 64

export class StatechartAudience implements Audience {
  readonly #inbox: Inbox
  readonly #kernel: Kernel
  readonly #members = new StatechartAttendance<Member>()
  readonly #waits = new StatechartAttendance<Envelope>()
  #waitsLimit = LEAST_WAITS
  #news: News[] = []
  #isDone = false

  constructor(inbox: Inbox, kernel: Kernel) {
    this.#inbox = inbox
    this.#kernel = kernel
  }

  // -- who is told ---------------------------------------------------------------------------------------------

  /** Throws `RateLimited` where there are too many. */
  subscribe(subscriber: Subscriber, observer: StatechartObserver<never>, type?: string): Listener<unknown> {
    if (!this.#hasRoom()) throw this.#fullError()
    const room = type === undefined ? SNAPSHOTS_WAITING : EVENTS_WAITING
    // What it is told of is what its type says.
    const listener = new Listener({ kernel: this.#kernel, observer: observer as StatechartObserver<unknown>, room })
    const member: Member = { listener, subscriber, type, since: this.#inbox.owner }
    const { origin } = subscriber
    this.#members.add(member, origin)
    listener.joined(() => this.#members.delete(member, origin))
    return listener
  }

  /** Answers the request once the state has come that it waits for, which may be now. */
  wait(envelope: Envelope, snapshot: AnyMachineSnapshot): void {
    if (this.#answer(envelope, snapshot)) return
    if (!this.#hasRoom()) return fail(envelope, this.#fullError())
    if (this.#waits.size >= this.#waitsLimit) this.#forgetSettled()
    this.#waits.add(envelope, envelope.origin)
    this.#kernel.armRequest(envelope)
  }

  /** Whether there is room for one more; where there seems to be none, those are looked for who are gone. Cost O(1), then O(audience). */
  #hasRoom(): boolean {
    const { capacity } = this.#inbox
    if (this.#members.size + this.#waits.size < capacity) return true
    this.#forgetSettled()
    for (const { listener, subscriber } of this.#members) if (subscriber.caller?.status === "ended") listener.unsubscribe()
    return this.#members.size + this.#waits.size < capacity
  }

  #fullError(): RateLimited {
    const { label, capacity } = this.#inbox
    return new RateLimited(`${label} has as many subscriptions and waits as its inbox holds messages (${capacity})`, {
      details: { target: label, capacity },
    })
  }

  #forgetSettled(): void {
    for (const envelope of this.#waits) if (envelope.isSettled) this.#waits.delete(envelope, envelope.origin)
    this.#waitsLimit = Math.max(LEAST_WAITS, this.#waits.size * 2)
  }

  /** Whether the machine is done: then its end is none to complain of. Another incarnation begins anew. */
  concluded(isDone: boolean): void {
    this.#isDone = isDone
  }

  closed(error: PigeonholeError): void {
    const end = this.#isDone ? undefined : error
    for (const { listener } of [...this.#members]) listener.end(end)
    for (const envelope of this.#waits) this.#endWait(envelope, error)
  }

  left(origin: Origin): void {
    for (const { listener } of this.#members.of(origin)) listener.unsubscribe()
    for (const envelope of this.#waits.of(origin)) this.#endWait(envelope, this.#leftError())
  }

  #endWait(envelope: Envelope, error: PigeonholeError): void {
    this.#waits.delete(envelope, envelope.origin)
    if (!envelope.isSettled) fail(envelope, error)
  }

  #leftError(): Canceled {
    const { label } = this.#inbox
    return new Canceled(`the mailbox of ${label} was given back before the state came that it was asked to wait for`, {
      details: { target: label },
    })
  }

  /** Whether there is anybody who may be told something. */
  get isAttended(): boolean {
    return this.#members.size > 0 || this.#waits.size > 0
  }

  // -- what is told --------------------------------------------------------------------------------------------

  /** The machine is in the midst of an event; it is told when that is over. `startOf`: the process that has started with it. */
  noteSnapshot(snapshot: AnyMachineSnapshot, startOf: Process | undefined): void {
    if (this.isAttended) this.#news.push({ snapshot, startOf })
  }

  noteEmitted(emitted: EventObject): void {
    if (this.#members.size > 0) this.#news.push({ emitted })
  }

  /** Tells what has come. */
  tell(): void {
    if (this.#news.length === 0) return
    const news = this.#news
    this.#news = []
    outsideTurn(this.#kernel, () => {
      for (const each of news) this.#tell(each)
    })
  }

  #tell(news: News): void {
    if ("snapshot" in news) for (const envelope of this.#waits) this.#look(envelope, news.snapshot)
    for (const member of [...this.#members]) if (isFor(member, news)) this.#tellMember(member, news)
  }

  #look(envelope: Envelope, snapshot: AnyMachineSnapshot): void {
    if (envelope.isSettled || this.#answer(envelope, snapshot)) this.#waits.delete(envelope, envelope.origin)
  }

  #tellMember({ listener, subscriber, type }: Member, news: News): void {
    if (subscriber.caller?.status === "ended") return listener.unsubscribe()
    if (subscriber.isLeaving) return listener.leaveOut()
    const told = "snapshot" in news ? undefined : news.emitted
    const refusal = listener.inContext(() => subscriber.refusal(told))
    if (refusal === undefined) listener.tell("snapshot" in news ? shownTo(subscriber.origin, news.snapshot) : news.emitted)
    // One that wants all is not told this one; it may be told others.
    else if (type !== "*") listener.end(refusal)
  }

  /** Whether the request has its answer now. What its function throws is its own failure. */
  #answer(envelope: Envelope, present: AnyMachineSnapshot): boolean {
    const wait = envelope.argument
    if (!(wait instanceof Wait)) return true
    const snapshot = shownTo(envelope.origin, present)
    try {
      const isMet = (): boolean => runIn(envelope.context, wait.isMetBy, wait, snapshot)
      if (!outsideTurn(this.#kernel, isMet)) return false
      const refusal = wait.subscriber?.isLeaving === false ? runIn(envelope.context, refusalOf, wait.subscriber) : undefined
      if (refusal === undefined) reply(envelope, snapshot)
      else fail(envelope, refusal)
    } catch (error) {
      fail(envelope, this.#waitError(error))
    }
    return true
  }

  #waitError(error: unknown): PigeonholeError {
    if (isOurs(error)) return error
    const { label } = this.#inbox
    const message = `the function that says what is waited for at ${label} threw ${thrownText(error)}`
    return new Internal(message, { details: { target: label }, cause: error })
  }
}

function refusalOf(this: Subscriber): PigeonholeError | undefined {
  return this.refusal(undefined)
}

function isFor({ type, since }: Member, news: News): boolean {
  if ("snapshot" in news) return type === undefined && (since === undefined || news.startOf !== since)
  return type === "*" || type === news.emitted.type
}

/** Those who are told are in no process's turn: what they ask is not asked by it, and waits for it as anybody does. */
function outsideTurn<Result>(kernel: Kernel, work: () => Result): Result {
  const { turn } = kernel
  kernel.turn = new Turn()
  try {
    return work()
  } finally {
    kernel.turn = turn
  }
}

/** The audience of an inbox; `undefined` where there has been none. */
export function audienceOf({ audience }: Inbox): StatechartAudience | undefined {
  return audience instanceof StatechartAudience ? audience : undefined
}

/** The same, made where there is none. */
export function audienceFor(inbox: Inbox, kernel: Kernel): StatechartAudience {
  const audience = audienceOf(inbox) ?? new StatechartAudience(inbox, kernel)
  inbox.audience = audience
  return audience
}
