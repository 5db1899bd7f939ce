/** The two ways to post, tell and ask: up to the door of an inbox, or to the process that serves a request where it is asked. */

import { drop } from "./answer.ts"
import type { AsyncContext } from "./async-context.ts"
import { selfAskError } from "./circle.ts"
import type { Counters } from "./counters.ts"
import type { Deadlines } from "./deadlines.ts"
import { Envelope, NO_LIMIT, type Origin, type Party, type Route, type Settle } from "./envelope.ts"
import type { PigeonholeError } from "./errors.ts"
import { answerHeard, hearing, serve } from "./hearing.ts"
import type { Inbox } from "./inbox.ts"
import type { Reader } from "./reader.ts"
import { giveUpBy } from "./request-watch.ts"
import type { Scheduler } from "./scheduler.ts"
import { hasStackRoom } from "./stack.ts"
import type { UndeliveredCause } from "./trace.ts"
import { askerIn, type Turn } from "./turn.ts"
import { refused } from "./unheard.ts"
import type { Workload } from "./workload.ts"

export abstract class Posting {
  abstract readonly scheduler: Scheduler
  abstract readonly cut: object | undefined
  abstract readonly counters: Counters
  abstract readonly keepAnswer: Settle
  abstract readonly workload: Workload | undefined
  abstract turn: Turn
  abstract following: object | undefined
  protected abstract readonly deadlines: Deadlines

  abstract contextOf(inbox: Inbox, route: Route | undefined, isAsk: boolean, origin?: Origin, by?: Party): AsyncContext | undefined
  /** Counts and reports a message that was refused at the door. */
  abstract refuse(target: string, message: unknown, cause: UndeliveredCause): void

  /** Posts without a reply. `false`: refused, and reported as a dead letter. `isOwn`: a process sends it to itself. `sender`: as far as the caller knows. */
  tell(inbox: Inbox, route: Route | undefined, argument: unknown, origin: Origin | undefined, isOwn = false, sender?: Party): boolean {
    const context = inbox.takesContexts || this.following !== undefined ? this.contextOf(inbox, route, false, origin, sender) : undefined
    const envelope = new Envelope("message", inbox, route, argument, origin, undefined, NO_LIMIT, context)
    const error = inbox.post(envelope, isOwn)
    if (error === undefined) return true
    drop(envelope, error)
    const cause = inbox.isDraining ? "unavailable" : "ended"
    this.refuse(inbox.label, inbox.shown(argument), error.kind === "RATE_LIMITED" ? "overflow" : cause)
    return false
  }

  /**
   * Posts and waits for the reply. The promise settles exactly once; it never throws here. A process at rest serves the request where it is asked, if that is
   * outside of any turn and the host need not have its own first (who is heard goes on without the host: then all of them, not the first alone); it takes no
   * room, nor a promise that is settled from outside unless its handler leaves it open. `caller`: the process that asks, as far as the caller knows; in a turn
   * it is known. What can be given up by a `signal` is posted in any case.
   */
  ask(
    inbox: Inbox,
    route: Route | undefined,
    argument: unknown,
    origin: Origin | undefined,
    timeoutMs: number,
    caller?: Party,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const asker = askerIn(this.turn, caller)
    // Served at once too: what its handler does to the context must not be left with its caller. Where there is none to take, no call is made for it.
    const context = inbox.takesContexts || this.following !== undefined ? this.contextOf(inbox, route, true, origin, asker) : undefined
    if (
      signal === undefined &&
      this.turn.process === undefined &&
      (this.scheduler.isIdle || (hearing.listener !== undefined && this.scheduler.isClear && this.cut === undefined)) &&
      inbox.attendant?.isAtRest === true &&
      hasStackRoom()
    ) {
      const request = new Envelope("message", inbox, route, argument, origin, this.keepAnswer, timeoutMs, context, asker)
      return this.#askAtOnce(inbox.attendant, request)
    }
    let resolve: Settle | undefined
    // The compiler sees through this closure and makes none; a second one, for `reject`, would stay. Where the caller's stack ends in it, the promise says so.
    const promise = new Promise<unknown>((settle) => {
      resolve = settle
    })
    if (resolve === undefined) return promise
    const envelope = new Envelope("message", inbox, route, argument, origin, resolve, timeoutMs, context, asker)
    if (asker !== undefined) this.#noteAsker(envelope, promise)
    const refusal = (signal === undefined ? undefined : giveUpBy(envelope, signal)) ?? this.#selfAsk(inbox) ?? inbox.post(envelope)
    if (refusal !== undefined) {
      this.counters.refused += 1
      drop(envelope, refusal)
      return refused(asker, refusal)
    }
    if (timeoutMs !== NO_LIMIT && !inbox.isNoted) this.deadlines.note(inbox)
    hearing.listener?.posted(envelope)
    return promise
  }

  #askAtOnce(process: Reader, envelope: Envelope): Promise<unknown> {
    // Until the drain that follows, others are posted.
    this.scheduler.wakeForOne()
    this.counters.accepted += 1
    serve(process, envelope, this.turn)
    // There is room on the stack for it, as there was before.
    if (this.cut !== undefined) this.scheduler.wake()
    if (!envelope.isSettled) return this.#askOpen(envelope)
    const { answer, failure } = this.turn
    this.turn.answer = undefined
    this.turn.failure = undefined
    return failure === undefined ? answerHeard(answer) : refused(envelope.asker, failure)
  }

  #askOpen(envelope: Envelope): Promise<unknown> {
    const promise = new Promise((settle) => (envelope.resolve = settle))
    if (envelope.asker !== undefined) this.#noteAsker(envelope, promise)
    return promise
  }

  #noteAsker(envelope: Envelope, promise: Promise<unknown>): void {
    envelope.promise = promise
    this.workload?.asked(envelope)
  }

  #selfAsk(inbox: Inbox): PigeonholeError | undefined {
    const { process } = this.turn
    return process !== undefined && inbox.owner === process ? selfAskError(process.label) : undefined
  }
}
