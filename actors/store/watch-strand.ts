/**
 * What one process tells a watch: of a store without partitions, all of it; else the changes of one partition's keys, in their order. It begins behind what its
 * mailbox has posted, and goes on with each incarnation of that process, until there is none, or it has left.
 */

import type { MailboxPort, PigeonholeError } from "../../src/index.ts"
import type { StoreFace, StorePort } from "./store-face.ts"
import { versionOf } from "./store-version.ts"
import type { Change, WatchEvent } from "./watch-event.ts"
import { type Wanted, Watcher } from "./watcher.ts"

/** The process or processes that have what is wanted. */
export function strandsOf({ port, parts, face }: StorePort, wanted: Wanted): readonly WatchStrand[] {
  if (parts === undefined) return [new WatchStrand(port, face, new Watcher(wanted, port.id))]
  const at = wanted.isPrefix ? [...parts.partitions.keys()] : [parts.partitionOf(wanted.text)]
  return at.map((index) => {
    const watcher = new Watcher({ ...wanted, from: partOf(wanted.from, index) }, port.id)
    return new WatchStrand(parts.partitions[index] as MailboxPort, face, watcher)
  })
}

export class WatchStrand {
  readonly #port: MailboxPort
  readonly #face: StoreFace
  readonly #watcher: Watcher
  #version: string | undefined

  constructor(port: MailboxPort, face: StoreFace, watcher: Watcher) {
    this.#port = port
    this.#face = face
    this.#watcher = watcher
    this.#version = watcher.from
  }

  /** Up to where all was told; `undefined` until it has begun, and while what is there is told. */
  get version(): string | undefined {
    return this.#version
  }

  /** Whether something may come yet. */
  get isActive(): boolean {
    const { queue } = this.#watcher
    return queue.end === undefined || queue.size > 0
  }

  /** Whether there is something to tell, or to do, now. */
  get isReady(): boolean {
    const { queue } = this.#watcher
    return queue.peek() !== undefined || queue.isAtGap || queue.end?.error !== undefined
  }

  /** Whether there will be no more, and with which error. What waits is told first. */
  get end(): { readonly error: unknown } | undefined {
    return this.#watcher.queue.end
  }

  /** What is told next; it stays. */
  peek(): Change | undefined {
    return this.#watcher.queue.peek()
  }

  /** Why it may not be told. */
  refusal(): PigeonholeError | undefined {
    return this.#port.refusal(this.#face.watch, this.#watcher)
  }

  /** What was next is told, as that event of that watch; some changes tell nothing. */
  told(change: Change, watch: object, event: WatchEvent | undefined): void {
    if (event !== undefined) this.#watcher.witness?.(watch, event)
    const isAnew = change.type === "gap" || change.type === "reset"
    if (isAnew && this.#watcher.hasInitial) this.#version = undefined
    else if (isAnew || change.type === "mark" || this.#version !== undefined) this.#version = versionOf(change.epoch, change.count)
    this.#watcher.queue.shift()
    this.#watcher.taken()
  }

  /** All was told that waited, and what came then was left out. */
  recover(): void {
    this.#watcher.recover()
  }

  /** What was told before is forgotten: where what is there is to be told at all, it is told again. */
  retell(): void {
    if (!this.#watcher.hasInitial) return
    this.#version = undefined
    this.#watcher.retell()
  }

  /** What waits is left out. */
  discard(): void {
    this.#watcher.queue.discard()
  }

  /** Resolves when there may be something to tell. Of one who waits. */
  arrival(): Promise<void> {
    return this.#watcher.queue.arrival()
  }

  /** Asks each incarnation of the store anew, until there is none, or it has ended. */
  async keep(): Promise<void> {
    const { tenure } = this.#watcher
    const isTooLate = this.#port.isReleased
    try {
      while (!this.#watcher.hasLeft) {
        await this.#port.ask(this.#face.watch, this.#watcher, { timeoutMs: Number.POSITIVE_INFINITY })
        await tenure.over()
      }
    } catch (error) {
      // To give the mailbox back is to end its watches; who begins one by it after that is told why nothing comes.
      this.#watcher.leave(this.#port.isReleased && !isTooLate ? undefined : error, false)
    }
  }

  /** Wants no more. `isAtOnce`: nor what waits. */
  leave(error: unknown, isAtOnce: boolean): void {
    this.#watcher.leave(error, isAtOnce)
  }

  /** Its error was told. */
  conclude(): void {
    this.#watcher.queue.conclude()
  }
}

/** Between the versions of several partitions. */
const BETWEEN = ","

/** One text for all of them; `undefined` where one of them has none now. */
export function versionOfAll(strands: readonly WatchStrand[]): string | undefined {
  const versions = strands.map(({ version }) => version)
  return versions.includes(undefined) ? undefined : versions.join(BETWEEN)
}

/** What it says of one of them; a version of one alone is for all: the others have told nothing like it, and say so. */
function partOf(from: string | undefined, index: number): string | undefined {
  const versions = from?.split(BETWEEN)
  return versions?.[index % versions.length]
}
