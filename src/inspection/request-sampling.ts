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
  /** So many roots until the next that is picked. */
  #passedOver = 0
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
    if (this.#isPartial) this.#passedOver = this.#drawGap()
  }

  /** Of those that are passed over, each costs a step of a count: how many are is drawn with the one before them. */
  root(): RequestSample | undefined {
    if (!this.#isPartial) return this.#sample(undefined, 0)
    this.#passedOver -= 1
    if (this.#passedOver >= 0) return undefined
    this.#passedOver = this.#drawGap()
    return this.#sample(undefined, this.#draw() * this.#most)
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

  /** How many fail in a row before one succeeds, where each does with the greatest of the shares. */
  #drawGap(): number {
    return this.#most < 1 ? Math.floor(Math.log1p(-this.#draw()) / Math.log1p(-this.#most)) : 0
  }

  #draw(): number {
    this.#random ??= seededRandom(Math.floor(this.#host.random() * 2 ** 32))
    return this.#random()
  }
}
