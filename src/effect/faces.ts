/** Types: from the class of a mailbox to its face in Effect. Whoever knows more of them (`actors/effect`: stores) has a table of its own. */

import type { Operations } from "../server/operations.ts"
import type { Mailbox } from "../service/mailbox.ts"
import { Acquired } from "./acquired.ts"
import { AcquiredServer, isOperations } from "./acquired-server.ts"

/** A table of faces: for what is put in the place of `Mailbox`, `Face` is its face. */
export interface FaceTable {
  /** Put in its place: the mailbox. */
  readonly Mailbox: unknown
  /** Its face, by the mailbox. */
  readonly Face: unknown
}

/** The face of a mailbox by that table. */
export type FaceOf<Table extends FaceTable, M> = (Table & { readonly Mailbox: M })["Face"]

/** The face of a mailbox that nobody else has one for. */
export type PlainFaceOf<M> = M extends Mailbox & Operations<object, object> ? AcquiredServer<M> : M extends Mailbox ? Acquired<M> : never

/** The face of a mailbox that nobody else has one for: of a server or pool with its calls and casts. */
export function plainFaceOf(mailbox: Mailbox): Acquired<Mailbox> {
  return isOperations(mailbox) ? new AcquiredServer(mailbox) : new Acquired(mailbox)
}
