/**
 * What a mailbox posts for `getOrSet`, and by which mailbox and store know of each other afterwards: the store gives one of those who wait the turn
 * to load; its mailbox calls the load, outside the store's turn, and hands over what became of it.
 *
 * Nothing of a caller's is called by what the store does here: it settles promises, and the mailbox goes on by them.
 */

import { type Deferred, invalid, type PigeonholeError } from "../../src/index.ts"
import type { Load } from "./load.ts"
import type { LoadTerms } from "./load-options.ts"
import type { LoadOutcome } from "./load-outcome.ts"

/** The message of the store's to itself: the load of that request has come to its end. */
export class LoadEnded {
  readonly request: LoadRequest

  constructor(request: LoadRequest) {
    this.request = request
  }
}

/** What takes messages of the store's to itself: they need no room, and no policy, release or full inbox keeps them out. */
export interface LoadReceiver {
  later(message: unknown): void
}

/** The right to load, and the duty to say what became of it. */
export class LoadTurn {
  /** The old value that is given meanwhile, as readers get it. */
  readonly stale: unknown
  /** What this load asks for, and waits for now. */
  readonly waitsFor = new Set<LoadRequest>()
  /** Of the incarnation that is to be told. */
  receiver: LoadReceiver
  readonly #over = Promise.withResolvers<{ readonly reason: PigeonholeError }>()

  constructor(stale: unknown, receiver: LoadReceiver) {
    this.stale = stale
    this.receiver = receiver
  }

  /** Comes where nobody waits for the load any more before it is done. */
  get over(): Promise<{ readonly reason: PigeonholeError }> {
    return this.#over.promise
  }

  end(reason: PigeonholeError): void {
    this.#over.resolve({ reason })
  }
}

/** One caller who wants the value. Nobody but a mailbox of ours can make one. */
export class LoadRequest {
  readonly key: string
  /** The mailbox that asks. */
  readonly attachment: number
  readonly options: LoadTerms
  /** The load that asks. */
  readonly within: LoadTurn | undefined
  /** The store has answered; any other answer is the runtime's. */
  isAnswered = false
  /** It was told to wait. */
  hasWaited = false
  /** It waits by that. */
  deferred: Deferred<unknown> | undefined = undefined
  /** What it waits for, or loads for. */
  load: Load | undefined = undefined
  turn: LoadTurn | undefined = undefined
  outcome: LoadOutcome | undefined = undefined
  /** What a load of the same mailbox has thrown: it comes as it was. */
  thrown: { readonly error: unknown } | undefined = undefined
  #hear: (() => void) | undefined = undefined
  readonly #isOurs = true

  constructor(key: string, attachment: number, options: LoadTerms, within: LoadTurn | undefined) {
    this.key = key
    this.attachment = attachment
    this.options = options
    this.within = within
  }

  static take(request: unknown): LoadRequest {
    if (typeof request === "object" && request !== null && #isOurs in request) return request
    throw invalid("request", "is not made by a store's mailbox")
  }

  /** Comes when it is given the turn; never, where another one loads. */
  get turned(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    if (this.turn !== undefined) resolve()
    else this.#hear = resolve
    return promise
  }

  giveTurn(stale: unknown, receiver: LoadReceiver): void {
    this.turn = new LoadTurn(stale, receiver)
    this.#hear?.()
  }

  /** It has loaded. `false`: the incarnation that gave it the turn has ended. */
  deliver(outcome: LoadOutcome): void {
    this.outcome = outcome
    try {
      this.turn?.receiver.later(new LoadEnded(this))
    } catch {
      // Whoever still waits for it asks the next incarnation, and brings it along.
    }
  }

  answer(value: unknown): void {
    this.#settle()?.reply(value)
  }

  fail(error: PigeonholeError, thrown?: { readonly error: unknown }): void {
    this.thrown = thrown
    this.#settle()?.fail(error)
  }

  #settle(): Deferred<unknown> | undefined {
    const { deferred } = this
    this.isAnswered = true
    this.deferred = undefined
    return deferred
  }
}
