/**
 * A request of a process or of the scenario whose answer is a step of its own: it is given at one moment, and reaches its asker when that is chosen. Where its
 * time is over before, or its asker gives it up, that is known to who has asked at once.
 */

import { canceledError, type FollowedSignal, follow, reasonOf, type SignalFollower } from "../../kernel/abort-signal.ts"
import { type Envelope, NO_LIMIT, type Party } from "../../kernel/envelope.ts"
import { isOurs } from "../../kernel/errors.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import { timeoutError } from "../../kernel/request-watch.ts"
import type { Unheard } from "../../kernel/unheard.ts"
import { actorBehind } from "./actor.ts"
import type { Asked, Waiting } from "./candidate.ts"
import type { ScenePort } from "./scene-port.ts"

/** What is asked, and how. */
export interface Request {
  readonly asker: Party | undefined
  readonly inbox: Inbox
  readonly operation: string
  readonly limitMs: number
  /** By which it may be given up; the runtime has looked at it. */
  readonly signal: AbortSignal | undefined
}

export class OpenRequest implements Asked, SignalFollower {
  readonly asker: Party | undefined
  readonly inbox: Inbox
  readonly target: string
  readonly request: Waiting | undefined
  readonly operation: string
  readonly limitMs: number
  readonly until: number
  /** What its asker waits for. */
  readonly promise: Promise<unknown>
  readonly #scene: ScenePort
  readonly #unheard: Unheard
  #resolve: ((value: unknown) => void) | undefined = undefined
  #reject: ((error: unknown) => void) | undefined = undefined
  /** Where it was answered, among all that is sent. */
  #place: number | undefined = undefined
  readonly #signal: AbortSignal | undefined
  #followed: FollowedSignal | undefined = undefined

  /** `unheard`: told of what fails that a process waits for. */
  constructor(scene: ScenePort, unheard: Unheard, { asker, inbox, operation, limitMs, signal }: Request) {
    this.#scene = scene
    this.#unheard = unheard
    this.asker = asker
    this.inbox = inbox
    this.target = actorBehind(inbox)
    this.request = scene.takePosted()
    this.operation = operation
    this.limitMs = limitMs
    this.#signal = signal
    this.until = limitMs === NO_LIMIT ? Number.POSITIVE_INFINITY : scene.now + limitMs
    this.promise = new Promise<unknown>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    if (this.request !== undefined) this.#notePlace(this.request.envelope)
  }

  /** Its promise is looked at later, when who answers may have sent more. */
  #notePlace(envelope: Envelope): void {
    const { resolve } = envelope
    const answered = (answer: unknown): void => {
      this.#place ??= this.#scene.nextId()
      resolve?.(answer)
    }
    envelope.resolve = answered
  }

  /** `answer`: what the runtime gives to who asks. */
  follow(answer: Promise<unknown>): void {
    answer.then(
      (value) => this.#give(false, () => this.#arrived(value)),
      (error) => (isTimeOver(error) ? this.#failed(error) : this.#give(true, () => this.#failed(error))),
    )
  }

  expire(): void {
    this.#failed(timeoutError(this.inbox.label, this.operation, this.limitMs))
  }

  #give(isFailure: boolean, deliver: () => void): void {
    if (this.#scene.repliesAtOnce) return deliver()
    this.#scene.answered(this, isFailure, deliver, this.#place)
    const signal = this.#signal
    if (signal === undefined) return
    this.#followed = follow(signal, this)
    if (this.#followed === undefined) this.aborted(reasonOf(signal))
  }

  /** Its asker gives it up while its answer is on its way. Until then the runtime hears of that itself. */
  aborted(reason: unknown): void {
    this.#scene.givenUp(this)
    this.#failed(canceledError(this.inbox.label, this.operation, reason))
  }

  #arrived(value: unknown): void {
    this.#followed?.delete(this)
    this.#scene.concluded(this, { value })
    this.#resolve?.(value)
  }

  #failed(error: unknown): void {
    const reject = this.#reject
    // Whose answer was lost may give it up before its time is over.
    if (reject === undefined) return
    this.#reject = undefined
    this.#followed?.delete(this)
    this.#scene.concluded(this, { error })
    if (this.asker !== undefined) this.#unheard.failed(this.asker, this.promise)
    reject(error)
  }
}

function isTimeOver(error: unknown): boolean {
  return isOurs(error) && (error.kind === "TIMEOUT" || error.kind === "CANCELED")
}
