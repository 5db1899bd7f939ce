/** The face of a keyed lock: what `acquire` returns for one. It gives back every key that it was given, whatever becomes of the work. */

import { type AskOptions, Canceled, type Invalid, invalid, Mailbox, type MailboxPort, type ServerRoute, shown } from "../../src/index.ts"
import { Ticket } from "./lock-table.ts"

/** The lock's names. */
export interface LockFace {
  readonly take: ServerRoute
  readonly leave: ServerRoute
}

/** A mailbox of a keyed lock. */
export class KeyedLockMailbox extends Mailbox {
  readonly #port: MailboxPort
  readonly #face: LockFace

  constructor(port: MailboxPort, face: LockFace) {
    super(port)
    this.#port = port
    this.#face = face
  }

  /**
   * Does `work` while it holds the key: nobody else who holds by this lock does anything under the same key meanwhile. Gives what the work
   * gives. The key is free again when the work is done or has failed, and when its process dies or the mailbox is given back before that. A
   * work that holds a key and asks for it once more waits for itself.
   *
   * Units   timeoutMs: how long it waits for the key, not how long it may hold it; default 5000.
   * Order   of the same key: that of asking. Of different keys: none.
   * Errors  what `work` throws; Timeout, RateLimited (`capacity`, or a full inbox), PermissionDenied, Invalid; Unavailable (the lock is
   *         stopped, or was started anew meanwhile); Canceled, where the mailbox was given back meanwhile. The work has not begun then.
   * Source  OTP, global:trans/2.
   *
   * @example
   * await using app = await start({ "app:locks": keyedLock() })
   * const locks = await app.acquire("app:locks")
   * await locks.hold("account:1", async () => "paid") // => "paid"
   */
  hold<Result>(key: string, work: () => Result | PromiseLike<Result>, options?: AskOptions): Promise<Result> {
    if (!isKey(key)) return this.#port.refused(keyError(key))
    if (typeof work !== "function") return this.#port.refused(invalid("work", `must be a function; got ${shown(work)}`))
    return this.#port.unheardAfterEnd(this.#hold(new Ticket(key, this.#port.id), work, options))
  }

  async #hold<Result>(ticket: Ticket, work: () => Result | PromiseLike<Result>, options: AskOptions | undefined): Promise<Result> {
    try {
      await this.#port.ask(this.#face.take, ticket, options)
      // Its caller may have ended, or given it back, since the key was given: it is somebody else's by now.
      if (ticket.hasLeft || this.#port.isReleased) throw givenBackError(ticket.key)
      return await work()
    } finally {
      this.#leave(ticket)
    }
  }

  /** Also where nothing was given: the lock need not wait for who has given up. */
  #leave(ticket: Ticket): void {
    if (ticket.hasLeft) return
    ticket.hasLeft = true
    // It was never taken, and will not be: its time had run out, or it was refused.
    if (ticket.table === undefined) return
    if (this.#port.isReleased || !this.#port.cast(this.#face.leave, ticket)) ticket.table.leaveSoon(ticket)
  }
}

/** Whoever waited for a key, or was about to be given it, has given the mailbox back, or has died. */
export function givenBackError(key: string): Canceled {
  return new Canceled("the mailbox of the lock was given back before the work had begun", { details: { key } })
}

function isKey(key: unknown): key is string {
  return typeof key === "string" && key !== ""
}

function keyError(key: unknown): Invalid {
  return invalid("key", `must be a non-empty string; got ${shown(key)}`)
}
