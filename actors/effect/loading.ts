/** `getOrSet` whose load is an Effect: it runs with its caller's services, fails with its own errors, and is interrupted when nobody waits for it. */

import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { Acquired } from "../../src/effect.ts"
import type { Frozen } from "../store/frozen.ts"
import type { LoadContext } from "../store/get-or-set.ts"
import type { SchemaStoreMailbox } from "../store/store-mailbox.ts"
import type { LoadError } from "./store-error.ts"
import { type EffectLoadOptions, LOAD_NAMES, storeWords } from "./store-options.ts"

/** What a load has failed with, on its way through the store: in every call by the same mailbox. */
class LoadFailure<E> extends Error {
  readonly reasons: Cause.Cause<E>

  constructor(reasons: Cause.Cause<E>) {
    super("the load has failed")
    this.reasons = reasons
  }
}

export function loading<Value, Given, E, R>(
  held: Acquired<SchemaStoreMailbox<Value, Given>>,
  key: string,
  load: (context: LoadContext<Value>) => Effect.Effect<Given | Frozen<Given> | undefined, E, R>,
  options: EffectLoadOptions | undefined,
): Effect.Effect<Option.Option<Frozen<Value>>, LoadError | E, R> {
  return Effect.contextWith((services: import("effect/Context").Context<R>) => {
    const run = Effect.runPromiseExitWith(services)
    const loaded = async (context: LoadContext<Value>): Promise<Given | Frozen<Given> | undefined> => {
      const exit = await run(
        Effect.suspend(() => load(context)),
        { signal: context.signal },
      )
      if (Exit.isSuccess(exit)) return exit.value
      throw new LoadFailure(exit.cause)
    }
    const asked = held.use((mailbox, signal) => {
      const { said, ask } = storeWords(options, LOAD_NAMES)
      return mailbox.getOrSet(key, loaded, { ...said, ...ask, signal })
    }) as Effect.Effect<Frozen<Value> | undefined, LoadError>
    return asked.pipe(
      Effect.map((value) => Option.fromUndefinedOr(value)),
      Effect.catchDefect(
        (defect): Effect.Effect<never, E> =>
          defect instanceof LoadFailure ? Effect.failCause(defect.reasons as Cause.Cause<E>) : Effect.die(defect),
      ),
    )
  })
}
