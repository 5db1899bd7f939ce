/** A lease of a store that a scope holds. */

import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { type Acquired, askingBySignal, askOptionsOf, type WaitOptions } from "../../src/effect.ts"
import type { Conflict } from "../../src/index.ts"
import type { Lease } from "../store/store-lease.ts"
import type { SchemaStoreMailbox } from "../store/store-mailbox.ts"
import type { LeaseError } from "./store-error.ts"
import { type EffectLeaseOptions, LEASE_NAMES, secondsOf, storeWords } from "./store-options.ts"

/** A right that is held under a key, until its scope closes. */
export class HeldLease {
  readonly #lease: Lease

  constructor(lease: Lease) {
    this.#lease = lease
  }

  get key(): string {
    return this.#lease.key
  }

  /** Greater than that of every lease of this store before. */
  get fence(): number {
    return this.#lease.fence
  }

  /** Whether it is held now. */
  get isHeld(): Effect.Effect<boolean> {
    return Effect.sync(() => this.#lease.isHeld)
  }

  /** Waits for its loss, and fails with it. Giving it back is none. */
  get lost(): Effect.Effect<never, Conflict> {
    return Effect.callback((resume) => {
      const { signal } = this.#lease
      const tell = (): void => resume(Exit.fail(signal.reason as Conflict))
      if (signal.aborted) return tell()
      signal.addEventListener("abort", tell, { once: true })
      return Effect.sync(() => signal.removeEventListener("abort", tell))
    })
  }

  /** Holds it for that long from now on; without a duration, for as long as it was asked for. */
  renew(ttl?: Duration.Input, options?: WaitOptions): Effect.Effect<void, LeaseError> {
    return askingBySignal((signal) => {
      const seconds = ttl === undefined ? undefined : secondsOf(ttl, "ttl")
      return this.#lease.renew(seconds, { ...askOptionsOf(options), signal })
    }) as Effect.Effect<void, LeaseError>
  }

  /** Gives it back before its scope closes. `false`: it was held no longer. */
  get release(): Effect.Effect<boolean> {
    return Effect.promise(() => this.#lease.release())
  }
}

/** Takes a lease for the scope. What comes after an interruption is given back at once. */
export function leasing<Value, Given>(
  held: Acquired<SchemaStoreMailbox<Value, Given>>,
  key: string,
  options: EffectLeaseOptions | undefined,
): Effect.Effect<HeldLease, LeaseError, Scope.Scope> {
  return Effect.uninterruptibleMask((restore) =>
    Effect.suspend(() => {
      let taken: Promise<Lease> | undefined
      const asked = held.use((mailbox, signal) => {
        const { said, ask } = storeWords(options, LEASE_NAMES)
        taken = mailbox.lease(key, said, { ...ask, signal })
        return taken
      }) as Effect.Effect<Lease, LeaseError>
      return restore(asked).pipe(
        Effect.onError(() => Effect.sync(() => void taken?.then(givenBack).catch(ignore))),
        Effect.flatMap((lease) =>
          Effect.as(
            Effect.addFinalizer(() => Effect.promise(() => givenBack(lease))),
            new HeldLease(lease),
          ),
        ),
      )
    }),
  )
}

const givenBack = (lease: Lease): Promise<boolean> => lease.release()

const ignore = (): void => {}
