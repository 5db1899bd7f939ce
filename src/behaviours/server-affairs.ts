/**
 * What a server has only where it uses it: continuations, messages put aside, handlers that run side by side, an idle timeout.
 * Made when it is first needed, as a process's `Affairs` are.
 */

import type { Envelope } from "../kernel/envelope.ts"
import { invalid } from "../kernel/errors.ts"
import type { Inbox } from "../kernel/inbox.ts"
import type { Mark } from "./bad-return.ts"
import { Continuations } from "./continuations.ts"
import { handlerOf, isInternal } from "./handler-of.ts"
import type { HandlersBeside } from "./handlers-beside.ts"
import type { IdleTimer } from "./idle-timer.ts"
import { stashError } from "./stash.ts"

export class ServerAffairs {
  readonly continuations: Continuations
  beside: HandlersBeside | undefined = undefined
  idle: IdleTimer | undefined = undefined
  /** What the present handler has asked for. */
  #mark: Mark = undefined
  /** Messages that will be put aside once their handlers are done. */
  #stashing = 0

  constructor(inbox: Inbox) {
    this.continuations = new Continuations(inbox)
  }

  takeMark(): Mark {
    const mark = this.#mark
    this.#mark = undefined
    return mark
  }

  /** The present handler has asked for a `Deferred`. */
  deferred(envelope: Envelope): void {
    if (this.#mark === "stashed") throw invalid("defer", "follows self.stash(): the message will be handled again")
    if (envelope.isRequest) this.#mark = "deferred"
  }

  /** The present handler has asked for its message to be put aside. */
  stashed(envelope: Envelope, capacity: number): void {
    if (this.#mark === "stashed") return
    if (this.#mark === "deferred") throw invalid("stash", "follows self.defer(): the message is handled already")
    if (isInternal(envelope)) throw invalid("stash", `is of no use in ${handlerOf(envelope)}: it handles no message`)
    const { asideSize, label } = envelope.inbox
    if (asideSize + this.#stashing >= capacity) throw stashError(label, capacity)
    this.#mark = "stashed"
    this.#stashing += 1
  }

  /** A handler that had asked for it is done. */
  stashDone(): void {
    this.#stashing -= 1
  }
}
