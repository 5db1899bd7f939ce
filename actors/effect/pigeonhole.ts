/** The tag of a running application in Effect, with the layers that start one; and of any of its mailboxes. */

import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import {
  type Acquired,
  type AcquireError,
  appsWith,
  type BufferOptions,
  CurrentRuntime,
  type FaceTable,
  layer,
  layerTest,
  type MailboxOptions,
  type PlainFaceOf,
  Principal,
  plainFaceOf,
  type RuntimeError,
  type Told,
  told,
} from "../../src/effect.ts"
import type { Mailbox as PlainMailbox } from "../../src/index.ts"
import { type SchemaStoreMailbox, StoreMailbox } from "../store/store-mailbox.ts"
import { Store } from "./store.ts"

/** Stores have one of their own. */
interface Faces extends FaceTable {
  readonly Face: this["Mailbox"] extends SchemaStoreMailbox<infer Value, infer Given> ? Store<Value, Given> : PlainFaceOf<this["Mailbox"]>
}

/** The face of a mailbox in Effect: `Store`, a server's with its calls, or `Acquired`. */
export type FaceFor<M> = (Faces & { readonly Mailbox: M })["Face"]

function faceOf(mailbox: PlainMailbox): Acquired<PlainMailbox> {
  return mailbox instanceof StoreMailbox ? new Store(mailbox) : plainFaceOf(mailbox)
}

/** What stands beside the tag. */
const beside = {
  /**
   * A tag of a program's own for one tree: it knows its services by id, and has the layers that start it.
   *
   * @example
   * import { Effect } from "effect"
   * import { Pigeonhole } from "pigeonhole/effect"
   * class App extends Pigeonhole.Service<App>()("docs/App", { "app:users": store<{ name: string }>() }) {}
   * const program = Effect.gen(function* () {
   *   const users = yield* App.acquire("app:users")
   *   yield* users.set("user:1", { name: "Alice" })
   *   return yield* users.has("user:1")
   * })
   * await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(App.layer))) // => true
   */
  Service: appsWith<Faces>(faceOf),
  /** Starts an application for the scope that it is built in, and stops it in order when that closes; see `AppClass.layer`. */
  layer,
  /** The same on the time of a `TestClock`: that of the context, or else one that it provides. */
  layerTest,
  /** Waits for the end of the application, and fails with it: `Unavailable`, whose `details.reason` is the exit reason. */
  ended: Effect.flatMap(CurrentRuntime, ({ ended }) => ended),
  /** Has an effect act as this principal: `Principal.with`. */
  as: Principal.with,
}

/**
 * A running application, as a service of Effect.
 *
 * @example
 * import { Effect } from "effect"
 * import { Pigeonhole } from "pigeonhole/effect"
 * const program = Effect.gen(function* () {
 *   const { runtime } = yield* Pigeonhole
 *   return runtime.statistics().processes > 0
 * })
 * await Effect.runPromise(program.pipe(Effect.provide(Pigeonhole.layer({ "app:cache": store() })))) // => true
 */
export const Pigeonhole: typeof CurrentRuntime & typeof beside = Object.assign(class Pigeonhole extends CurrentRuntime {}, beside)

/** Who needs a running application has this among its requirements. */
export type Pigeonhole = CurrentRuntime

/** Any mailbox. */
export const Mailbox = {
  /**
   * Acquires a mailbox of a service for the scope, as the fiber's principal; it is given back when the scope closes. `as`: the class that it must be of, which is its type, too.
   *
   * Errors  Invalid (no service, not of that class), NotFound, PermissionDenied, Unavailable (it is stopped or given up).
   *
   * @example
   * import { Effect } from "effect"
   * import { Mailbox, Pigeonhole } from "pigeonhole/effect"
   * const counter = server({ init: () => ({ count: 41 }), call: { add: (state, by: number) => (state.count += by) } })
   * const program = Effect.gen(function* () {
   *   const counting = yield* Mailbox.acquire<MailboxOf<typeof counter>>("app:counter")
   *   return yield* counting.call.add(1)
   * })
   * await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(Pigeonhole.layer({ "app:counter": counter })))) // => 42
   */
  acquire<M extends PlainMailbox = PlainMailbox>(
    id: string,
    options?: Omit<MailboxOptions, "as"> & { readonly as?: abstract new (...parameters: never[]) => M },
  ): Effect.Effect<FaceFor<M>, AcquireError, CurrentRuntime | Scope.Scope> {
    return Effect.flatMap(CurrentRuntime, (runtime) => runtime.acquireAs(id, (mailbox) => faceOf(mailbox) as FaceFor<M>, options))
  },
}

/** Tells of snapshots: a statechart's mailbox, its pid. */
export interface Snapshots<Snapshot> {
  /** Tells of each from now on, and how it ends. */
  subscribe(observer: {
    readonly next: (snapshot: Snapshot) => unknown
    readonly error: (error: unknown) => unknown
    readonly complete: () => unknown
  }): { unsubscribe(): void }
}

/**
 * The snapshots of a statechart from now on, to whoever runs the stream; of what its reader is too slow for, the oldest is left out beyond `bufferSize` (1024). Ends with the machine; closing
 * it ends the subscription.
 */
export function snapshots<Snapshot>(of: Snapshots<Snapshot>, options?: BufferOptions): Stream.Stream<Snapshot, RuntimeError> {
  return told<Snapshot>((teller: Told<Snapshot>) => {
    const subscription = of.subscribe({
      next: (snapshot) => teller.next(snapshot),
      error: (error) => teller.error(error),
      complete: () => teller.complete(),
    })
    return () => subscription.unsubscribe()
  }, options)
}
