/**
 * The tags of applications: `Pigeonhole`, whose services are known by their ids at run time, and classes of a program's own, whose tree says which services there are.
 * Both are provided by layers that start the application.
 */

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { RootService, ServicesOf } from "../app/services-of.ts"
import type { SupervisorDefinition } from "../app/supervisor-definition.ts"
import type { Unavailable } from "../kernel/errors.ts"
import { isInSimulation } from "../kernel/present-host.ts"
import type { Mailbox } from "../service/mailbox.ts"
import type { FaceOf, FaceTable } from "./faces.ts"
import { hasTestClock, type LayerOptions, startedIn, type Tree } from "./layer.ts"
import type { RequirementsOf } from "./requirements.ts"
import type { AcquireError, StartError } from "./runtime-error.ts"
import { CurrentRuntime, type MailboxOptions, type RuntimeService } from "./runtime-service.ts"

/** The services of a tree, as `start` knows them. */
export type ServicesIn<T> = (T extends SupervisorDefinition<infer S> ? S : ServicesOf<T>) & RootService

/** An application of a program's own: its tag, its layers, its services by id. */
export interface AppClass<Self, Key extends string, S extends object, Table extends FaceTable, Needs = never>
  extends Context.ServiceClass<Self, Key, RuntimeService<S>> {
  /**
   * Starts the application for the scope that it is built in, and stops it in order when that closes. Provides `Pigeonhole`, too.
   *
   * Errors  what `start` fails with; nothing is left running then. Where the application ends by itself, the fiber that has built the layer is interrupted, and its
   *         scope ends with `Unavailable`, whose `details.reason` is the exit reason.
   */
  readonly layer: Layer.Layer<Self | CurrentRuntime, StartError, Needs>
  /** The same on the time of a `TestClock`: that of the context, or else one that it provides. */
  readonly layerTest: Layer.Layer<Self | CurrentRuntime, StartError, Needs>
  /** Waits for the end of the application, and fails with it. */
  readonly ended: Effect.Effect<never, Unavailable, Self>
  /** Acquires a mailbox of a service for the scope, as the fiber's principal. */
  acquire<Id extends keyof S & string>(
    id: Id,
    options?: MailboxOptions,
  ): Effect.Effect<FaceOf<Table, S[Id]>, AcquireError, Self | Scope.Scope>
}

/** Makes classes of applications whose mailboxes have the faces of this table; `face` makes them. */
export function appsWith<Table extends FaceTable>(face: (mailbox: Mailbox) => unknown) {
  return <Self>() =>
    <const Key extends string, const T extends Tree>(
      key: Key,
      tree: T,
      options?: LayerOptions,
    ): AppClass<Self, Key, ServicesIn<T>, Table, RequirementsOf<T>> => {
      type S = ServicesIn<T>
      const tag = Context.Service<Self, RuntimeService<S>>()(key)
      const both = (service: RuntimeService): Context.Context<Self | CurrentRuntime> =>
        Context.make(tag, service as RuntimeService<S>).pipe(Context.add(CurrentRuntime, service))
      const statics = {
        layer: Layer.effectContext(Effect.map(startedIn(tree, options, false), both)),
        layerTest: onTestTime(Layer.effectContext(Effect.map(startedIn(tree, options, true), both))),
        ended: Effect.flatMap(tag, ({ ended }) => ended),
        acquire: (id: string, wanted?: MailboxOptions) => Effect.flatMap(tag, (service) => service.acquireAs(id, face, wanted)),
      }
      return Object.assign(tag, statics) as AppClass<Self, Key, S, Table, RequirementsOf<T>>
    }
}

/** Starts an application of which services are known by their ids at run time; see `AppClass.layer`. */
export function layer<const T extends Tree>(tree: T, options?: LayerOptions): Layer.Layer<CurrentRuntime, StartError, RequirementsOf<T>> {
  return Layer.effect(CurrentRuntime, startedIn(tree, options, false))
}

/** The same on the time of a `TestClock`; see `AppClass.layerTest`. */
export function layerTest<const T extends Tree>(
  tree: T,
  options?: LayerOptions,
): Layer.Layer<CurrentRuntime, StartError, RequirementsOf<T>> {
  return onTestTime(Layer.effect(CurrentRuntime, startedIn(tree, options, true)))
}

/** Where the context has no clock of a test, it has one from there on; what a test alone needs is loaded then. In a simulation it is refused, as any is. */
function onTestTime<A, E>(started: Layer.Layer<A, E>): Layer.Layer<A, E> {
  return Layer.unwrap(
    Effect.contextWith((context: Context.Context<never>) =>
      hasTestClock(context) || isInSimulation()
        ? Effect.succeed(started)
        : Effect.map(
            Effect.promise(() => import("effect/testing/TestClock")),
            (TestClock) => Layer.provideMerge(started, TestClock.layer()),
          ),
    ),
  )
}
