/**
 * What a server has yet to go on with: the arguments of `self.continue`, in the order asked for.
 *
 * Invariant: while one is due, one signal of it stands before all messages that wait.
 *
 * Source  OTP, gen_server: handle_continue/2.
 */

import { Envelope } from "../kernel/envelope.ts"
import type { Inbox } from "../kernel/inbox.ts"

/** What stands in the inbox while one is due. */
export class Continuation {}

export class Continuations {
  readonly #inbox: Inbox
  readonly #arguments: unknown[] = []
  #signal: Envelope | undefined = undefined

  constructor(inbox: Inbox) {
    this.#inbox = inbox
  }

  add(argument: unknown): void {
    this.#arguments.push(argument)
    if (this.#signal === undefined) this.#post()
  }

  /** The signal has come to its turn: gives the first argument. */
  take(): unknown {
    const argument = this.#arguments.shift()
    this.#signal = undefined
    if (this.#arguments.length > 0) this.#post()
    return argument
  }

  /** Messages were put before the others: they still come after what is due. */
  stayFirst(): void {
    if (this.#signal !== undefined) this.#inbox.bringForward(this.#signal)
  }

  #post(): void {
    this.#signal = new Envelope("signal", this.#inbox, undefined, new Continuation(), undefined, undefined)
    this.#inbox.postFirst(this.#signal)
  }
}
