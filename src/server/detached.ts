/**
 * Who has left a server, and which of its incarnations is told.
 *
 * A caller that gives its mailbox back has posted a marker behind its last message; where its detach policy lets it go, what says so comes next.
 *
 * Invariants
 * - The incarnation is told that ran when the mailbox was given back, before its `terminate`, whatever ends it but a kill.
 * - A later one is told only where it has to know: it was given messages of that caller, or the state that an earlier one has left.
 * - One that nobody runs any more, or whose end had begun, has nobody in its place.
 */

import { Envelope, type Origin, type Party } from "../kernel/envelope.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Inbox } from "../kernel/inbox.ts"
import { keeperOf } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"

/** What a server finds in its inbox behind a caller's last message, once that caller has left. */
export class Detached {
  readonly attachment: number
  /** Who ran when the mailbox was given back. */
  readonly incarnation: Party | undefined

  constructor(attachment: number, incarnation: Party | undefined) {
    this.attachment = attachment
    this.incarnation = incarnation
  }
}

/** Tells whoever reads the inbox, before anything else that waits there. */
export function tellDetached(inbox: Inbox, origin: Origin, incarnation: Party | undefined): void {
  const envelope = new Envelope("signal", inbox, undefined, new Detached(origin.id, incarnation), origin, undefined)
  // One that ends looks for it itself.
  if (inbox.isClosed) inbox.post(envelope)
  else inbox.postFirst(envelope)
}

/** Which of those who leave an incarnation hears of. */
export class Departures {
  readonly #process: Process
  readonly #isHeir: boolean
  /** Whose messages waited when it began. */
  readonly #known: ReadonlySet<Origin>

  /** `isHeir`: it begins with the state of an earlier one. */
  constructor(process: Process, isHeir: boolean) {
    this.#process = process
    this.#isHeir = isHeir
    this.#known = waitingOrigins(process.inbox)
  }

  isFor({ incarnation }: Detached, origin: Origin | undefined): boolean {
    return incarnation === this.#process || this.#isHeir || (origin !== undefined && this.#known.has(origin))
  }

  /**
   * Of those who leave while it ends the next that it is told of. One whose messages wait for the next incarnation leaves that; where there
   * will be none, nobody is given them. Nobody, once it has ended: it was killed meanwhile.
   */
  next(reason: ExitReason): Detached | undefined {
    const { inbox, pid, status } = this.#process
    if (status === "ended") return undefined
    const waiting = keeperOf(pid)?.sequel(reason) === "next" ? waitingOrigins(inbox) : NOBODY
    const isLeaving = ({ kind, origin }: Envelope): boolean => kind === "marker" && origin !== undefined && !waiting.has(origin)
    for (let marker = inbox.takeNotice(isLeaving); marker !== undefined; marker = inbox.takeNotice(isLeaving)) {
      // Its policy is asked: where it lets the caller go, the inbox has what says so.
      const leave = marker.argument as () => void
      leave()
    }
    const told = inbox.takeNotice(({ argument, origin }) => argument instanceof Detached && this.isFor(argument, origin))
    return told?.argument as Detached | undefined
  }
}

const NOBODY: ReadonlySet<Origin> = new Set()

/** Who has posted, through a mailbox, what waits to be handled. Cost O(waiting). */
function waitingOrigins(inbox: Inbox): ReadonlySet<Origin> {
  const waiting = inbox.first(Number.MAX_SAFE_INTEGER)
  if (waiting.length === 0) return NOBODY
  return new Set(
    waiting.flatMap(({ kind, origin, isSettled }) => (kind === "message" && origin !== undefined && !isSettled ? [origin] : [])),
  )
}
