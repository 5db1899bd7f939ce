/**
 * A mailbox with the life of a scope: acquired in it, given back when it closes.
 *
 * Invariants
 * - A mailbox is given back on each way out, whether its acquirer has it yet or not: what comes after an interruption is given back at once.
 * - An interruption waits for no service that is busy.
 */

import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
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
          Effect.map(
            Effect.addFinalizer((exit) => releasing(mailbox, exit)),
            () => wrap(mailbox),
          ),
        ),
      )
    }),
  )
}

/** Waits for what the detach policy decides. One that refuses is heard by nobody: the scope is over. */
function releasing(mailbox: Mailbox, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
  const released = (): Promise<void> => mailbox.release().then(ignore, ignore)
  return Exit.hasInterrupts(exit) ? forAWhile(released) : Effect.promise(released)
}

/** So many turns are enough for a service that is at rest. */
const RESTING_TURNS = 4

/** Who is interrupted waits for no service that is busy, for as long as it likes perhaps. */
const forAWhile = Effect.fnUntraced(function* (released: () => Promise<void>) {
  let isReleased = false
  void released().then(() => {
    isReleased = true
  })
  for (let turn = 0; turn < RESTING_TURNS && !isReleased; turn += 1) yield* Effect.yieldNow
})

function giveBack(mailbox: Mailbox): void {
  void mailbox.release().catch(ignore)
}

const ignore = (): void => {}
