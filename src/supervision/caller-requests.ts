/**
 * What callers of a service want of its supervisor: to leave (detach), or to have what was stopped for want of callers (want).
 *
 * The detach policy decides, this carries out: keep, linger and stop, reset, refuse.
 *
 * Invariant: each request is answered exactly once: settled, failed, or abandoned when the supervisor ends first.
 */

import { Alarm } from "../kernel/alarm.ts"
import { Unavailable } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { ChildEvent } from "./child-state.ts"
import { type DetachDecision, type DetachEvent, decideDetach } from "./detach-policy.ts"
import type { SupervisedChild } from "./supervised-child.ts"

/** What the service layer asks of a supervisor. Exactly one of the callbacks is called, once. */
export type SupervisorRequest =
  /** A caller leaves a child. */
  | {
      readonly type: "detach"
      readonly event: DetachEvent
      settle(decision: DetachDecision): void
      fail(error: unknown): void
      /** The supervisor has ended first. */
      abandoned(): void
    }
  /** Somebody wants a child that its detach policy has stopped. */
  | { readonly type: "want"; readonly id: string; settle(error: Unavailable | undefined): void; abandoned(): void }

type DetachRequest = Extract<SupervisorRequest, { type: "detach" }>

/** What carrying out takes of the supervisor. */
export interface ChildControl {
  readonly kernel: Kernel
  find(id: string): SupervisedChild | undefined
  step(child: SupervisedChild, event: ChildEvent, reason?: ExitReason): void
  startUp(child: SupervisedChild): Promise<boolean>
}

export class CallerRequests {
  readonly #control: ChildControl
  readonly #open = new Set<SupervisorRequest>()

  constructor(control: ChildControl) {
    this.#control = control
  }

  /** Notes a request; from now on it will be answered. */
  open(request: SupervisorRequest): void {
    this.#open.add(request)
  }

  serve(request: SupervisorRequest): void {
    if (request.type === "detach") return this.#detach(request)
    void this.#want(request.id).then((error) => this.#answer(request, () => request.settle(error)))
  }

  /** The supervisor has ended. */
  abandonAll(): void {
    for (const request of this.#open) request.abandoned()
    this.#open.clear()
  }

  /** Waits for another caller, and stops the child if none comes. Begun anew when it was restarted meanwhile. */
  linger(child: SupervisedChild): void {
    child.linger?.cancel()
    if (child.lingerMs === undefined || child.state !== "running") return
    if (child.lingerMs === 0) this.#stopIdle(child)
    else child.linger = new Alarm(this.#control.kernel, child.lingerMs, () => this.#stopIdle(child), false)
  }

  #answer(request: SupervisorRequest, answer: () => void): void {
    if (this.#open.delete(request)) answer()
  }

  #detach(request: DetachRequest): void {
    const child = this.#control.find(request.event.id)
    const settle = (decision: DetachDecision): void => this.#answer(request, () => request.settle(decision))
    try {
      if (child === undefined) return settle({ action: "keep" })
      const decision = decideDetach(child.spec.onDetach, request.event)
      this.#carryOut(child, decision, () => settle(decision))
    } catch (error) {
      this.#answer(request, () => request.fail(error))
    }
  }

  #carryOut(child: SupervisedChild, decision: DetachDecision, done: () => void): void {
    if (decision.action === "reset") {
      void this.#reset(child).then(done)
      return
    }
    done()
    if (decision.action === "refuse") return
    child.lingerMs = decision.action === "stop" ? decision.lingerMs : undefined
    this.linger(child)
  }

  #stopIdle(child: SupervisedChild): void {
    if (child.state !== "running") return
    child.lingerMs = undefined
    if (child.spec.isIdle?.() === false) return
    child.isIdleStopped = true
    this.#control.step(child, "STOP", "shutdown")
  }

  async #reset(child: SupervisedChild): Promise<void> {
    child.estate = undefined
    if (child.state !== "running" && child.state !== "starting") return
    this.#control.step(child, "RESTART", "shutdown")
    if ((await child.until("backingOff", "stopped", "givenUp")) !== "backingOff") return
    child.estate = undefined
    await this.#control.startUp(child)
  }

  async #want(id: string): Promise<Unavailable | undefined> {
    const child = this.#control.find(id)
    if (child?.state === "stopping" && child.isIdleStopped) await child.until("stopped", "givenUp")
    if (child?.state === "stopped" && child.isIdleStopped) this.#control.step(child, "START")
    const state = await child?.until("running", "backingOff", "stopped", "givenUp")
    if (state === "running" || state === "backingOff") return undefined
    return new Unavailable(`${id} is not running`, { details: { id, state } })
  }
}
