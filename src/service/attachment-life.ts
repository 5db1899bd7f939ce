/**
 * The life of an attachment: offered, attached, given back or kept, over.
 *
 * Invariants
 * - The detach message stands behind all that was posted before it, across restarts of the service.
 * - It is detached at most once; a released one posts nothing.
 * - Those to the partitions of a service have one life with that to the whole of it: each step of the whole is a step of all.
 */

import type { Origin, Party } from "../kernel/envelope.ts"
import { Internal, Invalid } from "../kernel/errors.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { checkStackRoom } from "../kernel/stack.ts"
import { unheardAfterEnd } from "../kernel/unheard.ts"
import type { Gate } from "../security/gate.ts"
import { tellDetached } from "../server/detached.ts"
import type { DetachDecision, DetachEvent } from "../supervision/detach-policy.ts"
import { type AttachmentEvent, type AttachmentState, attachmentTable } from "./attachment-lifecycle.ts"
import type { Holder } from "./holder.ts"
import type { ServiceEvent } from "./service-event.ts"
import type { Reception, ServiceRecord } from "./service-record.ts"

/** What attachments need of the runtime. */
export interface AttachmentContext {
  readonly kernel: Kernel
  readonly gate: Gate
  report(event: ServiceEvent): void
  /** The attachment is over. */
  detached(life: AttachmentLife, service: ServiceRecord): void
}

/** Whose life it is. */
export interface AttachmentPlan {
  readonly origin: Origin
  readonly holder: Holder
  readonly service: ServiceRecord
  readonly context: AttachmentContext
  readonly reception: Reception
  /** Of the attachments to the partitions of the service, where they are one mailbox with this one. */
  readonly parts: readonly AttachmentLife[]
  /** It is in another state. */
  moved(): void
}

export class AttachmentLife {
  readonly #plan: AttachmentPlan
  /** What it is a part of. */
  #whole: AttachmentLife | undefined = undefined
  #state: AttachmentState = attachmentTable.initial
  #releasing: Promise<boolean> | undefined = undefined
  /** The incarnation of the service that runs when it is given back. */
  #left: Party | undefined = undefined
  /** Its service has heard, or will, that it is given back. */
  #isTold = false

  constructor(plan: AttachmentPlan) {
    this.#plan = plan
    for (const part of plan.parts) part.#whole = this
  }

  get holder(): Holder {
    return this.#plan.holder
  }

  /** The caller may have it; posts count from here on. */
  attached(): void {
    this.#step("ATTACHED")
  }

  get isAttached(): boolean {
    return this.#state === "attached"
  }

  /** Why nothing is posted by it. */
  get refusal(): Invalid | undefined {
    const { reception, service } = this.#plan
    return this.isAttached ? undefined : new Invalid(`${reception.kind} released`, { details: { field: "mailbox", id: service.id } })
  }

  /** Whether it is part of one mailbox over several partitions. */
  get isPart(): boolean {
    return this.#whole !== undefined
  }

  release(): Promise<boolean> {
    if (this.#whole !== undefined) return this.#whole.release()
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
    this.#begin()
    try {
      const decision = await this.#decision(cause)
      this.#report(cause, decision)
      if (decision === "refuse") return this.#stay()
    } catch (error) {
      this.#plan.context.report({ type: "detach_policy_failed", service: this.#plan.service.id, error })
      if (cause === "released") {
        this.#stay()
        throw new Internal(`the detach policy of ${this.#plan.service.id} failed; the mailbox stays attached`, { cause: error })
      }
    }
    return true
  }

  #begin(): void {
    this.#step("RELEASE")
    this.#plan.service.held -= 1
    this.#left = this.#plan.service.inbox.owner
    this.#isTold = false
    for (const part of this.#plan.parts) part.#begin()
  }

  /**
   * Made where the service has handled all that was posted before, in its turn, so that nothing comes between; of partitions in the turn of the
   * last that has.
   */
  #decision(cause: DetachEvent["cause"]): Promise<DetachDecision["action"]> {
    return new Promise((resolve, reject) => {
      this.#whenServed(() => this.#decide(cause, resolve, reject))
    })
  }

  /** Calls back once, where all that was posted before has been handled; at once where it never will, or would wait for itself. */
  #whenServed(then: () => void): void {
    const { origin, context, service, holder, parts } = this.#plan
    if (parts.length > 0) return this.#whenPartsServed(then)
    const { kernel } = context
    const isOwn = holder.caller !== undefined && holder.caller === service.inbox.owner
    // Who holds it, or else gives it back now.
    if (isOwn || !kernel.signal(service.inbox, "marker", then, origin, undefined, holder.caller ?? kernel.turn.process)) then()
  }

  #whenPartsServed(then: () => void): void {
    let left = this.#plan.parts.length
    const served = (): void => {
      left -= 1
      if (left === 0) then()
    }
    for (const part of this.#plan.parts) part.#whenServed(() => part.#served(served))
  }

  /** Of a part: an incarnation that ends now hears of it now, and not when the others have come as far. */
  #served(then: () => void): void {
    if (this.#plan.service.inbox.owner?.status === "ending") this.#tell()
    then()
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
    this.#goOn()
    this.#releasing = undefined
    return false
  }

  #goOn(): void {
    this.#step("REFUSED")
    this.#plan.service.held += 1
    for (const part of this.#plan.parts) part.#goOn()
  }

  /** The process hears of it before any later message, and before it is stopped for that. */
  #leave(): void {
    if (this.#state === "detached") return
    const { origin, service, parts } = this.#plan
    for (const part of parts) part.#leave()
    this.#step("DETACHED")
    service.attachments.delete(origin)
    service.inbox.audience?.left(origin)
    this.#tell()
    this.#plan.context.detached(this, service)
  }

  #tell(): void {
    const { origin, service, reception } = this.#plan
    if (!reception.hasDetachedHook || this.#isTold) return
    this.#isTold = true
    tellDetached(service.inbox, origin, this.#left)
  }

  #report(cause: DetachEvent["cause"], decision: DetachDecision["action"]): void {
    const { id, held } = this.#plan.service
    this.#plan.context.report({
      type: "detached",
      service: id,
      principal: this.#plan.holder.principal.id,
      cause,
      decision,
      remaining: held,
    })
  }

  #step(event: AttachmentEvent): void {
    this.#state = attachmentTable.next(this.#state, event)?.target ?? this.#state
    this.#plan.moved()
  }
}
