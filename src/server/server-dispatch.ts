/**
 * How a server hands each message that calls it by name to its handler, and the handler's result to the caller.
 *
 * This is the data plane. A synchronous handler costs no promise of its own, and what a server does not use costs it one look at a pointer.
 *
 * Not here: what comes without a name (`server-notices.ts`); how a server starts, clears up and changes its code (`server-process.ts`).
 */

import { fail, give, reply } from "../kernel/answer.ts"
import type { Envelope } from "../kernel/envelope.ts"
import { Invalid, invalid } from "../kernel/errors.ts"
import { isPlainAnswer } from "../kernel/facade.ts"
import { carried, thenableOf } from "../kernel/thenable.ts"
import { Failure, isForeignOutcome, Outcome, resistsLook, Stashed } from "../process/outcome.ts"
import { badReturn, isForNobody } from "./bad-return.ts"
import { ConcurrentProcess } from "./concurrent-process.ts"
import { handlerOf, isInternal } from "./handler-of.ts"
import { contracted } from "./reply-contract.ts"
import type { ServerAffairs } from "./server-affairs.ts"
import type { ServerCode, ServerRoute } from "./server-code.ts"
import { handlerSelf, type ServerSelf } from "./server-self.ts"

/** What a handler has returned whose caller's stack had no room to settle it. */
export interface Uncut {
  readonly envelope: Envelope
  readonly result: unknown
}

export abstract class ServerDispatch extends ConcurrentProcess {
  /** Its present code. */
  protected abstract readonly code: ServerCode
  protected abstract readonly ownSelf: ServerSelf
  protected abstract readonly state: unknown
  /** What it has only while something is going on. */
  protected abstract readonly ownAffairs: ServerAffairs | undefined
  protected abstract uncut: Uncut | undefined

  /** It has come without a name: raw, or from the runtime. */
  protected abstract handleUnnamed(envelope: Envelope): void

  protected override handle(envelope: Envelope): void {
    const route = envelope.route as ServerRoute | undefined
    if (route === undefined) return this.handleUnnamed(envelope)
    if (route.definition !== this.code) return this.handleForeign(envelope, route)
    // Only messages have a route, so this is `accept` without its look at the kind.
    envelope.isTaken = true
    this.kernel.counters.handled += 1
    const self = this.code.isConcurrent ? handlerSelf(this.ownSelf, envelope) : this.ownSelf
    const given = route.handler(this.state, envelope.argument as never, self)
    const result =
      route.contract === undefined ? given : contracted(given, route.contract, () => this.ownAffairs?.isStashing(envelope) === true)
    try {
      this.settle(envelope, result)
    } catch (error) {
      this.uncut = { envelope, result }
      throw error
    }
  }

  protected override concludes(envelope: Envelope): boolean {
    const uncut = this.uncut
    this.uncut = undefined
    // What was noted of the request may have been taken up already: of what is put aside, it says where.
    if (uncut?.envelope !== envelope || uncut.result instanceof Stashed) return false
    if (!envelope.isSettled) this.settle(envelope, uncut.result)
    return true
  }

  override routeOf(kind: ServerRoute["kind"], name: string): ServerRoute | undefined {
    return this.code.routes.find((own) => own.kind === kind && own.name === name)
  }

  /** Posted by a name of another definition: the one before a code change. */
  protected abstract handleForeign(envelope: Envelope, route: ServerRoute): void

  protected refuse(envelope: Envelope, field: string, problem: string): void {
    if (!envelope.isRequest) return this.unhandled(envelope)
    fail(envelope, new Invalid(`${this.label} ${problem}`, { details: { field, target: this.label } }))
  }

  protected settle(envelope: Envelope, result: unknown): void {
    if ((typeof result === "object" && result !== null) || typeof result === "function") {
      let work: Promise<unknown> | undefined
      let isPlain = false
      try {
        isPlain = this.ownAffairs?.isMarked !== true && isPlainAnswer(result)
        if (!isPlain && !(result instanceof Outcome)) work = thenableOf(result)
      } catch {
        return this.settleUnreadable(envelope, result)
      }
      // The shortest way for most: it is nothing but data.
      if (isPlain) return give(envelope, result)
      if (work !== undefined) return this.settleLater(envelope, work)
      if (result instanceof Outcome || isForeignOutcome(result)) return this.conclude(envelope, result)
    }
    const answer = carried(result)
    if (this.ownAffairs?.isMarked === true) return this.conclude(envelope, answer)
    give(envelope, answer)
  }

  /** A look at the result runs code of whoever made it, and that may be a caller: what resists the look fails this one request. */
  protected settleUnreadable(envelope: Envelope, result: unknown): void {
    if (this.ownAffairs?.takeMark(envelope) === "stashed") this.putAside(envelope)
    else reply(envelope, result)
  }

  protected override conclude(envelope: Envelope, result: unknown): void {
    if (resistsLook(result)) return this.settleUnreadable(envelope, result)
    const mark = this.ownAffairs?.takeMark(envelope)
    const problem = badReturn(envelope, result, mark)
    if (problem !== undefined) return this.crash(invalid(handlerOf(envelope), problem), envelope)
    if (mark === "stashed") return this.putAside(envelope)
    if (isForNobody(envelope, result)) return this.unhandled(envelope)
    if (result instanceof Failure) fail(envelope, result.error)
    else if (!(result instanceof Outcome)) reply(envelope, result)
  }

  /** One whose time has run out meanwhile is done with. One that was to be put back meanwhile waits again. */
  protected putAside(envelope: Envelope): void {
    if (envelope.isSettled) return
    this.setAside(envelope)
    this.ownAffairs?.continuations.stayFirst()
  }

  protected settleLater(envelope: Envelope, work: PromiseLike<unknown>): void {
    if (this.concurrency > 1 && !isInternal(envelope)) return this.runBeside(envelope, work)
    this.hold(
      work,
      (result) => {
        this.ownAffairs?.idle?.touch()
        this.conclude(envelope, carried(result))
      },
      (error) => this.crash(error),
    )
  }
}
