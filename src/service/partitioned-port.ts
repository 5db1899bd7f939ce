/**
 * One mailbox over all partitions of a service: the attachments to them, held and given back as one.
 *
 * Its own messages go nowhere: whoever makes the mailbox's face says which partition each is for.
 */

import type { AskOptions } from "../kernel/ask-options.ts"
import { Internal, invalid, type PigeonholeError, shown } from "../kernel/errors.ts"
import type { Principal } from "../security/principal.ts"
import type { MailboxPort, MailboxRoute } from "./mailbox.ts"
import { partitionIndex } from "./partition.ts"

/** What stands behind a mailbox over all partitions of a service. What it is asked itself is `Invalid`: each partition has a port of its own. */
export interface PartitionedPort extends MailboxPort {
  /** The ports of the partitions, in order; each has its queue, its process and its crashes. To release one is to release all. */
  readonly partitions: readonly MailboxPort[]
  /** Which of them has the key, counted from 0: the same one each time, in every run. A hash tag, `{…}` in the key, picks in its place. Throws `Invalid` for what is no text. */
  partitionOf(key: string): number
  /** The port of the partition that has the key. Throws `Invalid` for what is no text. */
  portOf(key: string): MailboxPort
}

export class JoinedPort implements PartitionedPort {
  readonly partitions: readonly MailboxPort[]
  readonly #whole: MailboxPort

  constructor(whole: MailboxPort, partitions: readonly MailboxPort[]) {
    this.#whole = whole
    this.partitions = Object.freeze([...partitions])
  }

  get id(): number {
    return this.#whole.id
  }

  get service(): string {
    return this.#whole.service
  }

  get principal(): Principal {
    return this.#whole.principal
  }

  get isReleased(): boolean {
    return this.#whole.isReleased
  }

  partitionOf(key: string): number {
    return partitionIndex(checkText(key), this.partitions.length)
  }

  portOf(key: string): MailboxPort {
    const port = this.partitions[this.partitionOf(key)]
    if (port === undefined) throw new Internal(`${this.service} has no partitions`)
    return port
  }

  /** Of the first partition that has to say something. */
  bootDeadlock(): PigeonholeError | undefined {
    for (const port of this.partitions) {
      const refusal = port.bootDeadlock()
      if (refusal !== undefined) return refusal
    }
    return undefined
  }

  ask(route: MailboxRoute, argument: unknown, options?: AskOptions): Promise<unknown> {
    return this.#whole.ask(route, argument, options)
  }

  cast(route: MailboxRoute, argument: unknown): boolean {
    return this.#whole.cast(route, argument)
  }

  refusal(route: MailboxRoute, argument: unknown): PigeonholeError | undefined {
    return this.#whole.refusal(route, argument)
  }

  refused(error: unknown): Promise<never> {
    return this.#whole.refused(error)
  }

  unheardAfterEnd<T>(work: Promise<T>): Promise<T> {
    return this.#whole.unheardAfterEnd(work)
  }

  inContext<Parameters extends unknown[], Result>(callback: (...parameters: Parameters) => Result): (...parameters: Parameters) => Result {
    return this.#whole.inContext(callback)
  }

  release(): Promise<boolean> {
    return this.#whole.release()
  }
}

/** A number would pick by its remainder, and its text by its hash: one key must not be in two partitions. */
function checkText(key: unknown): string {
  if (typeof key === "string") return key
  throw invalid("key", `must be a text; got ${shown(key)}`)
}
