/**
 * A keyed lock: what is done under the same key is done one after the other, under different keys at the same time. A supervised actor that
 * knows who holds what; callers reach it through a mailbox.
 *
 * In memory, and without a TTL: a key is held until its work is done, or its holder dies. What is to be locked among several programs, or for a
 * time, needs a store's lease.
 *
 * Written against the runtime's public names alone.
 *
 * Source  OTP, global:trans/2. Differs: who waits is served in order, and does not try again and again; a process holds by each work, so two
 *         works of one process under the same key exclude each other too.
 */

import {
  checkOptions,
  failure,
  invalid,
  RateLimited,
  type ServerSelf,
  type ServiceDefinition,
  server,
  service,
  shown,
} from "../../src/index.ts"
import { givenBackError, KeyedLockMailbox, type LockFace } from "./keyed-lock-mailbox.ts"
import { Left, LockTable, Ticket } from "./lock-table.ts"

/** What a keyed lock is limited to. */
export interface KeyedLockOptions {
  /** Works at a time that hold a key or wait for one, of all keys together; from 1. Default 65 536. */
  readonly capacity?: number
}

const DEFAULT_CAPACITY = 65_536

/** What one incarnation has; the table may be of the one before. */
interface LockState {
  readonly table: LockTable
}

/** What a lock does. Made where a lock is defined: a program that has none is not to carry it. */
const protocolOf = () =>
  server({
    // Nothing of a caller's runs here.
    asyncContext: "any",
    init: (capacity: number, self: ServerSelf): LockState => ({ table: new LockTable(capacity, self) }),
    inherit: ({ table }: LockState, self) => {
      table.adopt(self)
      return { table }
    },
    call: {
      take: ({ table }, ticket: Ticket, self: ServerSelf) => {
        if (table.isFull) return failure(fullError(table.capacity, ticket.key))
        if (table.take(ticket)) return true
        ticket.deferred = self.defer<boolean>()
        return ticket.deferred
      },
    },
    cast: {
      leave: ({ table }, ticket: Ticket) => table.leave(ticket),
    },
    info: ({ table }, message) => {
      if (message instanceof Left) table.leave(message.ticket)
    },
    detached: ({ table }, attachment) => table.leaveAll(attachment, givenBackError),
  })

const ofKey = ({ key }: Ticket): { readonly key: string } => ({ key })

/**
 * Defines a keyed lock. Its state outlives a crash (`state: "retain"`), so that nobody is given what another holds.
 *
 * Errors  Invalid, for a `capacity` that is no whole number from 1.
 *
 * @example
 * await using app = await start({ "app:locks": keyedLock() })
 * const locks = await app.acquire("app:locks")
 * const done: string[] = []
 * const slow = locks.hold("a", async () => void done.push("first"))
 * await Promise.all([slow, locks.hold("a", () => done.push("second"))])
 * done // => ["first", "second"]
 */
export function keyedLock(options?: KeyedLockOptions): ServiceDefinition<KeyedLockMailbox> {
  const { capacity = DEFAULT_CAPACITY } = checkOptions(options, ["capacity"])
  if (!Number.isInteger(capacity) || capacity < 1) throw invalid("capacity", `must be a whole number from 1; got ${shown(capacity)}`)
  const protocol = protocolOf()
  const face: LockFace = { take: protocol.route("call", "take"), leave: protocol.route("cast", "leave") }
  return service({
    kind: "lock",
    server: protocol,
    argument: capacity,
    acquire: "lock.acquire",
    guards: {
      take: { action: "lock.key.hold", attributes: ofKey, take: Ticket.take },
      leave: { action: "lock.key.hold", attributes: ofKey, take: Ticket.take },
    },
    state: "retain",
    mailbox: (port) => new KeyedLockMailbox(port, face),
  })
}

function fullError(capacity: number, key: string): RateLimited {
  return new RateLimited(`the lock is full: ${capacity} hold a key or wait for one`, { details: { key, capacity } })
}
