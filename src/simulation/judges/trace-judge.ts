/**
 * Judges promise 45: each trace that a tracer has begun is ended once, and one of a request that was answered says so.
 *
 * It looks at what is followed, where anything is: a runtime without a tracer has nothing to look at.
 *
 * Not here: which request is whose child, which a tracer can see for itself.
 */

import type { Envelope } from "../../kernel/envelope.ts"
import { FollowedRequest } from "../../kernel/followed-request.ts"
import type { Kernel } from "../../kernel/kernel.ts"
import { RequestFollowing } from "../../kernel/request-following.ts"
import type { Asked } from "../scene/candidate.ts"
import type { Breaks } from "./broken-promise.ts"
import { SeldomMap, SeldomSet } from "./seldom.ts"

export class TraceJudge {
  readonly #breaks: Breaks
  /** While nobody knows yet whether it follows anything. */
  #kernel: Kernel | undefined
  readonly #open = new SeldomSet<FollowedRequest>()
  readonly #outcomes = new SeldomMap<FollowedRequest, string>()
  /** By the message, what follows it. */
  readonly #followed = new SeldomMap<Envelope, FollowedRequest>()

  constructor(kernel: Kernel, breaks: Breaks) {
    this.#kernel = kernel
    this.#breaks = breaks
  }

  /** A process begins: by then it is known whether its runtime follows anything. */
  spawned(): void {
    const following = this.#kernel?.following
    this.#kernel = undefined
    if (following instanceof RequestFollowing && following.hasTracer) this.#follow(following)
  }

  #follow(following: RequestFollowing): void {
    const begin = following.begin.bind(following)
    const begun: RequestFollowing["begin"] = (...request) => {
      const context = begin(...request)
      if (context instanceof FollowedRequest && context.trace !== undefined) this.#open.add(context)
      return context
    }
    const tellEnd = following.tellEnd.bind(following)
    const ended: RequestFollowing["tellEnd"] = (request, outcome) => {
      if (request.trace !== undefined) this.#ends(request, outcome.outcome)
      tellEnd(request, outcome)
    }
    following.begin = begun
    following.tellEnd = ended
  }

  #ends(request: FollowedRequest, outcome: string): void {
    if (!this.#open.delete(request)) this.#breaks("45", `the trace of ${nameOf(request)} was ended twice`)
    this.#outcomes.set(request, outcome)
  }

  posted(envelope: Envelope): void {
    if (envelope.context instanceof FollowedRequest && envelope.context.trace !== undefined) this.#followed.set(envelope, envelope.context)
  }

  /** Whoever has asked that is told what was answered. */
  answered({ request }: Asked): void {
    const followed = request === undefined ? undefined : this.#followed.get(request.envelope)
    const outcome = followed === undefined ? "answered" : this.#outcomes.get(followed)
    if (followed === undefined || outcome === "answered") return
    this.#breaks("45", `${nameOf(followed)} was answered, and its trace ${outcome === undefined ? "goes on" : `says ${outcome}`}`)
  }

  /** All has stopped. */
  judgeEnd(): void {
    const [first] = this.#open
    if (first !== undefined) this.#breaks("45", `${this.#open.size} traces were never ended, the first of ${nameOf(first)}`)
  }
}

function nameOf({ posted: { operation, target } }: FollowedRequest): string {
  return `${operation} of ${target}`
}
