/**
 * One mailbox over all partitions of a service: the attachments to them, held and given back as one.
 *
 * Its own messages go nowhere: whoever makes the mailbox's face says which partition each is for.
 */

import { Internal, invalid, type PigeonholeError, shown } from "../kernel/errors.ts"
import type { DecodedArgument, MailboxPort, MailboxRoute } from "./mailbox.ts"
import { partitionIndex } from "./partition.ts"
import { type PortFace, WrappedPort } from "./wrapped-port.ts"

/** What stands behind a mailbox over all partitions of a service. What it is asked itself is `Invalid`: each partition has a port of its own. */
export interface PartitionedPort extends MailboxPort {
  /** The ports of the partitions, in order; each has its queue, its process and its crashes. To release one is to release all. */
  readonly partitions: readonly MailboxPort[]
  /** Which of them has the key, counted from 0: the same one each time, in every run. A hash tag, `{…}` in the key, picks in its place. Throws `Invalid` for what is no text. */
  partitionOf(key: string): number
  /** The port of the partition that has the key. Throws `Invalid` for what is no text. */
  portOf(key: string): MailboxPort
  /** A port for the face of one mailbox: this one, but that it asks in the face's own way. Both functions are called with the port's arguments. */
  as(face: Pick<MailboxPort, "ask" | "refusal">): MailboxPort
}

export class JoinedPort extends WrappedPort implements PartitionedPort {
  readonly partitions: readonly MailboxPort[]

  constructor(whole: MailboxPort, partitions: readonly MailboxPort[]) {
    super(whole)
    this.partitions = Object.freeze([...partitions])
  }

  partitionOf(key: string): number {
    return partitionIndex(checkText(key), this.partitions.length)
  }

  portOf(key: string): MailboxPort {
    const port = this.partitions[this.partitionOf(key)]
    if (port === undefined) throw new Internal(`${this.service} has no partitions`)
    return port
  }

  as(face: PortFace): MailboxPort {
    return new WrappedPort(this, face)
  }

  /** As any of them does: they have the same operations. */
  override decoded(route: MailboxRoute, argument: unknown): DecodedArgument {
    return (this.partitions[0] ?? this.portOf("")).decoded(route, argument)
  }

  /** Of the first partition that has to say something. */
  override bootDeadlock(): PigeonholeError | undefined {
    for (const port of this.partitions) {
      const refusal = port.bootDeadlock()
      if (refusal !== undefined) return refusal
    }
    return undefined
  }
}

/** A number would pick by its remainder, and its text by its hash: one key must not be in two partitions. */
function checkText(key: unknown): string {
  if (typeof key === "string") return key
  throw invalid("key", `must be a text; got ${shown(key)}`)
}
