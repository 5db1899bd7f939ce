/**
 * Who could only wait for itself: it asks an inbox whose next reader comes after its own end, or its own start. Such a request is refused, and
 * handed back where it already waits, as it would hold up both of them until a time limit is over.
 *
 * Found out where nobody reads the inbox, or its process is about to end; whoever reads it answers by itself.
 */

import type { Destination, Envelope, Party } from "./envelope.ts"
import { type PigeonholeError, Unavailable } from "./errors.ts"

/** Why it would wait for itself there. */
export function impasseOf({ asker, inbox }: Envelope): PigeonholeError | undefined {
  if (asker === undefined || asker.status === "ended") return undefined
  const { owner } = inbox
  if (owner !== undefined) {
    // Two that end must not wait for each other's next incarnation.
    for (const process of heldUpWith(asker)) if (process === owner || process.inbox.isClosed) return endingError(inbox, asker)
  }
  return inbox.kernel.impasse?.(inbox, asker)
}

/** The process, and who does not go on before it: whose task it is, and so on. */
export function* heldUpWith(process: Party): Iterable<Party> {
  for (let each: Party | undefined = process; each !== undefined; each = each.onBehalfOf) yield each
}

function endingError({ label }: Destination, asker: Party): PigeonholeError {
  const message = `${label} is about to end, and so is ${asker.label}, which asks it: neither waits for the next incarnation of the other`
  return new Unavailable(message, { details: { target: label, asker: asker.label } })
}
