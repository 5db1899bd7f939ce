/**
 * What a process or a task whose function is an Effect can do as itself: what every process can (`plain`), and the same as Effects where it waits.
 *
 * Invariant: a `receive` that is interrupted, by a time limit say, takes no message with it.
 */

import * as Effect from "effect/Effect"
import type { AskOptions } from "../kernel/ask-options.ts"
import { errorOf, type PigeonholeError } from "../kernel/errors.ts"
import type { Pid } from "../kernel/pid.ts"
import { processBehind } from "../kernel/process-of.ts"
import type { FaceClass } from "../process/context.ts"
import type { FunctionProcess } from "../process/function-process.ts"
import type { ProcessSelf, ReceiveOptions } from "../process/process-self.ts"
import type { Received } from "../process/receiver.ts"
import { Mailbox } from "../service/mailbox.ts"
import { type DurationOptions, inMilliseconds } from "./time-limits.ts"

/** The `self` of a process that is an Effect. */
export class EffectSelf<Message> {
  /** As a plain process has it: spawn, link, monitor, register, tell, stop, stash, …; and, as promises, what is here as Effects. */
  readonly plain: ProcessSelf<Message>

  constructor(plain: ProcessSelf<Message>) {
    this.plain = plain
  }

  get pid(): Pid {
    return this.plain.pid
  }

  /**
   * The next message; with `match`, the next that it accepts, and the others stay in order.
   *
   * Units   timeoutMs: milliseconds, or a duration as "5 seconds". Default: no limit.
   * Errors  Timeout; Conflict, where another receive waits; Invalid; Unavailable, where the process is ending.
   */
  receive(options?: DurationOptions<ReceiveOptions>): Effect.Effect<Received<Message>, PigeonholeError>
  receive<Wanted extends Received<Message>>(
    match: (message: Received<Message>) => message is Wanted,
    options?: DurationOptions<ReceiveOptions>,
  ): Effect.Effect<Wanted, PigeonholeError>
  receive(
    match: (message: Received<Message>) => boolean,
    options?: DurationOptions<ReceiveOptions>,
  ): Effect.Effect<Received<Message>, PigeonholeError>
  receive(
    matchOrOptions?: ((message: Received<Message>) => boolean) | DurationOptions<ReceiveOptions>,
    options?: DurationOptions<ReceiveOptions>,
  ): Effect.Effect<Received<Message>, PigeonholeError> {
    return typeof matchOrOptions === "function" ? this.#receive(matchOrOptions, options) : this.#receive(undefined, matchOrOptions)
  }

  /** Interrupted, it leaves the message for the next receive, and another receive that waits alone. */
  #receive(
    match: ((message: Received<Message>) => boolean) | undefined,
    options: DurationOptions<ReceiveOptions> | undefined,
  ): Effect.Effect<Received<Message>, PigeonholeError> {
    return Effect.callback((resume) => {
      const settle = settling(resume)
      let giveUp = ignore
      const received = new Promise<Received<Message>>((resolve, reject) => {
        giveUp = this.#process.receiveUntil(match, limitOf(options), resolve, reject)
      })
      received.then(settle.value, settle.error)
      return Effect.sync(giveUp)
    })
  }

  get #process(): FunctionProcess<unknown, Message> {
    return processBehind(this.pid) as FunctionProcess<unknown, Message>
  }

  /** Answers the request received last. `false` where it was none, or is settled. */
  reply(value: unknown): Effect.Effect<boolean> {
    return Effect.sync(() => this.plain.reply(value))
  }

  /** Posts a message. `false`: refused, and reported. */
  tell(pid: Pid, message: unknown): Effect.Effect<boolean> {
    return Effect.sync(() => this.plain.tell(pid, message))
  }

  /** Posts a request and waits for the reply; interrupted, it is withdrawn. Errors as `self.ask` of a plain process. */
  ask(pid: Pid, message: unknown, options?: DurationOptions<AskOptions>): Effect.Effect<unknown, PigeonholeError> {
    return Effect.tryPromise({
      try: (signal) => this.plain.ask(pid, message, { signal, ...limitOf(options) }),
      catch: errorOf,
    })
  }

  /**
   * Acquires a mailbox of a service; it is given back by the end of the process, or by its `release`. One that comes after an interruption
   * is given back at once.
   */
  acquire<M = unknown>(
    id: string,
    options?: { readonly as?: FaceClass<M>; readonly key?: string | number },
  ): Effect.Effect<M, PigeonholeError> {
    return Effect.callback((resume) => {
      const settle = settling<M>(resume)
      const acquired = this.plain.acquire(id, options)
      acquired.then(settle.value, settle.error)
      return Effect.sync(() => void acquired.then(giveBack, ignore))
    })
  }
}

function giveBack(mailbox: unknown): void {
  if (mailbox instanceof Mailbox) void mailbox.release().catch(ignore)
}

const ignore = (): void => {}

function limitOf<Options extends { readonly timeoutMs?: number }>(options: DurationOptions<Options> | undefined): Options {
  return inMilliseconds(options ?? {}, ["timeoutMs"]) as Options
}

function settling<Value>(resume: (effect: Effect.Effect<Value, PigeonholeError>) => void) {
  return {
    value: (value: Value): void => resume(Effect.succeed(value)),
    error: (error: unknown): void => resume(Effect.fail(errorOf(error))),
  }
}
