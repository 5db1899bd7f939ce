/**
 * Requests of mailboxes that wait until it is known whether there is a value, and whether they are still wanted then.
 *
 * By then a mailbox may have been given back: what it had asked for is given where it is there, and nothing more is begun for it.
 */

import type { LoadRequest } from "../store/load-request.ts"

export class AwaitedLooks {
  readonly #byAttachment = new Map<number, Set<LoadRequest>>()

  begin(request: LoadRequest): void {
    const { attachment } = request
    const requests = this.#byAttachment.get(attachment)
    if (requests === undefined) this.#byAttachment.set(attachment, new Set([request]))
    else requests.add(request)
  }

  /** It is known. `false`: its mailbox was given back meanwhile. */
  end(request: LoadRequest): boolean {
    const requests = this.#byAttachment.get(request.attachment)
    if (requests?.delete(request) !== true) return false
    if (requests.size === 0) this.#byAttachment.delete(request.attachment)
    return true
  }

  /** A mailbox was given back, or its caller has died. */
  detached(attachment: number): void {
    this.#byAttachment.delete(attachment)
  }
}
