/**
 * All that a store's mailboxes load: one load at a time for a key, whose outcome all who wait are told.
 *
 * Invariants
 * - A write during a load wins over it, and answers all who wait; after a delete what is loaded is given to who had asked before, and not kept.
 * - A load that has failed is remembered as long as its caller said, and forgotten with the next write or delete.
 * - Nothing of a caller's runs here.
 */

import {
  Canceled,
  Conflict,
  Failure,
  failure,
  Invalid,
  type PigeonholeError,
  RateLimited,
  type ServerSelf,
  shown,
} from "../../src/index.ts"
import { Aside, SweepAside } from "./aside.ts"
import { type Lifetime, NEVER } from "./lifetime.ts"
import { type Load, waitsFor } from "./load.ts"
import { LoadBook, MOST_WAITING, MoreToTell } from "./load-book.ts"
import type { LoadFollower, LoadHome } from "./load-home.ts"
import { type Failed, type FailedLoad, type Loaded, told } from "./load-outcome.ts"
import { LoadEnded, type LoadRequest } from "./load-request.ts"

/** Failures that are remembered at a time. */
const MOST_FAILURES = 1024

/** What a store needs of its process for the request that it handles. */
export type RequestSelf = Pick<ServerSelf, "requestSignal" | "defer">

/** The message of the store's to itself: a caller waits no more. */
class GaveUp {
  readonly request: LoadRequest
  /** Its process has ended, and may have taken the load along. */
  readonly isGone: boolean

  constructor(request: LoadRequest, isGone: boolean) {
    this.request = request
    this.isGone = isGone
  }
}

/** The message of the store's timer: a refreshing has taken longer than its caller would have waited. */
class RefreshTooLong {
  readonly load: Load

  constructor(load: Load) {
    this.load = load
  }
}

export class Loads<Home extends LoadHome = LoadHome> implements LoadFollower {
  readonly home: Home
  readonly #book: LoadBook
  readonly #failures: Aside
  #isFollowing = false

  constructor(home: Home) {
    this.home = home
    this.#book = new LoadBook(home.self)
    this.#failures = new Aside(home.self, { maxEntries: MOST_FAILURES })
  }

  // -- who asks --------------------------------------------------------------------------------------------------

  /** There is no value. Gives what the handler answers. */
  missed(request: LoadRequest, self: RequestSelf): unknown {
    const refusal = this.#refusalFor(request)
    if (refusal !== undefined) return this.#refuse(request, refusal)
    const stale = this.home.stale.find(request.key)
    const failed = this.#failures.find(request.key) as FailedLoad | undefined
    if (stale !== undefined) return this.#giveStale(request, stale, failed !== undefined)
    return failed === undefined ? this.#wait(request, self) : this.#refuse(request, ...told(failed, request))
  }

  #giveStale(request: LoadRequest, stored: unknown, hasFailed: boolean): unknown {
    const { key, options } = request
    const value = this.home.shown(stored, key)
    request.isAnswered = true
    if (hasFailed || value instanceof Failure || this.#book.open(key) !== undefined) return value
    const load = this.#begin(key)
    const limit = options.timeoutMs === NEVER ? undefined : this.home.self.after(options.timeoutMs, new RefreshTooLong(load))
    this.#book.refresh(load, limit)
    this.#book.run(load, request, value)
    return value
  }

  #wait(request: LoadRequest, self: RequestSelf): unknown {
    const signal = self.requestSignal
    const deferred = self.defer<unknown>()
    // Who asked has ended already.
    if (signal.aborted) return deferred
    signal.addEventListener("abort", () => this.#gaveUp(request, signal.reason), { once: true })
    const present = this.#book.open(request.key)
    const load = present ?? this.#begin(request.key)
    request.deferred = deferred
    this.#book.wait(load, request)
    if (present === undefined || request.turn !== undefined) this.#book.run(load, request, undefined)
    // It was loaded for an incarnation before this one.
    if (request.outcome !== undefined) this.home.self.later(new LoadEnded(request))
    return deferred
  }

  #begin(key: string): Load {
    this.#follow()
    return this.#book.begin(key)
  }

  #refuse(request: LoadRequest, error: PigeonholeError, thrown?: { readonly error: unknown }): Failure {
    request.isAnswered = true
    request.thrown = thrown
    return failure(error)
  }

  #refusalFor(request: LoadRequest): PigeonholeError | undefined {
    const { key, within } = request
    const details = { field: "key", key }
    const lifetime = this.#lifetime(request)
    if (lifetime instanceof Invalid) return lifetime
    if (this.home.stale.find(key) !== undefined) return undefined
    const load = this.#book.open(key)
    if (within !== undefined && load !== undefined && waitsFor(load, within)) {
      return new Conflict(`a load asks for ${shown(key)}, and that waits for this load: it could only wait for itself`, { details })
    }
    return this.#book.isFull ? new RateLimited(`${MOST_WAITING} callers wait for values already`, { details }) : undefined
  }

  /** How long what it loads would live, were it here now; or why that cannot be said. */
  #lifetime({ options }: LoadRequest): Lifetime | Invalid {
    try {
      return options.terms.lifetime(undefined, this.home)
    } catch (error) {
      if (error instanceof Invalid) return error
      throw error
    }
  }

  /** Not in the store's turn, or in the middle of one. */
  #gaveUp(request: LoadRequest, reason: unknown): void {
    try {
      this.home.self.later(new GaveUp(request, reason instanceof Canceled && reason.details.asker !== undefined))
    } catch {
      // This incarnation has ended, and all its loads with it.
    }
  }

  // -- what comes of it --------------------------------------------------------------------------------------------

  /** A message of the store's to itself. */
  handle(message: unknown): void {
    if (message instanceof LoadEnded) this.#ended(message.request)
    else if (message instanceof MoreToTell) this.#book.tell(message)
    else if (message instanceof GaveUp) this.#left(message)
    else if (message instanceof RefreshTooLong) this.#tooLong(message.load)
    else if (message instanceof SweepAside) message.aside.sweep()
    this.#rest()
  }

  #ended(request: LoadRequest): void {
    // What was written meanwhile counts, and has been told when it goes on.
    this.home.whenTold(request.key, () => {
      this.#conclude(request)
      this.#rest()
    })
  }

  #conclude(request: LoadRequest): void {
    const { load, outcome } = request
    // Where nobody wants to know, all have been told something else meanwhile.
    if (load === undefined || outcome === undefined || !this.#book.ran(load, request)) return
    if (outcome.type === "failed") this.#failed(load, request, outcome)
    else if (outcome.type === "none") this.#book.settle(load, undefined, (waiter) => waiter.answer(undefined))
    else if (load.isOutrun) this.#book.settle(load, undefined, this.#giving(outcome.value))
    else this.#keep(load, request, outcome)
  }

  #keep(load: Load, request: LoadRequest, { value, weight }: Loaded): void {
    const { key, options } = request
    const lifetime = this.#lifetime(request)
    const unfit = (error: PigeonholeError): void => this.#failed(load, request, { type: "failed", error, isUnfit: true })
    if (lifetime instanceof Invalid) return unfit(lifetime)
    load.isBeingKept = true
    this.home.keep({ key, value, weight, lifetime, staleForMs: options.staleForMs }, (error) => {
      if (error !== undefined) unfit(error)
      // A store that cannot keep it now is no reason to give nobody what was loaded.
      else this.#book.settle(load, undefined, this.#giving(value))
      this.#rest()
    })
  }

  #failed(load: Load, request: LoadRequest, outcome: Failed): void {
    const { options, attachment, key } = request
    const failed: FailedLoad = { attachment, outcome }
    const tell = (waiter: LoadRequest): void => waiter.fail(...told(failed, waiter))
    if (options.failForMs > 0 && !load.isOutrun) this.#failures.keep(key, failed, this.home.now() + options.failForMs)
    // Another one's is under way, and may do better.
    if (load.runners.size > 0) this.#book.tellOne(load, request, tell)
    else this.#book.settle(load, undefined, tell)
  }

  #giving(stored: unknown): (request: LoadRequest) => void {
    return (request) => {
      const value = this.home.shown(stored, request.key)
      if (value instanceof Failure) request.fail(value.error)
      else request.answer(value)
    }
  }

  #left({ request, isGone }: GaveUp): void {
    if (request.load !== undefined) this.#book.gaveUp(request.load, request, isGone)
  }

  #tooLong(load: Load): void {
    load.isRefreshing = false
    this.#book.lookAfter(load, "it has taken too long")
  }

  /** A mailbox was given back, or its caller has died. */
  detached(attachment: number): void {
    this.#book.detached(attachment)
    this.#rest()
  }

  /** The incarnation ends. */
  end(): void {
    this.#book.end()
  }

  // -- what comes between ------------------------------------------------------------------------------------------

  /** Somebody wants nothing to be under the key, and there is nothing. */
  deleted(key: string): void {
    this.home.stale.forget(key)
    this.#failures.forget(key)
    this.#outrun(this.#book.of(key))
  }

  /** The keys that begin with it and are loaded, or of which a stale value or a failure is remembered. O(all of them). */
  under(prefix: string): readonly string[] {
    const loading = this.#book.under(prefix).map(({ key }) => key)
    return [...loading, ...this.home.stale.under(prefix), ...this.#failures.under(prefix)]
  }

  #outrun(loads: readonly Load[]): void {
    for (const load of loads) {
      load.isOutrun = true
      load.isRefreshing = false
      if (!load.isWanted) this.#book.close(load, "the key was deleted meanwhile")
    }
    this.#rest()
  }

  written(key: string, stored: unknown): void {
    this.#failures.forget(key)
    for (const load of this.#book.of(key)) this.#book.settle(load, "the key was written meanwhile", this.#giving(stored))
    this.#rest()
  }

  /** Told of changes only as long as they matter. */
  #follow(): void {
    if (this.#isFollowing) return
    this.#isFollowing = true
    this.home.follow(this)
  }

  #rest(): void {
    if (!this.#isFollowing || !this.#book.isEmpty || !this.#failures.isEmpty) return
    this.#isFollowing = false
    this.home.unfollow()
  }
}
