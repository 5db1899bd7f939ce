/** A port that is another one, but for what is said of it anew: how it asks, and what the policies say of that. */

import type { AskOptions } from "../kernel/ask-options.ts"
import type { PigeonholeError } from "../kernel/errors.ts"
import type { Principal } from "../security/principal.ts"
import type { DecodedArgument, MailboxPort, MailboxRoute } from "./mailbox.ts"

/** What a mailbox over partitions does otherwise than its port. */
export type PortFace = Pick<MailboxPort, "ask" | "refusal">

export class WrappedPort implements MailboxPort {
  readonly #whole: MailboxPort
  readonly #face: PortFace

  /** `face`: what is done in its own way; where it is left out, all is as of `whole`. */
  constructor(whole: MailboxPort, face: PortFace = whole) {
    this.#whole = whole
    this.#face = face
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

  decoded(route: MailboxRoute, argument: unknown): DecodedArgument {
    return this.#whole.decoded(route, argument)
  }

  ask(route: MailboxRoute, argument: unknown, options?: AskOptions): Promise<unknown> {
    return this.#face.ask(route, argument, options)
  }

  cast(route: MailboxRoute, argument: unknown): boolean {
    return this.#whole.cast(route, argument)
  }

  refusal(route: MailboxRoute, argument: unknown): PigeonholeError | undefined {
    return this.#face.refusal(route, argument)
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
