/**
 * The right to post to a service, seen from outside: what `acquire` returns. Bound to a caller, a principal and a service id; it outlives restarts.
 *
 * Extend it to give a service a face of its own; `ask` and `post` are what the face is made of. Whoever holds a mailbox may reach them too, as
 * `protected` is the compiler's word alone; but they take nothing but a route of the service, which its author keeps.
 */

import type { AskOptions } from "../kernel/ask-options.ts"
import { mark } from "../kernel/copies.ts"
import type { Route } from "../kernel/envelope.ts"
import type { PigeonholeError } from "../kernel/errors.ts"
import type { Principal } from "../security/principal.ts"
import type { DecodingPort } from "./decoding-port.ts"

/** One of the names that a service can be called by; `index` is its position among them. */
export interface MailboxRoute extends Route {
  /** Its position among the names of the service. */
  readonly index: number
}

/** What stands behind a mailbox: the attachment, as far as its face needs it. */
export interface MailboxPort extends DecodingPort {
  /** The attachment's number, unique within the runtime; those of one mailbox to several partitions have the same. */
  readonly id: number
  /** The service's id. */
  readonly service: string
  /** Whom its caller acts as. */
  readonly principal: Principal
  /** Whether it was given back, or is about to be. */
  readonly isReleased: boolean
  /** Why a service that starts cannot answer before this caller has started, which it waits for; `undefined` where it does not. */
  bootDeadlock(): PigeonholeError | undefined
  /** Posts a request, if it is permitted, and waits for the reply. */
  ask(route: MailboxRoute, argument: unknown, options?: AskOptions): Promise<unknown>
  /** Posts a message, if it is permitted. `false`: refused, and reported. */
  cast(route: MailboxRoute, argument: unknown): boolean
  /**
   * Why the policies would not let it post the request now; `undefined`: they would. A denial is reported. Posts nothing: for what its caller is told
   * beside answers, and later than it has asked.
   */
  refusal(route: MailboxRoute, argument: unknown): PigeonholeError | undefined
  /** The answer to a request that is not posted; where its caller is a process that ends, it is no unhandled rejection. Throws what `isCutShort`. */
  refused(error: unknown): Promise<never>
  /** A promise that the face makes of answers and of work between them: where its caller is a process that ends, it is no unhandled rejection. */
  unheardAfterEnd<T>(work: Promise<T>): Promise<T>
  /** The function, to be called in the async context of whoever asks for this now: for what a caller hands over and the service calls in a turn of its own. */
  inContext<Parameters extends unknown[], Result>(callback: (...parameters: Parameters) => Result): (...parameters: Parameters) => Result
  /** As `Mailbox.release`. */
  release(): Promise<boolean>
}

/** The right to post to a service; what `acquire` returns. It outlives restarts of the process behind it. */
export abstract class Mailbox {
  readonly #port: MailboxPort

  static {
    mark(Mailbox, "mailbox")
  }

  constructor(port: MailboxPort) {
    this.#port = port
  }

  /** The service's id. */
  get id(): string {
    return this.#port.service
  }

  /** Whom its caller acts as; policies judge by that. */
  get principal(): Principal {
    return this.#port.principal
  }

  /** Whether it was given back, from the call of `release` on, or its caller has ended. */
  get isReleased(): boolean {
    return this.#port.isReleased
  }

  /** `StoreMailbox(app:cache)`; once it is given back, `StoreMailbox(app:cache, released)`. */
  toString(): string {
    return `${this.constructor.name}(${this.id}${this.isReleased ? ", released" : ""})`
  }

  /** As Node's `inspect` and console show it: the same, and nothing of what stands behind it. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }

  /** The number under which the service knows this mailbox. */
  protected get attachment(): number {
    return this.#port.id
  }

  /**
   * Gives the mailbox back: posts a detach message behind all that was posted before, and waits for what the supervisor's policy decides. `true`: detached;
   * `false`: refused, and the mailbox goes on. Again: `true`.
   */
  release(): Promise<boolean> {
    return this.#port.release()
  }

  /** Releases on leaving an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#port.release()
  }

  /** Why the answer would wait for the caller: it is being started by what it asks. `undefined`: it would not. */
  protected bootDeadlock(): PigeonholeError | undefined {
    return this.#port.bootDeadlock()
  }

  /** Posts a call and waits for the reply. The permission is checked before the message takes room. */
  protected ask(route: MailboxRoute, argument: unknown, options?: AskOptions): Promise<unknown> {
    return this.#port.ask(route, argument, options)
  }

  /** Posts a cast. `false`: refused, and reported. */
  protected post(route: MailboxRoute, argument: unknown): boolean {
    return this.#port.cast(route, argument)
  }
}
