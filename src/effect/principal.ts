/** Who acts, in Effect's context: a mailbox belongs to the principal of the fiber that acquires it. */

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { PrincipalInput } from "../security/principal.ts"

/** Whom a fiber acts as, and under which scopes. */
export interface Acting {
  readonly principal: PrincipalInput
  readonly scopes: readonly string[]
}

/** Who acts, of the fiber that asks; `undefined`: whoever is in force (`principal` of the layer, that of the process). */
export const CurrentActing: Context.Reference<Acting | undefined> = Context.Reference("pigeonhole/Principal", {
  defaultValue: (): Acting | undefined => undefined,
})

/** As whom an effect acquires mailboxes and spawns processes. */
export const Principal = {
  /** The principal of the fiber; `undefined` where none was said. */
  current: Effect.map(CurrentActing, (acting): PrincipalInput | undefined => acting?.principal),
  /**
   * Has an effect act as this principal, under these scopes: mailboxes that it acquires are that principal's wherever they are used later. What a principal may
   * do is looked at when it acquires.
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
}
