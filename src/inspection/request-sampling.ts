/**
 * Requests on the inspection stream: those of a share that each listener says, each told once, when it is over. Whole traces: what the handling of one
 * brings forth is told too, and of one that was not picked nothing.
 *
 * Never what a request carries.
 */

import type { Posted, RequestSample } from "../kernel/followed-request.ts"
import type { Host } from "../kernel/host.ts"
import type { RequestSampler } from "../kernel/request-following.ts"
import type { PostedRequest, RequestOutcome } from "../kernel/request-tracer.ts"
import { seededRandom } from "../kernel/seeded-random.ts"

/** A request is over, of those that an inspector has asked for by `sampleRequests`. */
export interface RequestEvent extends RequestOutcome {
  readonly type: "request"
  /** Unique in the runtime. */
  readonly id: number
  /** Of the request in whose handling it was posted; `undefined`: in none, or nobody knows. */
  readonly parent: number | undefined
  /** Whom it was for: the id of a service, a name or a pid. */
  readonly target: string
  /** The name of the call or cast; `message` for what has none. */
  readonly operation: string
  /** How it was sent. */
  readonly kind: PostedRequest["kind"]
  /** Who acted, where it came through a mailbox. */
  readonly principal: string | undefined
}

export type RequestListener = (event: RequestEvent) => void

export class RequestSampling implements RequestSampler {
  readonly #host: Host
  /** Each with its share, in (0, 1]. One listener may be there twice. */
  readonly #listeners = new Map<object, { readonly listener: RequestListener; readonly share: number }>()
  #most = 0
  #isPartial = false
  /** Of its own, so that what else draws of the host's chance draws the same. */
  #random: (() => number) | undefined = undefined
  #lastId = 0

  constructor(host: Host) {
    this.#host = host
  }

  get isWanted(): boolean {
    return this.#listeners.size > 0
  }

  /** Returns what removes it. */
  listen(share: number, listener: RequestListener): () => void {
    const key = {}
    this.#listeners.set(key, { listener, share })
    this.#weigh()
    return () => {
      this.#listeners.delete(key)
      this.#weigh()
    }
  }

  #weigh(): void {
    const shares = Array.from(this.#listeners.values(), ({ share }) => share)
    this.#most = Math.max(0, ...shares)
    this.#isPartial = shares.some((share) => share < 1)
  }

  root(): RequestSample | undefined {
    const draw = this.#isPartial ? this.#draw() : 0
    return draw < this.#most ? this.#sample(undefined, draw) : undefined
  }

  child({ id, draw }: RequestSample): RequestSample {
    return this.#sample(id, draw)
  }

  ended({ id, parent, draw }: RequestSample, posted: Posted, outcome: RequestOutcome): void {
    const event: RequestEvent = { type: "request", id, parent, ...posted, ...outcome }
    for (const { listener, share } of this.#listeners.values()) if (draw < share) listener(event)
  }

  #sample(parent: number | undefined, draw: number): RequestSample {
    this.#lastId += 1
    return { id: this.#lastId, parent, draw }
  }

  #draw(): number {
    this.#random ??= seededRandom(Math.floor(this.#host.random() * 2 ** 32))
    return this.#random()
  }
}
