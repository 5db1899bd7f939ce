/**
 * The life of an attachment: offered, attached, given back or kept, over.
 *
 * Invariants
 * - The detach message stands behind all that was posted before it, across restarts of the service.
 * - It is detached at most once; a released one posts nothing.
 */

import type { Origin, Party } from "../kernel/envelope.ts"
import { Internal } from "../kernel/errors.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { checkStackRoom } from "../kernel/stack.ts"
import { unheardAfterEnd } from "../kernel/unheard.ts"
import { tellDetached } from "../server/detached.ts"
import type { DetachDecision, DetachEvent } from "../supervision/detach-policy.ts"
import { type AttachmentEvent, type AttachmentState, attachmentTable } from "./attachment-lifecycle.ts"
import type { Holder } from "./holder.ts"
import type { ServiceEvent } from "./service-event.ts"
import type { ServiceRecord } from "./service-record.ts"

/** Whose life it is. */
export interface AttachmentPlan {
  readonly origin: Origin
  readonly holder: Holder
  readonly service: ServiceRecord
  readonly kernel: Kernel
  /** Whether the process is told of a caller that has left. */
  readonly hasDetachedHook: boolean
  report(event: ServiceEvent): void
  /** It is in another state. */
  moved(): void
  over(): void
}

export class AttachmentLife {
  readonly #plan: AttachmentPlan
  #state: AttachmentState = attachmentTable.initial
  #releasing: Promise<boolean> | undefined = undefined
  /** The incarnation of the service that runs when it is given back. */
  #left: Party | undefined = undefined

  constructor(plan: AttachmentPlan) {
    this.#plan = plan
  }

  /** The caller may have it; posts count from here on. */
  attached(): void {
    this.#step("ATTACHED")
  }

  get isAttached(): boolean {
    return this.#state === "attached"
  }

  release(): Promise<boolean> {
    // Its factory, or who was refused it, has nothing to give back.
    if (this.#state === "offered") return Promise.resolve(true)
    checkStackRoom()
    this.#releasing ??= unheardAfterEnd(this.#plan.holder.caller, this.#detach("released"))
    return this.#releasing
  }

  /** The caller has ended: what it posted is still served, then it is detached, whatever the policy says. */
  callerEnded(): void {
    this.#releasing ??= this.#detach("caller_ended")
  }

  async #detach(cause: DetachEvent["cause"]): Promise<boolean> {
    this.#step("RELEASE")
    this.#plan.service.held -= 1
    this.#left = this.#plan.service.inbox.owner
    try {
      const decision = await this.#decision(cause)
      this.#report(cause, decision)
      if (decision === "refuse") return this.#stay()
    } catch (error) {
      this.#plan.report({ type: "detach_policy_failed", service: this.#plan.service.id, error })
      if (cause === "released") {
        this.#stay()
        throw new Internal(`the detach policy of ${this.#plan.service.id} failed; the mailbox stays attached`, { cause: error })
      }
    }
    return true
  }

  /**
   * Made where the service has handled all that was posted before, in its turn, so that nothing comes between; at once where it never will, or
   * would wait for itself.
   */
  #decision(cause: DetachEvent["cause"]): Promise<DetachDecision["action"]> {
    return new Promise((resolve, reject) => {
      const decide = (): void => this.#decide(cause, resolve, reject)
      const { origin, kernel, service, holder } = this.#plan
      const isOwn = holder.caller !== undefined && holder.caller === service.inbox.owner
      if (isOwn || !kernel.signal(service.inbox, "marker", decide, origin, undefined, holder.caller)) decide()
    })
  }

  #decide(cause: DetachEvent["cause"], resolve: (decision: DetachDecision["action"]) => void, reject: (error: unknown) => void): void {
    const { id, child, held } = this.#plan.service
    const event: DetachEvent = { id, principal: this.#plan.holder.principal.id, remaining: held, cause }
    const leave = (): void => this.#leave()
    const settle = ({ action }: DetachDecision): void => resolve(action)
    const fail = (error: unknown): void => {
      // Nobody can keep the dead, whatever the policy does.
      if (cause === "caller_ended") leave()
      reject(error)
    }
    // Nobody decides any more: the caller is let go.
    const abandoned = (): void => {
      leave()
      resolve("keep")
    }
    if (child?.supervisor.request({ type: "detach", child, event, leave, settle, fail, abandoned }) !== true) abandoned()
  }

  #stay(): boolean {
    // Its caller may have ended meanwhile, and nobody can keep the dead.
    if (this.#plan.holder.caller?.status === "ended") {
      this.#leave()
      return true
    }
    this.#step("REFUSED")
    this.#plan.service.held += 1
    this.#releasing = undefined
    return false
  }

  /** The process hears of it before any later message, and before it is stopped for that. */
  #leave(): void {
    if (this.#state === "detached") return
    this.#step("DETACHED")
    const { origin, service, hasDetachedHook } = this.#plan
    service.attachments.delete(origin)
    service.inbox.audience?.left(origin)
    if (hasDetachedHook) tellDetached(service.inbox, origin, this.#left)
    this.#plan.over()
  }

  #report(cause: DetachEvent["cause"], decision: DetachDecision["action"]): void {
    const { id, held } = this.#plan.service
    this.#plan.report({ type: "detached", service: id, principal: this.#plan.holder.principal.id, cause, decision, remaining: held })
  }

  #step(event: AttachmentEvent): void {
    this.#state = attachmentTable.next(this.#state, event)?.target ?? this.#state
    this.#plan.moved()
  }
}
