/**
 * What stands behind the mailbox of a store with partitions: the same as behind one of a store without, so that the mailbox is the same, too. Each message
 * goes where its key is; what is about many keys, or all, is divided, and the answers are made one.
 *
 * What is decided of a message stands in `spreads.ts`; this carries it out, and is asked for nothing else.
 */

import type { AskOptions, MailboxPort, MailboxRoute, PartitionedPort, PigeonholeError, Principal } from "../../src/index.ts"
import { isCutShort } from "./cut-short.ts"
import { keyOf, SPREADS, type Spread } from "./spreads.ts"
import { STORE_CALLS, type StoreFace } from "./store-face.ts"

export class SpreadPort implements MailboxPort {
  readonly #whole: PartitionedPort
  /** By the index of the route. */
  readonly #spreads: readonly Spread[]

  /** `spreads`: made by `spreadsOf`. */
  constructor(whole: PartitionedPort, spreads: readonly Spread[]) {
    this.#whole = whole
    this.#spreads = spreads
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

  bootDeadlock(): PigeonholeError | undefined {
    return this.#whole.bootDeadlock()
  }

  ask(route: MailboxRoute, argument: unknown, options?: AskOptions): Promise<unknown> {
    const spread = this.#spreads[route.index]
    if (spread === undefined) return this.#whole.ask(route, argument, options)
    try {
      return spread(this.#whole, route, argument, options)
    } catch (error) {
      if (isCutShort(error)) throw error
      return this.#whole.refused(error)
    }
  }

  /** A store has none. */
  cast(route: MailboxRoute, argument: unknown): boolean {
    return this.#whole.cast(route, argument)
  }

  /** Of what is about one key. */
  refusal(route: MailboxRoute, argument: unknown): PigeonholeError | undefined {
    return this.#whole.portOf(keyOf(argument)).refusal(route, argument)
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

/** By the index of their routes. */
export function spreadsOf(face: StoreFace): readonly Spread[] {
  const spreads: Spread[] = []
  for (const name of STORE_CALLS) if (name !== "watch") spreads[face[name].index] = SPREADS[name]
  return spreads
}
