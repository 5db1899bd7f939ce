/** What a plain process can do as itself beyond what every process can: receive when it wants to, answer, put messages aside. */

import { invalid, shown } from "../kernel/errors.ts"
import type { Process } from "../kernel/process.ts"
import { refused } from "../kernel/unheard.ts"
import type { Context } from "./context.ts"
import { isDead, refuseDead, rejectDead } from "./dead-self.ts"
import type { Received, Receiver } from "./receiver.ts"
import { Self } from "./self.ts"

/** What a task does: its result is what the function returns. The task ends with it. */
export type TaskWork<Message, Result> = (self: ProcessSelf<Message>) => Result | PromiseLike<Result>

/** What a task of a stream does with its item. */
export type ItemWork<Item, Message, Result> = (item: Item, self: ProcessSelf<Message>) => Result | PromiseLike<Result>

/** How long `receive` waits. */
export interface ReceiveOptions {
  /** Milliseconds to wait; from 0, `Infinity` for no limit. Default: no limit. */
  readonly timeoutMs?: number
}

/** What stands behind a plain process's `self`. */
export interface ProcessPort<Message> extends Process {
  receive(match: Receiver<Message>["match"], options?: ReceiveOptions): Promise<Received<Message>>
  /** The next message, as `for await` wants it. */
  nextResult(): Promise<IteratorResult<Received<Message>>>
  reply(value: unknown): boolean
  readonly requestSignal: AbortSignal
  stash(): void
  unstashAll(): void
}

/** What a plain process can do as itself. */
export class ProcessSelf<Message> extends Self {
  readonly #process: ProcessPort<Message>

  constructor(process: ProcessPort<Message>, context: Context) {
    super(process, context)
    this.#process = process
  }

  /** The messages one after the other, for `for await`. */
  get inbox(): AsyncIterable<Received<Message>> {
    const process = this.#process
    return { [Symbol.asyncIterator]: () => ({ next: () => (isDead(process) ? rejectDead(process) : process.nextResult()) }) }
  }

  /** The next message. Rejects with `Timeout`, or with the exit error when the process is told to end. */
  receive(): Promise<Received<Message>>
  /** The next message that `match` accepts; the others stay, in order. */
  receive(options: ReceiveOptions): Promise<Received<Message>>
  receive<Wanted extends Received<Message>>(
    match: (message: Received<Message>) => message is Wanted,
    options?: ReceiveOptions,
  ): Promise<Wanted>
  receive(match: (message: Received<Message>) => boolean, options?: ReceiveOptions): Promise<Received<Message>>
  receive(
    matchOrOptions?: ((message: Received<Message>) => boolean) | ReceiveOptions,
    options?: ReceiveOptions,
  ): Promise<Received<Message>> {
    if (isDead(this.#process)) return rejectDead(this.#process)
    if (typeof matchOrOptions === "function") return this.#process.receive(matchOrOptions, options)
    if (options === undefined) return this.#process.receive(undefined, matchOrOptions)
    return refused(this.#process, invalid("match", `must be a function; got ${shown(matchOrOptions)}`))
  }

  /** Answers the request received last. `false` where it was none, or is settled. Throws `Invalid` for an outcome, as `failure` makes it. */
  reply(value: unknown): boolean {
    return this.#process.reply(value)
  }

  /**
   * Aborted when nobody waits for the answer to the request received last any more: its asker gave up (`Canceled`), its time is over (`Timeout`),
   * the process that asked has ended (`Canceled`, with `details.asker` and `details.reason`); and with `self.signal`, as this process is to stop
   * or ends. Its `reason` is that error. Once the request is answered, nothing aborts it any more. Where nobody waits for an answer it is
   * `self.signal`.
   *
   * Cost    made when it is first read; a request whose signal nobody reads costs nothing.
   */
  get requestSignal(): AbortSignal {
    return this.#process.requestSignal
  }

  /**
   * Puts the message received last aside: it counts as not received, and who asked goes on waiting.
   *
   * Errors  RateLimited, where `stashCapacity` messages are aside; Invalid, where there is none to put aside.
   */
  stash(): void {
    refuseDead(this.#process)
    this.#process.stash()
  }

  /** Puts all that was put aside before the messages that wait, in the order it came. */
  unstashAll(): void {
    refuseDead(this.#process)
    this.#process.unstashAll()
  }
}
