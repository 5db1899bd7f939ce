/**
 * Who acts, in Effect's context: within a handler the principal of whoever has asked, where that came through a mailbox. In a program outside of
 * all processes: whoever it says.
 */

import * as Context from "effect/Context"
import type { Origin } from "../kernel/envelope.ts"
import type { PrincipalInput } from "../security/principal.ts"

/**
 * Who acts: read it in a handler, or provide it to what acts as somebody. `undefined`: whom the process or the runtime acts as.
 *
 * @example
 * import { Effect } from "effect"
 * import { Principal, server } from "pigeonhole/effect"
 * const whoami = server({ init: () => ({}), call: { who: () => Effect.map(Effect.service(Principal), (principal) => principal?.id) } })
 * await using asked = await start({ "app:whoami": whoami })
 * const box = await asked.as({ id: "user:alice" }).acquire("app:whoami")
 * await box.call.who() // => "user:alice"
 */
export const Principal: Context.Reference<PrincipalInput | undefined> = Context.Reference<PrincipalInput | undefined>(
  "pigeonhole/effect/Principal",
  { defaultValue: () => undefined },
)

/** Of whoever has posted a message; `undefined` where it came through no mailbox. */
export function principalBehind(origin: Origin | undefined): PrincipalInput | undefined {
  return origin === undefined ? undefined : (origin as Origin & { readonly principal?: PrincipalInput }).principal
}
