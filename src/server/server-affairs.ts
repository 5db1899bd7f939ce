/**
 * What a server has only where it uses it: continuations, messages put aside, handlers that run side by side, an idle timeout.
 * Made when it is first needed, as a process's `Affairs` are.
 */

import type { Envelope } from "../kernel/envelope.ts"
import { invalid } from "../kernel/errors.ts"
import type { Inbox } from "../kernel/inbox.ts"
import type { Boxed } from "../kernel/thenable.ts"
import { stashError } from "../process/stash.ts"
import type { Mark } from "./bad-return.ts"
import { Continuations } from "./continuations.ts"
import { handlerOf, isInternal } from "./handler-of.ts"
import type { HandlersBeside } from "./handlers-beside.ts"
import type { IdleTimer } from "./idle-timer.ts"

export class ServerAffairs {
  readonly continuations: Continuations
  beside: HandlersBeside | undefined = undefined
  idle: IdleTimer | undefined = undefined
  /** What the handlers that run have asked for, by their messages: also after an `await` it is known what was asked for before. */
  readonly #marks = new Map<Envelope, Mark>()
  /** Messages among them that will be put aside once their handlers are done. */
  #stashing = 0

  readonly #holders = new Map<PromiseLike<unknown>, string>()

  constructor(inbox: Inbox) {
    this.continuations = new Continuations(inbox)
  }

  /** What is at work with the state beside the handlers: a `terminate` or a `migrate`, though nobody may wait for it any more. */
  get holder(): string | undefined {
    return this.#holders.values().next().value
  }

  /** `work` has been given the state until it is done. Gives it as a promise, in a box: a thenable may do its work anew whenever it is asked. */
  holds<T>(holder: string, work: PromiseLike<T>): Promise<Boxed<T>> {
    const promise = new Promise<Boxed<T>>((resolve, reject) => work.then((value) => resolve({ value }), reject))
    const done = (): void => void this.#holders.delete(promise)
    this.#holders.set(promise, holder)
    promise.then(done, done)
    return promise
  }

  /** Whether a handler has asked for anything that its return value must fit. */
  get isMarked(): boolean {
    return this.#marks.size > 0
  }

  /** The handler of this message is done: gives what it has asked for. */
  takeMark(envelope: Envelope): Mark {
    if (this.#marks.size === 0) return undefined
    const mark = this.#marks.get(envelope)
    if (mark !== undefined) this.#marks.delete(envelope)
    if (mark === "stashed") this.#stashing -= 1
    return mark
  }

  /** Whether the handler of this message has asked for it to be put aside. */
  isStashing(envelope: Envelope): boolean {
    return this.#marks.get(envelope) === "stashed"
  }

  /** The handler of this message has asked for a `Deferred`. */
  deferred(envelope: Envelope): void {
    if (this.#marks.get(envelope) === "stashed") throw invalid("defer", "follows self.stash(): the message will be handled again")
    if (envelope.isRequest) this.#marks.set(envelope, "deferred")
  }

  /** The handler of this message has asked for it to be put aside: from now on it has its place there. */
  stashed(envelope: Envelope, inbox: Inbox, capacity: number): void {
    const mark = this.#marks.get(envelope)
    if (mark === "stashed") return
    if (mark === "deferred") throw invalid("stash", "follows self.defer(): the message is handled already")
    if (isInternal(envelope)) throw invalid("stash", `is of no use in ${handlerOf(envelope)}: it handles no message`)
    const hasRoom = inbox.hasRoomAside(capacity, this.#stashing) || inbox.hasRoomAside(capacity, this.#countStashing())
    if (!hasRoom) throw stashError(inbox.label, capacity)
    this.#marks.set(envelope, "stashed")
    this.#stashing += 1
    inbox.reserveAside(envelope)
  }

  /** Without those whose time has run out: they will not be put aside. Cost O(handlers that run). */
  #countStashing(): number {
    return Array.from(this.#marks).filter(([envelope, mark]) => mark === "stashed" && !envelope.isSettled).length
  }
}
