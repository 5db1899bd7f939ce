/**
 * A right under a key, of which one holds each at a time, as somebody has asked a service for it: a key of a keyed lock, a lease of a store.
 *
 * Whether it is held is what callers can tell: it was given, and not given back; its mailbox is attached and its caller lives; its time is not over; the service has
 * not forgotten it. Where one of these is not certain, it is neither surely held nor surely free.
 */

import type { Envelope } from "../../kernel/envelope.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import type { Attachment } from "../../service/attachment.ts"
import type { SupervisedChild } from "../../supervision/supervised-child.ts"

/** What a caller brings along who asks for a right, and gives it back by. */
export interface ClaimToken {
  readonly key: string
  /** Whoever has asked holds it no longer, or wants it no more. */
  readonly hasLeft: boolean
}

/** What somebody wants who asks for a right. */
export interface Wish {
  readonly token: ClaimToken
  /** For so many ms from when it is given; `Infinity`: until it is given back. */
  readonly forMs: number
  /** The number of the promise that it is about. */
  readonly promise: string
  /** How it is called in a sentence: `the key`. */
  readonly noun: string
  /** Whether an incarnation that goes on with this state goes on with the right. */
  isLeftWith(state: unknown): boolean
}

/** Where and by whom it was asked. */
export interface Asking {
  readonly envelope: Envelope
  readonly inbox: Inbox
  readonly attachment: Attachment
  readonly asker: string
  /** The clock then, in ms. */
  readonly at: number
}

export class Claim {
  readonly wish: Wish
  readonly asking: Asking
  /** The place in which the service came to it; 0: it has not. */
  taken = 0
  /** As which child it came to it. */
  keeper: SupervisedChild | undefined = undefined
  /** Whether the service has answered: what is on its way may come too late. */
  isAnswered = false
  /** When whoever has asked was told that it is theirs, in ms. */
  heardAt: number | undefined = undefined
  /** The service may have forgotten it, or somebody has taken it away, or has changed for how long it is held. */
  isDoubtful = false

  constructor(wish: Wish, asking: Asking) {
    this.wish = wish
    this.asking = asking
  }

  /** The service has come to it, and has not answered. */
  get isWaiting(): boolean {
    return this.taken > 0 && !this.asking.envelope.isSettled && this.isWanted
  }

  /** Whoever has asked is there, and has not given it back. */
  get isWanted(): boolean {
    const { attachment } = this.asking
    return !this.wish.token.hasLeft && !attachment.isReleased && attachment.holder.caller?.status !== "ended"
  }

  isHeld(now: number): boolean {
    return this.heardAt !== undefined && !this.isDoubtful && this.isWanted && now < this.asking.at + this.wish.forMs
  }

  /** Whether nobody can say that it is free. */
  mayBeHeld(now: number): boolean {
    if (!this.asking.envelope.isSettled || !this.isWanted) return false
    return this.heardAt === undefined || this.isDoubtful || now <= this.heardAt + this.wish.forMs
  }
}
