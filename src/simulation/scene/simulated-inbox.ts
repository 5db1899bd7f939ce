/**
 * An inbox that says to the scene what has come into it, so that each message has its sender and its number.
 *
 * Invariant: its process takes what was chosen for it, and nothing else; in a turn of another sort (it starts, it hears that it is to stop) nothing.
 */

import type { Envelope } from "../../kernel/envelope.ts"
import type { PigeonholeError } from "../../kernel/errors.ts"
import { Inbox } from "../../kernel/inbox.ts"
import { type InboxLife, type InboxOptions, overflowError } from "../../kernel/inbox-rules.ts"
import { isOfFirstStart } from "./first-start.ts"
import type { NamedKernel, ScenePort } from "./scene-port.ts"

export class SimulatedInbox extends Inbox {
  readonly #scene: ScenePort
  readonly #kernel: NamedKernel
  #chosen: Envelope | undefined = undefined
  #label = ""
  #actor = ""

  constructor(scene: ScenePort, kernel: NamedKernel, label: string, options?: InboxOptions, life?: InboxLife) {
    super(kernel, label, options, life)
    this.#scene = scene
    this.#kernel = kernel
  }

  /** Spelled out once: in a schedule it is asked for at each step. */
  override get label(): string {
    if (this.#label === "") this.#label = super.label
    return this.#label
  }

  /** What its process is called in a schedule, from the first time that it is mentioned there. */
  get actor(): string {
    if (this.#actor === "") this.#actor = this.#scene.namesakes.called(this.#kernel, this.label)
    return this.#actor
  }

  override post(envelope: Envelope, isOwn = false): PigeonholeError | undefined {
    const isFull = envelope.kind === "message" && !isOfFirstStart(envelope.asker) && this.#scene.refuses(this)
    const refusal = isFull ? overflowError(this.label, this.rules) : super.post(envelope, isOwn)
    if (refusal === undefined) this.#scene.noted(envelope, this)
    return refusal
  }

  override postFirst(envelope: Envelope): void {
    if (!this.isClosed) this.#scene.putFirst(envelope, this)
    super.postFirst(envelope)
  }

  /** In its next turn its process takes this one. */
  choose(envelope: Envelope): void {
    this.bringForward(envelope)
    this.#chosen = envelope
  }

  override shift(): Envelope | undefined {
    const { head } = this
    if (head !== undefined && !head.isSettled && head !== this.#chosen && !this.#scene.servesAtOnce) return undefined
    this.#chosen = undefined
    return super.shift()
  }
}
