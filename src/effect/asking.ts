/**
 * A request as an Effect: what a mailbox posts while a function of its caller's runs is waited for by the fiber, without anything in between.
 *
 * Invariants
 * - An answer that is there at once costs no suspended fiber.
 * - An interruption withdraws what was asked; no deadline of it is left, and a handler that has it hears of it by its signal.
 * - What the runtime refuses with is a failure, all else that is thrown a defect.
 */

import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Envelope } from "../kernel/envelope.ts"
import { isOurs } from "../kernel/errors.ts"
import { heardBy, type Listener } from "../kernel/hearing.ts"
import { withdraw } from "../kernel/request-watch.ts"
import type { RuntimeError } from "./runtime-error.ts"
import { isAnswer } from "./typed-answers.ts"

/** Taken hold of when this module is loaded: a test may put a fake in its place. */
const { AbortController: HostController } = globalThis

/** Posts requests, and gives the promise of what they come to. */
export type Ask<A> = () => PromiseLike<A>

/**
 * Calls `ask` and waits for what it gives. Requests that it posts in its synchronous part are withdrawn when the fiber is interrupted.
 *
 * Cost    of an answer that is there at once: no fiber is suspended. Else one callback.
 */
export function asking<A>(ask: Ask<A>): Effect.Effect<A, RuntimeError> {
  return Effect.suspend(() => {
    const heard = new Heard<A>()
    const promise = heard.listen(ask)
    return heard.exit ?? waiting(promise, () => heard.withdraw())
  })
}

/** As `asking`, for what posts requests after it has waited, too: they are to be posted with this signal, which is aborted when the fiber is interrupted. */
export function askingBySignal<A>(ask: (signal: AbortSignal) => PromiseLike<A>): Effect.Effect<A, RuntimeError> {
  return Effect.suspend(() => {
    const controller = new HostController()
    const heard = new Heard<A>()
    const promise = heard.listen(() => ask(controller.signal))
    const over = (): void => {
      controller.abort()
      heard.withdraw()
    }
    return heard.exit ?? waiting(promise, over)
  })
}

/** A failure, where the runtime has refused; a defect, where something else has thrown. */
export function exitOfError(error: unknown): Exit.Exit<never, RuntimeError> {
  return isOurs(error) ? Exit.fail(error as RuntimeError) : Exit.die(error)
}

/** What a request was rejected with: a failure, too, where its handler has declared it. The types of a call say so. */
function exitOfAnswer(error: unknown): Exit.Exit<never, RuntimeError> {
  return isAnswer(error) ? Exit.fail(error as RuntimeError) : exitOfError(error)
}

function waiting<A>(promise: PromiseLike<A>, withdrawAll: () => void): Effect.Effect<A, RuntimeError> {
  return Effect.callback((resume) => {
    promise.then(
      (value) => resume(Exit.succeed(value)),
      (error) => resume(exitOfAnswer(error)),
    )
    return Effect.sync(withdrawAll)
  })
}

const ignore = (): void => {}

/** What was asked, and what is known of it by now. */
class Heard<A> implements Listener {
  exit: Exit.Exit<A, RuntimeError> | undefined = undefined
  #open: Envelope | undefined = undefined
  /** More of them: of a store with partitions. */
  #others: Envelope[] | undefined = undefined
  #promise: Promise<unknown> | undefined = undefined
  #isRefused = false
  #answer: unknown = undefined

  /** What it throws is in `exit`. */
  listen(ask: Ask<A>): PromiseLike<A> {
    let promise: PromiseLike<A>
    try {
      promise = heardBy(this, ask)
    } catch (error) {
      this.exit = exitOfError(error)
      return never
    }
    if (promise === this.#promise) this.#known(promise)
    return promise
  }

  #known(promise: PromiseLike<A>): void {
    if (!this.#isRefused) this.exit = Exit.succeed(this.#answer as A)
    else {
      // It is looked at here, and by nobody else.
      promise.then(undefined, ignore)
      this.exit = exitOfAnswer(this.#answer)
    }
  }

  posted(envelope: Envelope): void {
    if (this.#open === undefined) this.#open = envelope
    else if (this.#others === undefined) this.#others = [envelope]
    else this.#others.push(envelope)
  }

  answered(promise: Promise<unknown>, answer: unknown): void {
    this.#promise = promise
    this.#answer = answer
  }

  refused(promise: Promise<unknown>, error: unknown): void {
    this.#promise = promise
    this.#answer = error
    this.#isRefused = true
  }

  withdraw(): void {
    if (this.#open !== undefined) withdraw(this.#open)
    for (const envelope of this.#others ?? []) withdraw(envelope)
  }
}

const never: PromiseLike<never> = new Promise<never>(() => {})
