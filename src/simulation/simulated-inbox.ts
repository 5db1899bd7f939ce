/** An inbox that says to the scene what has come into it, so that each message has its sender and its number. */

import type { Carrier, Envelope } from "../kernel/envelope.ts"
import type { PigeonholeError } from "../kernel/errors.ts"
import { Inbox } from "../kernel/inbox.ts"
import { type InboxLife, type InboxOptions, overflowError } from "../kernel/inbox-rules.ts"
import type { ScenePort } from "./scene-port.ts"

export class SimulatedInbox extends Inbox {
  readonly #scene: ScenePort

  constructor(scene: ScenePort, kernel: Carrier, label: string, options?: InboxOptions, life?: InboxLife) {
    super(kernel, label, options, life)
    this.#scene = scene
  }

  override post(envelope: Envelope, isOwn = false): PigeonholeError | undefined {
    const isFull = envelope.kind === "message" && this.#scene.refuses(this)
    const refusal = isFull ? overflowError(this.label, this.rules) : super.post(envelope, isOwn)
    if (refusal === undefined) this.#scene.noted(envelope, this)
    return refusal
  }
}
