/**
 * A mailbox with the life of a scope: acquired in it, given back when it closes.
 *
 * Invariant: a mailbox is given back on each way out, whether its acquirer has it yet or not: what comes after an interruption is given back at once.
 */

import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Mailbox } from "../service/mailbox.ts"
import { asking } from "./asking.ts"
import type { AcquireError } from "./runtime-error.ts"

/** Acquires for the scope in the context; `wrap` makes of the mailbox what its caller gets. */
export function acquiring<Held>(
  acquire: () => Promise<Mailbox>,
  wrap: (mailbox: Mailbox) => Held,
): Effect.Effect<Held, AcquireError, Scope.Scope> {
  return Effect.uninterruptibleMask((restore) =>
    Effect.suspend(() => {
      let acquired: Promise<Mailbox> | undefined
      const begun = asking(() => (acquired = acquire())) as Effect.Effect<Mailbox, AcquireError>
      return restore(begun).pipe(
        Effect.onError(() => Effect.sync(() => void acquired?.then(giveBack, ignore))),
        Effect.flatMap((mailbox) =>
          Effect.as(
            Effect.addFinalizer(() => releasing(mailbox)),
            wrap(mailbox),
          ),
        ),
      )
    }),
  )
}

/** Waits for what the detach policy decides. One that refuses is heard by nobody: the scope is over. */
function releasing(mailbox: Mailbox): Effect.Effect<void> {
  return Effect.promise(() => mailbox.release().then(ignore, ignore))
}

function giveBack(mailbox: Mailbox): void {
  void mailbox.release().catch(ignore)
}

const ignore = (): void => {}
