/** Who acts, in Effect's context: a mailbox belongs to the principal of the fiber that acquires it. */

import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { PrincipalInput } from "../security/principal.ts"
import { CheckedContext } from "./effect-peer.ts"

/** Whom a fiber acts as, and under which scopes. */
export interface Acting {
  readonly principal: PrincipalInput
  readonly scopes: readonly string[]
}

/** Who acts, of the fiber that asks; `undefined`: whoever is in force (`principal` of the layer, that of the process). */
export const CurrentActing: Context.Reference<Acting | undefined> = CheckedContext.Reference("pigeonhole/Principal", {
  defaultValue: (): Acting | undefined => undefined,
})

/** As whom an effect acquires mailboxes and spawns processes. */
export const Principal = {
  /**
   * The principal of the fiber; `undefined` where none was said. In a handler, whoever has asked: the principal of the mailbox that the request came through. A mailbox that the handler
   * acquires belongs to that principal, under the scopes of that mailbox; it may be no other's, and `asItself` has the process's own.
   */
  current: Effect.map(CurrentActing, (acting): PrincipalInput | undefined => acting?.principal),
  /**
   * Has an effect act as this principal, under these scopes: mailboxes that it acquires are that principal's wherever they are used later. What a principal may
   * do is looked at when it acquires. For programs outside of processes: in a handler, nobody may be named, and to acquire fails with `PermissionDenied`.
   *
   * @example
   * import { Effect } from "effect"
   * import { Pigeonhole, Principal, Store } from "pigeonhole/effect"
   * const program = Effect.scoped(Effect.map(Store.acquire("app:cache"), ({ principal }) => principal.id))
   * await Effect.runPromise(program.pipe(Principal.with({ id: "alice" }), Effect.provide(Pigeonhole.layer({ "app:cache": store() })))) // => "alice"
   */
  with(
    principal: PrincipalInput,
    options?: { readonly scopes?: readonly string[] },
  ): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> {
    return Effect.provideService(CurrentActing, { principal, scopes: options?.scopes ?? [] })
  },
  /**
   * Has an effect act for nobody: in a handler as the process itself, whoever has asked; elsewhere as whoever the application acts as.
   *
   * @example
   * import { Effect } from "effect"
   * import { Pigeonhole, Principal, Store } from "pigeonhole/effect"
   * const program = Effect.scoped(Effect.map(Store.acquire("app:cache").pipe(Principal.asItself), ({ principal }) => principal.id))
   * await Effect.runPromise(program.pipe(Principal.with({ id: "alice" }), Effect.provide(Pigeonhole.layer({ "app:cache": store() })))) // => "anonymous"
   */
  asItself: Effect.provideService(CurrentActing, undefined),
}
