/**
 * A mailbox that a scope holds: what it is asked is an Effect.
 *
 * Not here: how it is acquired and given back (`acquiring.ts`); faces of stores (`actors/effect`).
 */

import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { AskOptions } from "../kernel/ask-options.ts"
import { invalid, shown } from "../kernel/errors.ts"
import { checkOptions } from "../kernel/options.ts"
import type { Principal } from "../security/principal.ts"
import type { Mailbox } from "../service/mailbox.ts"
import { asking, askingBySignal } from "./asking.ts"
import type { RuntimeError } from "./runtime-error.ts"
import { timeLimitOf } from "./time-limits.ts"

/** How long one request waits. An interruption withdraws it sooner. */
export interface WaitOptions {
  /** How long to wait for the answer, more than 0; then it fails with `Timeout`. `"Infinity"` for no limit. Default 5 seconds. */
  readonly timeout?: Duration.Input | undefined
}

/** In the runtime's words; `undefined` where nothing is said. Throws `Invalid`. */
export function askOptionsOf(options: WaitOptions | undefined): AskOptions | undefined {
  if (options === undefined) return undefined
  const { timeout } = checkOptions(options, ["timeout"])
  return timeout === undefined ? undefined : { timeoutMs: timeLimitOf(timeout, "timeout") }
}

/** A mailbox that is held by a scope, and given back when that closes. */
export class Acquired<out M extends Mailbox> {
  /** As plain TypeScript has it: its operations give promises. It belongs to the scope; give it back to nobody else. */
  readonly mailbox: M

  constructor(mailbox: M) {
    this.mailbox = mailbox
  }

  /** The service's id. */
  get id(): string {
    return this.mailbox.id
  }

  /** Whom it was acquired as; policies judge by that, whoever uses it. */
  get principal(): Principal {
    return this.mailbox.principal
  }

  /** Whether it was given back. */
  get isReleased(): boolean {
    return this.mailbox.isReleased
  }

  /**
   * Asks something of the mailbox. An interruption withdraws the requests that `ask` has posted at once; what it posts after a wait of its own it posts with the
   * signal, which is aborted then.
   *
   * Errors  those of the runtime, by their tags; what else is thrown is a defect.
   * Cost    of an answer that is there at once: no fiber is suspended.
   *
   * @example
   * import { Effect } from "effect"
   * import { Mailbox, Pigeonhole } from "pigeonhole/effect"
   * const program = Effect.gen(function* () {
   *   const cache = yield* Mailbox.acquire("app:cache", { as: StoreMailbox })
   *   return yield* cache.use((mailbox) => mailbox.has("user:1"))
   * })
   * await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(Pigeonhole.layer({ "app:cache": store() })))) // => false
   */
  use<A>(ask: (mailbox: M, signal: AbortSignal) => PromiseLike<A>): Effect.Effect<A, RuntimeError> {
    const { mailbox } = this
    if (typeof ask !== "function") return Effect.fail(invalid("ask", `must be a function; got ${shown(ask)}`))
    // Most look at no signal, and it would cost more than the request.
    if (ask.length < 2) return asking(() => (ask as (mailbox: M) => PromiseLike<A>)(mailbox))
    return askingBySignal((signal) => ask(mailbox, signal))
  }

  /** Posts something to the mailbox, as a cast. `false`: refused, and reported. */
  post(post: (mailbox: M) => boolean): Effect.Effect<boolean> {
    if (typeof post !== "function") return Effect.die(invalid("post", `must be a function; got ${shown(post)}`))
    return Effect.sync(() => post(this.mailbox))
  }
}
