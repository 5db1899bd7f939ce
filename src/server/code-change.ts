/**
 * New code for a server that runs: another definition, and the state that it wants made of the present one.
 *
 * Source  OTP, gen_server: code_change/3.
 */

import { type Invalid, invalid } from "../kernel/errors.ts"
import { formatExitReason } from "../kernel/exit-reason.ts"
import { badState } from "./bad-return.ts"
import type { ServerCode } from "./server-code.ts"
import type { ServerSelf } from "./server-self.ts"

/** Makes the new definition's state of the old one's. */
export type Migrate = (state: never, self: ServerSelf) => unknown

export interface CodeChange {
  readonly definition: ServerCode
  /** Without it the state stays as it is. */
  readonly migrate: Migrate | undefined
  /** Called right before the change; `false` where nobody wants it any more. */
  commit(): boolean
  /** Calls back once nobody waits for it any more. */
  onUnwanted(callback: () => void): void
}

/** The migration as far as it is waited for: one that never ends must not keep the server for ever. */
export function wantedOnly<State>(migration: PromiseLike<State>, { onUnwanted }: CodeChange): Promise<State> {
  return new Promise((resolve, reject) => {
    migration.then(resolve, reject)
    onUnwanted(() => reject(new Error("the migration took too long")))
  })
}

/** What `migrate` gives for the present state. */
export function migrated({ migrate }: CodeChange, state: unknown, self: ServerSelf): unknown {
  try {
    return migrate === undefined ? state : migrate(state as never, self)
  } catch (error) {
    throw migrationError(error)
  }
}

/** The error of what `migrate` has given in place of a state. One that forgot to return it would leave the server without. */
export function badMigration(old: unknown, state: unknown): Invalid | undefined {
  if (state === undefined && old !== undefined) return invalid("migrate", "must return the new state; it returned undefined")
  return badState("migrate", state)
}

export function migrationError(error: unknown): Invalid {
  return invalid("migrate", `failed, and code and state are as they were: ${formatExitReason({ error })}`, error)
}
