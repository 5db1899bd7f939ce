/** A lease of a store, as its holder has it. */

import { type AskOptions, Conflict, type MailboxPort, type PigeonholeError, shown, Timeout } from "../../src/index.ts"
import type { LeaseInfo } from "./lease-table.ts"
import { lostError } from "./lease-table.ts"
import { type LeaseGrant, LeaseQuery, LeaseRenewal, type LeaseToken } from "./lease-token.ts"
import type { StoreFace } from "./store-face.ts"
import { millisecondsOf } from "./time-to-live.ts"

/** For how long a lease is wanted, and whether it is waited for. */
export interface LeaseOptions {
  /** Seconds until it is over, unless it is renewed. Fractions count, to the millisecond. 0, `Infinity` or absent: it is held until it is given back. */
  readonly ttl?: number | undefined
  /** Where another holds it: wait, in the order of asking, as long as the request may take (`timeoutMs`, `signal`). Default `false`: it is refused. */
  readonly wait?: boolean | undefined
}

/** What stands behind a lease. */
interface LeasePlan {
  readonly port: MailboxPort
  readonly face: StoreFace
  readonly token: LeaseToken
}

/**
 * A right that is held under a key: nobody else holds it meanwhile. Over with `release`, its time, the mailbox it was asked by or its caller, the end
 * of the store (unless its state is retained), and whoever may break it.
 */
export class Lease {
  readonly #port: MailboxPort
  readonly #face: StoreFace
  readonly #token: LeaseToken
  #expiresAt: number | undefined
  #controller: AbortController | undefined = undefined
  #loss: PigeonholeError | undefined = undefined

  /** @internal */
  constructor({ port, face, token }: LeasePlan, { expiresAt }: LeaseGrant) {
    this.#port = port
    this.#face = face
    this.#token = token
    this.#expiresAt = expiresAt
    void this.#keep()
  }

  get key(): string {
    return this.#token.key
  }

  /** Greater than that of every lease of this store before: who is told to do something under the lease can refuse what comes with a lesser one. */
  get fence(): number {
    return this.#token.fence
  }

  /** When its time is over, in ms since 1970, by the host's calendar; `undefined`: it is held until it is given back. */
  get expiresAt(): number | undefined {
    return this.#expiresAt
  }

  /** Whether it is held now, by the store's own clock. `false` between a crash of the store and its restart, too. */
  get isHeld(): boolean {
    return this.#token.isHeld
  }

  /** Aborted once it is lost; its `reason` is the `Conflict` that says how. Not by `release`. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#loss !== undefined && !this.#controller.signal.aborted) this.#controller.abort(this.#loss)
    return this.#controller.signal
  }

  /**
   * Holds it for that long from now on; without a TTL, for as long as it was last time.
   *
   * Units   ttl: seconds.
   * Errors  Conflict, where it is held no longer: ask for another one; Invalid; as all operations.
   */
  renew(ttl?: number, options?: AskOptions): Promise<void> {
    try {
      const ttlMs = ttl === undefined ? this.#token.ttlMs : millisecondsOf(ttl)
      return this.#port.unheardAfterEnd(this.#renew(new LeaseRenewal(this.#token, ttlMs), options))
    } catch (error) {
      return this.#port.refused(error)
    }
  }

  /** Gives it back: it is free from now on. `false`: it was held no longer. Needs no permission, and cannot fail. */
  async release(): Promise<boolean> {
    const { isHeld } = this.#token
    this.#token.leave()
    return isHeld
  }

  /** Gives it back on leaving an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#token.leave()
  }

  async #renew(renewal: LeaseRenewal, options: AskOptions | undefined): Promise<void> {
    const { expiresAt } = (await this.#port.ask(this.#face.renewLease, renewal, options)) as LeaseGrant
    this.#expiresAt = expiresAt
  }

  /** Hears of its loss; where the store has ended, asks the next incarnation whether it knows of it. */
  async #keep(): Promise<void> {
    const token = this.#token
    while (!token.hasLeft && token.lostBy === undefined) {
      await token.tenure.over()
      if (token.hasLeft || token.lostBy !== undefined || (await this.#isKnown())) continue
      token.lostBy = "the store has ended"
    }
    if (!token.hasLeft) this.#lost()
  }

  async #isKnown(): Promise<boolean> {
    try {
      return (await this.#port.ask(this.#face.keepLease, this.#token, { timeoutMs: Number.POSITIVE_INFINITY })) === true
    } catch {
      return false
    }
  }

  #lost(): void {
    this.#loss = lostError(this.#token)
    this.#token.leave()
    this.#controller?.abort(this.#loss)
  }
}

/** Asks for a lease; what comes too late is given back. */
export async function askLease(plan: LeasePlan, options: AskOptions | undefined): Promise<Lease> {
  const { port, face, token } = plan
  try {
    return new Lease(plan, (await port.ask(face.lease, token, options)) as LeaseGrant)
  } catch (error) {
    const hasWaited = token.deferred !== undefined
    token.leave()
    throw hasWaited && error instanceof Timeout ? waitedInVain(token.key, error) : error
  }
}

/** The store has answered nothing because there was nothing to answer yet. */
function waitedInVain(key: string, { message, details }: Timeout): Timeout {
  return new Timeout(`${message}: another holds the lease of ${shown(key)}`, { details: { ...details, key } })
}

/** Leases that are looked at before it is said that they come and go too fast to be broken. */
const MOST_LOOKS = 8

/** Breaks the lease of whoever holds it: policies judge whose that is, and it is broken if it still is that one. */
export async function askBreak(port: MailboxPort, face: StoreFace, key: string, options: AskOptions | undefined): Promise<boolean> {
  const { id } = port.principal
  for (let left = MOST_LOOKS; left > 0; left -= 1) {
    const held = (await port.ask(face.leaseOf, new LeaseQuery(key, id, 0, id), options)) as LeaseInfo | undefined
    if (held === undefined) return false
    if (await port.ask(face.breakLease, new LeaseQuery(key, held.holder, held.fence, id), options)) return true
  }
  const message = `the lease of ${shown(key)} changes hands too fast: try again`
  throw new Conflict(message, { details: { field: "key", key }, retryable: true })
}
