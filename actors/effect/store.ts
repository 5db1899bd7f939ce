/**
 * A store's mailbox that a scope holds: its operations are Effects with typed errors, what may be missing is an `Option`, what goes on is a `Stream`.
 *
 * Each operation is that of the plain mailbox (`StoreMailbox`), where its rules, its cost and its permissions are said. What is Effect's own here: times are durations, of
 * which a plain number is milliseconds; an interruption withdraws the request; what a function of the caller's throws is a defect.
 */

import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import {
  Acquired,
  type AcquireError,
  askOptionsOf,
  CurrentRuntime,
  type MailboxOptions,
  type RuntimeError,
  type WaitOptions,
} from "../../src/effect.ts"
import { invalid, PigeonholeError } from "../../src/index.ts"
import type { ManyEntry } from "../store/batch-mailbox.ts"
import type { TouchOptions } from "../store/entry-mailbox.ts"
import type { Frozen } from "../store/frozen.ts"
import type { LoadContext } from "../store/get-or-set.ts"
import type { LeaseInfo } from "../store/lease-table.ts"
import type { KeyRange, ListOptions, ListPage } from "../store/list-page.ts"
import type { StoreEntry } from "../store/store-entry.ts"
import { type SchemaStoreMailbox, StoreMailbox } from "../store/store-mailbox.ts"
import type { StoreInfo, StoreStatistics } from "../store/store-statistics.ts"
import type { Transaction } from "../store/transaction.ts"
import type { WatchEvent } from "../store/watch-event.ts"
import type { WatchOptions } from "../store/watch-options.ts"
import { type HeldLease, leasing } from "./held-lease.ts"
import { loading } from "./loading.ts"
import type { LeaseError, LoadError, PutError, StoreError, WatchError } from "./store-error.ts"
import {
  type EffectLeaseOptions,
  type EffectLoadOptions,
  type EffectPutOptions,
  type EffectSetOptions,
  type EffectUpdateOptions,
  PUT_NAMES,
  SET_NAMES,
  secondsOf,
  storeWords,
  TOUCH_NAMES,
  UPDATE_NAMES,
  withLifetime,
} from "./store-options.ts"

/** A store, held by a scope. `Given` goes in, `Value` comes out: they differ where a schema makes one of the other. */
export class Store<Value = unknown, Given = Value> extends Acquired<SchemaStoreMailbox<Value, Given>> {
  /**
   * Acquires the mailbox of a store for the scope, as the fiber's principal; it is given back when the scope closes.
   *
   * Errors  Invalid (no store), NotFound, PermissionDenied, Unavailable (it is stopped or given up).
   *
   * @example
   * import { Effect, Option } from "effect"
   * import { Pigeonhole, Store } from "pigeonhole/effect"
   * const program = Effect.gen(function* () {
   *   const users = yield* Store.acquire<{ name: string }>("app:users")
   *   yield* users.set("user:1", { name: "Alice" }, { ttl: "1 hour" })
   *   return yield* users.get("user:1")
   * })
   * const running = Effect.scoped(program).pipe(Effect.provide(Pigeonhole.layer({ "app:users": store() })))
   * Option.getOrUndefined(await Effect.runPromise(running)) // => { name: "Alice" }
   */
  static acquire<Value = unknown, Given = Value>(
    id: string,
    options?: Pick<MailboxOptions, "key">,
  ): Effect.Effect<Store<Value, Given>, AcquireError, CurrentRuntime | Scope.Scope> {
    const wrap = (mailbox: unknown): Store<Value, Given> => new Store(mailbox as SchemaStoreMailbox<Value, Given>)
    return Effect.flatMap(CurrentRuntime, (runtime) => runtime.acquireAs(id, wrap, { ...options, as: StoreMailbox }))
  }

  // -- one key ---------------------------------------------------------------------------------------------------

  /** The value, frozen and shared with other readers. `None`: there is none, or its time is over. */
  get(key: string, options?: WaitOptions): Effect.Effect<Option.Option<Frozen<Value>>, StoreError> {
    return this.#optional((mailbox) => mailbox.get(key, askOptionsOf(options)))
  }

  /** The value; `orElse` where there is none. */
  getOrElse<Other>(key: string, orElse: () => Other, options?: WaitOptions): Effect.Effect<Frozen<Value> | Other, StoreError> {
    return Effect.map(this.get(key, options), Option.getOrElse(orElse))
  }

  /**
   * Keeps a copy of the value, for as long as the duration says: a TTL, or options. A plain number is milliseconds.
   *
   * @example
   * import { Effect } from "effect"
   * import { Pigeonhole, Store } from "pigeonhole/effect"
   * const program = Effect.gen(function* () {
   *   const cache = yield* Store.acquire<number>("app:cache")
   *   yield* cache.set("a", 1, "5 minutes")
   *   yield* cache.set("b", 2, { ttl: "5 minutes", idle: "1 minute" })
   *   return yield* cache.count()
   * })
   * await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(Pigeonhole.layer({ "app:cache": store() })))) // => 2
   */
  set(key: string, value: Given | Frozen<Given>, lifetime?: Duration.Input | EffectSetOptions): Effect.Effect<void, StoreError> {
    return this.#asked((mailbox) => {
      if (lifetime === undefined) return mailbox.set(key, value)
      const { said, ask } = storeWords(withLifetime(lifetime), SET_NAMES)
      return mailbox.set(key, value, said, ask)
    }) as Effect.Effect<never, StoreError>
  }

  /** Whether there is a value; does not read it. */
  has(key: string, options?: WaitOptions): Effect.Effect<boolean, StoreError> {
    return this.#asked((mailbox) => mailbox.has(key, askOptionsOf(options)))
  }

  /** `false`: it was not there. */
  delete(key: string, options?: WaitOptions): Effect.Effect<boolean, StoreError> {
    return this.#asked((mailbox) => mailbox.delete(key, askOptionsOf(options)))
  }

  /** The value with its version and the end of its time. */
  entry(key: string, options?: WaitOptions): Effect.Effect<Option.Option<StoreEntry<Value>>, StoreError> {
    return this.#optional((mailbox) => mailbox.entry(key, askOptionsOf(options)))
  }

  /** Keeps a copy of the value where its condition holds, and gives the new entry. */
  put(key: string, value: Given | Frozen<Given>, options?: EffectPutOptions): Effect.Effect<StoreEntry<Value>, PutError> {
    return this.use((mailbox) => {
      const { said, ask } = storeWords(options, PUT_NAMES)
      return mailbox.put(key, value, said, ask)
    }) as Effect.Effect<StoreEntry<Value>, PutError>
  }

  /**
   * Calls `update` inside the store with the value that is there, and keeps a copy of what it gives in its place: nobody comes between. `undefined` deletes. It is a plain
   * function, on the store's time; what it throws is a defect, and nothing has changed.
   */
  update(
    key: string,
    update: (value: Frozen<Value> | undefined, key: string) => Given | Frozen<Given> | undefined,
    options?: EffectUpdateOptions,
  ): Effect.Effect<Option.Option<StoreEntry<Value>>, StoreError> {
    return Effect.map(
      this.#calling(update, (mailbox, own) => {
        const { said, ask } = storeWords(options, UPDATE_NAMES)
        return mailbox.update(key, own, said, ask)
      }),
      Option.fromUndefinedOr,
    )
  }

  /** Adds to the number under the key, or to 0, and gives the new entry. */
  increment(key: string, by = 1, options?: EffectUpdateOptions): Effect.Effect<StoreEntry<number>, StoreError> {
    return this.#asked((mailbox) => {
      const { said, ask } = storeWords(options, UPDATE_NAMES)
      return mailbox.increment(key, by, said, ask)
    })
  }

  /** The value, which is deleted in the same step. */
  take(key: string, options?: WaitOptions): Effect.Effect<Option.Option<Frozen<Value>>, StoreError> {
    return this.#optional((mailbox) => mailbox.take(key, askOptionsOf(options)))
  }

  /** How long the entry lives yet; `Duration.infinity` where it has no end, `None` where there is none. */
  ttl(key: string, options?: WaitOptions): Effect.Effect<Option.Option<Duration.Duration>, StoreError> {
    return Effect.map(
      this.#optional((mailbox) => mailbox.ttl(key, askOptionsOf(options))),
      Option.map(Duration.seconds),
    )
  }

  /** Gives the entry another TTL, or reads it without its value where none is given. `false`: there is none, or the condition does not hold. */
  touch(key: string, ttl?: Duration.Input, options?: TouchOptions & WaitOptions): Effect.Effect<boolean, StoreError> {
    return this.#asked((mailbox) => {
      const { said, ask } = storeWords(options, TOUCH_NAMES)
      return mailbox.touch(key, ttl === undefined ? undefined : secondsOf(ttl, "ttl"), said, ask)
    })
  }

  /** Lets the entry live until it is deleted. `false`: there is none, or it had no end anyway. */
  persist(key: string, options?: WaitOptions): Effect.Effect<boolean, StoreError> {
    return this.#asked((mailbox) => mailbox.persist(key, askOptionsOf(options)))
  }

  // -- many keys -------------------------------------------------------------------------------------------------

  /** The values under the keys, in their order. */
  getMany(keys: Iterable<string>, options?: WaitOptions): Effect.Effect<Option.Option<Frozen<Value>>[], StoreError> {
    const values = this.#asked((mailbox) => mailbox.getMany(keys, askOptionsOf(options)))
    return Effect.map(values, (found) => found.map((value) => Option.fromUndefinedOr(value)))
  }

  /** Keeps copies of many values by one message; the lifetime is that of all. */
  setMany(
    entries: Iterable<readonly [key: string, value: Given | Frozen<Given>]>,
    lifetime?: Duration.Input | EffectSetOptions,
  ): Effect.Effect<void, StoreError> {
    return this.#asked((mailbox) => {
      const { said, ask } = storeWords(withLifetime(lifetime), SET_NAMES)
      return mailbox.setMany(entries as Iterable<ManyEntry<Given>>, said, ask)
    }) as Effect.Effect<never, StoreError>
  }

  /** Deletes many keys by one message; for each, in their order, whether it was there. */
  deleteMany(keys: Iterable<string>, options?: WaitOptions): Effect.Effect<boolean[], StoreError> {
    return this.#asked((mailbox) => mailbox.deleteMany(keys, askOptionsOf(options)))
  }

  /** A page of keys in order, with version and end, without values. */
  list(options?: ListOptions, wait?: WaitOptions): Effect.Effect<ListPage, StoreError> {
    return this.#asked((mailbox) => mailbox.list(options, askOptionsOf(wait)))
  }

  /** All keys in order, or those of a range, asked for page by page as the stream is read. Each run of it begins anew. */
  keys(range?: string | KeyRange): Stream.Stream<string, StoreError> {
    return this.#walked((mailbox) => mailbox.keys(range))
  }

  /** As `keys`, with values. */
  entries(range?: string | KeyRange): Stream.Stream<StoreEntry<Value>, StoreError> {
    return this.#walked((mailbox) => mailbox.entries(range))
  }

  /** Deletes all, or all whose key begins with `prefix`, and gives how many that were. */
  clear(prefix?: string, options?: WaitOptions): Effect.Effect<number, StoreError> {
    return this.#bySignal((mailbox, signal) => mailbox.clear(prefix, { ...askOptionsOf(options), signal }))
  }

  /** How many keys there are, or how many begin with `prefix`. */
  count(prefix?: string, options?: WaitOptions): Effect.Effect<number, StoreError> {
    return this.#asked((mailbox) => mailbox.count(prefix, askOptionsOf(options)))
  }

  // -- steps, loads, leases, watches -----------------------------------------------------------------------------

  /** Calls `work` inside the store, all or nothing, on the named keys. It is a plain function, on the store's time; what it throws is a defect, and nothing has changed. */
  transaction<Result>(
    keys: Iterable<string>,
    work: (tx: Transaction<Value, Given>) => Result,
    options?: WaitOptions,
  ): Effect.Effect<Result, StoreError> {
    return this.#calling(work, (mailbox, own) => mailbox.transaction(keys, own, askOptionsOf(options)))
  }

  /**
   * The value; where there is none, `load` is run for it, once for all who ask meanwhile. It runs with the services of whoever asks, and is interrupted when nobody waits for it any more.
   * `None`, where it gives `undefined`: then nothing is kept.
   *
   * Errors  what `load` fails with, for this mailbox; Unavailable, where another caller's has failed; those of the store.
   *
   * @example
   * import { Effect, Option } from "effect"
   * import { Pigeonhole, Store } from "pigeonhole/effect"
   * const program = Effect.gen(function* () {
   *   const users = yield* Store.acquire<{ name: string }>("app:users")
   *   return yield* users.getOrSet("user:7", ({ key }) => Effect.succeed({ name: `the user of ${key}` }), { ttl: "1 minute" })
   * })
   * const running = Effect.scoped(program).pipe(Effect.provide(Pigeonhole.layer({ "app:users": store() })))
   * Option.getOrUndefined(await Effect.runPromise(running)) // => { name: "the user of user:7" }
   */
  getOrSet<E, R>(
    key: string,
    load: (context: LoadContext<Value>) => Effect.Effect<Given | Frozen<Given> | undefined, E, R>,
    options?: EffectLoadOptions,
  ): Effect.Effect<Option.Option<Frozen<Value>>, LoadError | E, R> {
    return loading(this, key, load, options)
  }

  /**
   * Takes a lease for the scope, which gives it back: a right under a key that one holds at a time.
   *
   * Errors  Conflict: another holds it; with `wait`, Timeout where it has waited in vain.
   */
  lease(key: string, options?: EffectLeaseOptions): Effect.Effect<HeldLease, LeaseError, Scope.Scope> {
    return leasing(this, key, options)
  }

  /** Runs an effect under a lease, and gives it back; where the lease is lost meanwhile, the effect is interrupted, and `Conflict` says how. */
  withLease(key: string, options?: EffectLeaseOptions): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | LeaseError, R> {
    return (effect) =>
      Effect.scopedWith((scope) =>
        Effect.flatMap(Effect.provideService(this.lease(key, options), Scope.Scope, scope), ({ lost }) => Effect.raceFirst(effect, lost)),
      )
  }

  /** Who holds the lease of a key. */
  leaseOf(key: string, options?: WaitOptions): Effect.Effect<Option.Option<LeaseInfo>, StoreError> {
    return this.#optional((mailbox) => mailbox.leaseOf(key, askOptionsOf(options)))
  }

  /** Takes the lease of a key from whoever holds it. `false`: nobody held it. */
  breakLease(key: string, options?: WaitOptions): Effect.Effect<boolean, LeaseError> {
    return this.#bySignal((mailbox, signal) => mailbox.breakLease(key, { ...askOptionsOf(options), signal }))
  }

  /**
   * What happens to a key, or to all keys that begin with a prefix, from the moment on at which the stream is run. Changes wait for their reader in the watch, `room` of them (1024); what comes
   * then is told as one `gap`. Closing the stream ends the watch; each run of it is one of its own.
   *
   * Errors  see `StoreWatch`.
   */
  watch(options: WatchOptions & { readonly signal?: undefined }): Stream.Stream<WatchEvent<Value>, WatchError> {
    return this.#walked((mailbox) => mailbox.watch(options))
  }

  /** What the store has seen. */
  statistics(options?: WaitOptions): Effect.Effect<StoreStatistics, StoreError> {
    return this.#asked((mailbox) => mailbox.statistics(askOptionsOf(options)))
  }

  /** What sort of store it is, and what it can do. */
  info(options?: WaitOptions): Effect.Effect<StoreInfo, StoreError> {
    return this.#asked((mailbox) => mailbox.info(askOptionsOf(options)))
  }

  // -- asking ------------------------------------------------------------------------------------------------------

  /** The runtime's errors are many; those of a store are these. */
  #asked<A>(ask: (mailbox: SchemaStoreMailbox<Value, Given>) => PromiseLike<A>): Effect.Effect<A, StoreError> {
    return this.use(ask) as Effect.Effect<A, StoreError>
  }

  #optional<A>(
    ask: (mailbox: SchemaStoreMailbox<Value, Given>) => PromiseLike<A | undefined>,
  ): Effect.Effect<Option.Option<A>, StoreError> {
    return Effect.map(this.#asked(ask), Option.fromUndefinedOr)
  }

  #bySignal<A>(ask: (mailbox: SchemaStoreMailbox<Value, Given>, signal: AbortSignal) => PromiseLike<A>): Effect.Effect<A, StoreError> {
    return this.use(ask) as Effect.Effect<A, StoreError>
  }

  /** What the caller's function has thrown is the caller's fault, whatever it is. */
  #calling<Parameters extends unknown[], Result, A>(
    call: (...parameters: Parameters) => Result,
    ask: (mailbox: SchemaStoreMailbox<Value, Given>, own: (...parameters: Parameters) => Result) => PromiseLike<A>,
  ): Effect.Effect<A, StoreError> {
    return Effect.suspend(() => {
      let thrown: { readonly error: unknown } | undefined
      const own = (...parameters: Parameters): Result => {
        try {
          return call(...parameters)
        } catch (error) {
          thrown = { error }
          throw error
        }
      }
      if (typeof call !== "function") return Effect.fail(invalid("update", "must be a function"))
      const asked = this.#asked((mailbox) => ask(mailbox, own))
      return Effect.catch(
        asked,
        (error): Effect.Effect<never, StoreError> => (thrown?.error === error ? Effect.die(error) : Effect.fail(error)),
      )
    })
  }

  #walked<A>(walk: (mailbox: SchemaStoreMailbox<Value, Given>) => AsyncIterable<A>): Stream.Stream<A, never> {
    return Stream.suspend(() => {
      try {
        return Stream.fromAsyncIterable(walk(this.mailbox), (error) => error)
      } catch (error) {
        return Stream.fail(error)
      }
    }).pipe(Stream.catchCause((cause) => Stream.failCause(asOurs(cause)))) as Stream.Stream<A, never>
  }
}

/** What is no error of the runtime's is a defect. */
function asOurs(cause: Cause.Cause<unknown>): Cause.Cause<RuntimeError> {
  const error = Cause.squash(cause)
  if (!Cause.hasFails(cause)) return cause as Cause.Cause<never>
  return error instanceof PigeonholeError ? Cause.fail(error as RuntimeError) : Cause.die(error)
}
