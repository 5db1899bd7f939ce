/**
 * Who holds which key of a lock, and who waits for it: the lock's state, which may be handed on from one incarnation to the next.
 *
 * Invariants
 * - A key has one holder at a time, and who waits for it gets it in the order of asking.
 * - A ticket that has left holds nothing for longer than it takes the lock to hear of it; it is given nothing any more.
 * - A key that nobody holds takes no room.
 */

import type { Canceled, Deferred, ServerSelf } from "../../src/index.ts"
import { invalid } from "../../src/index.ts"

/** One wish for a key, by whoever waits for it or holds it. Made by a mailbox of ours, and known to nobody else. */
export class Ticket {
  readonly key: string
  /** The mailbox that asks. */
  readonly attachment: number
  /** Answers who waits. */
  deferred: Deferred<boolean> | undefined = undefined
  /** Its work is done, or its caller waits no longer. */
  hasLeft = false
  /** Where it has a place. */
  table: LockTable | undefined = undefined
  readonly #isOurs = true

  constructor(key: string, attachment: number) {
    this.key = key
    this.attachment = attachment
  }

  /** Throws `Invalid` for what is none. */
  static take(ticket: unknown): Ticket {
    if (typeof ticket === "object" && ticket !== null && #isOurs in ticket) return ticket
    throw invalid("ticket", "is not made by a lock's mailbox")
  }
}

/** The message of the lock's own timer: somebody has left who could not say so. */
export class Left {
  readonly ticket: Ticket

  constructor(ticket: Ticket) {
    this.ticket = ticket
  }
}

export class LockTable {
  readonly capacity: number
  #self: Pick<ServerSelf, "after">
  /** By key, the holder first, then who waits. */
  readonly #byKey = new Map<string, Set<Ticket>>()
  readonly #byAttachment = new Map<number, Set<Ticket>>()
  #size = 0

  constructor(capacity: number, self: Pick<ServerSelf, "after">) {
    this.capacity = capacity
    this.#self = self
  }

  /** Another incarnation has it from now on. Whoever waited for an answer of the one before has had an error. */
  adopt(self: Pick<ServerSelf, "after">): void {
    this.#self = self
    for (const tickets of [...this.#byKey.values()]) for (const ticket of tickets) if (ticket.hasLeft) this.leave(ticket)
  }

  get isFull(): boolean {
    return this.#size >= this.capacity
  }

  /** `true`: it holds its key; otherwise it waits. */
  take(ticket: Ticket): boolean {
    const [holder] = this.#byKey.get(ticket.key) ?? []
    if (holder?.hasLeft === true) this.leave(holder)
    ticket.table = this
    this.#size += 1
    const tickets = addTo(this.#byKey, ticket.key, ticket)
    addTo(this.#byAttachment, ticket.attachment, ticket)
    return tickets.size === 1
  }

  /** Its place is the next one's. A no-op for one that has none. */
  leave(ticket: Ticket): void {
    const tickets = this.#byKey.get(ticket.key)
    const [holder] = tickets ?? []
    if (tickets?.delete(ticket) !== true) return
    this.#forget(ticket)
    if (holder === ticket) this.#pass(tickets)
    if (tickets.size === 0) this.#byKey.delete(ticket.key)
  }

  /** A mailbox was given back, or its caller has died: what it held is free, and it waits for nothing any more. */
  leaveAll(attachment: number, reason: (key: string) => Canceled): void {
    for (const ticket of this.#byAttachment.get(attachment) ?? []) {
      this.leave(ticket)
      ticket.deferred?.fail(reason(ticket.key))
    }
  }

  /** Somebody has left, and the lock's inbox did not take the word of it: no full inbox, no policy and no release keeps a tick out. */
  leaveSoon(ticket: Ticket): void {
    try {
      this.#self.after(0, new Left(ticket))
    } catch {
      // The incarnation has ended: the next one looks for who has left.
    }
  }

  /** Gives the key to the first who still waits for it. */
  #pass(tickets: Set<Ticket>): void {
    for (const next of tickets) {
      const isGiven = !next.hasLeft && next.deferred?.reply(true) === true
      next.deferred = undefined
      if (isGiven) return
      tickets.delete(next)
      this.#forget(next)
    }
  }

  #forget(ticket: Ticket): void {
    ticket.table = undefined
    this.#size -= 1
    removeFrom(this.#byAttachment, ticket.attachment, ticket)
  }
}

function addTo<Key>(index: Map<Key, Set<Ticket>>, key: Key, ticket: Ticket): Set<Ticket> {
  const tickets = (index.get(key) ?? new Set()).add(ticket)
  index.set(key, tickets)
  return tickets
}

function removeFrom<Key>(index: Map<Key, Set<Ticket>>, key: Key, ticket: Ticket): void {
  const tickets = index.get(key)
  tickets?.delete(ticket)
  if (tickets?.size === 0) index.delete(key)
}
