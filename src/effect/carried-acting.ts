/**
 * Who acts in a handler: whoever has asked, with the scopes of the mailbox that was asked through.
 *
 * Invariant: an identity is carried only by what the runtime has attached; what code makes up (`Principal.with`) names nobody to a process.
 */

import type { Origin } from "../kernel/envelope.ts"
import { PermissionDenied } from "../kernel/errors.ts"
import { Attachment } from "../service/attachment.ts"
import type { Acting } from "./principal.ts"

const origins = new WeakMap<Acting, Origin>()

/** Of who has posted a message; `undefined` where it came through no mailbox. */
export function carriedActing(origin: Origin | undefined): Acting | undefined {
  if (!(origin instanceof Attachment)) return undefined
  const { principal, scopes } = origin.holder
  const acting: Acting = Object.freeze({ principal, scopes })
  origins.set(acting, origin)
  return acting
}

/** Whose it is. Throws `PermissionDenied` for what no message has brought. */
export function originOf(acting: Acting): Origin {
  const origin = origins.get(acting)
  if (origin !== undefined) return origin
  throw new PermissionDenied("a process acts as itself, or as whoever has asked it: Principal.with is for programs outside of processes")
}
