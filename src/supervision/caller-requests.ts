/**
 * What callers of a service want of its supervisor: to leave (detach), or to have what was stopped for want of callers (want).
 *
 * The detach policy decides, this carries out: keep, linger and stop, reset, refuse. Each request is for a child, not for an id: one that its
 * supervisor does not know any more has nobody who decides for it.
 *
 * Invariants
 * - Each request is answered exactly once: settled, failed, or abandoned when the supervisor ends first.
 * - Whether a caller leaves is decided where that is asked, in the turn of the service: nothing may come between a caller's last message, the
 *   decision, and the service's hearing of it. What follows for the service has its turn in the supervisor.
 */

import { Alarm } from "../kernel/alarm.ts"
import { PigeonholeError } from "../kernel/errors.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { type DetachDecision, decideDetach } from "./detach-policy.ts"
import type { SupervisedChild } from "./supervised-child.ts"
import type { SupervisorRequest } from "./supervisor-request.ts"

type Request = SupervisorRequest<SupervisedChild>
type DetachRequest = Extract<Request, { type: "detach" }>
type WantRequest = Extract<Request, { type: "want" }>
type LeftRequest = Extract<Request, { type: "left" }>

const KEEP: DetachDecision = { action: "keep" }

/** What carrying out takes of the supervisor. */
export interface ChildControl {
  readonly kernel: Kernel
  knows(child: SupervisedChild): boolean
  lookAt(child: SupervisedChild): void
}

export class CallerRequests {
  readonly #control: ChildControl
  readonly #open = new Set<Request>()

  constructor(control: ChildControl) {
    this.#control = control
  }

  /** Notes a request; from now on it will be answered. */
  open(request: Request): void {
    this.#open.add(request)
  }

  /** Asks the policy. What is returned is to be carried out; `undefined`: nothing is. */
  decide(request: DetachRequest): LeftRequest | undefined {
    const { child, event } = request
    try {
      const decision = this.#control.knows(child) ? decideDetach(child.spec.onDetach, event) : KEEP
      if (decision.action === "refuse") {
        request.settle(decision)
        return undefined
      }
      request.leave()
      return { type: "left", child, decision, settle: request.settle, abandoned: request.abandoned }
    } catch (error) {
      request.fail(error)
      return undefined
    }
  }

  serve(request: Request): void {
    if (request.type === "detach") return
    if (request.type === "left") return this.#carryOut(request)
    this.#want(request)
  }

  /**
   * The supervisor is about to end. Of what a detach policy decides only a reset still counts: until it is told to stop, the child may serve
   * others for a while. `false`: nobody decides any more.
   */
  serveLast(request: Request): boolean {
    if (request.type !== "detach" || !this.#control.knows(request.child)) return false
    try {
      const { child, event, settle, abandoned } = request
      const decision = decideDetach(child.spec.onDetach, event)
      if (decision.action !== "reset") return false
      request.leave()
      const left: LeftRequest = { type: "left", child, decision, settle, abandoned }
      this.open(left)
      this.#carryOut(left)
      return true
    } catch {
      return false
    }
  }

  /** The supervisor stops its children, and starts none any more: who wants one that is down hears so now, as it may be one whose end is waited for. */
  wantNoMore(): void {
    for (const request of this.#open) if (request.type === "want" && request.child.state !== "starting") this.#settleWant(request)
  }

  /** The supervisor has ended. */
  abandonAll(): void {
    for (const request of this.#open) request.abandoned()
    this.#open.clear()
  }

  /** Where it is to be stopped once it is idle, waits for another caller, and stops it if none comes. Begun anew each time. */
  linger(child: SupervisedChild): void {
    child.linger?.cancel()
    if (child.lingerMs === undefined || !this.#isIdle(child)) return
    if (child.lingerMs === 0) this.#stopIdle(child)
    else child.linger = new Alarm(this.#control.kernel, child.lingerMs, () => this.#stopIdle(child), false)
  }

  /** It runs, and perhaps nobody will ever come. */
  started(child: SupervisedChild): void {
    const { unacquiredMs } = child.spec
    if (child.lingerMs === undefined && child.lastLingerMs === undefined && child.attempt === 0) child.lingerMs = unacquiredMs
    this.linger(child)
  }

  #answer(request: Request, answer: () => void): void {
    if (this.#open.delete(request)) answer()
  }

  #carryOut(request: LeftRequest): void {
    const { child, decision } = request
    const settle = (): void => this.#answer(request, () => request.settle(decision))
    // What was decided before, and could not be carried out yet, counts no more.
    child.lingerMs = decision.action === "stop" ? decision.lingerMs : undefined
    child.lastLingerMs = undefined
    if (decision.action === "reset") return this.#reset(child, settle)
    settle()
    this.linger(child)
  }

  /** One that owes an answer is not: its caller may have left, and still wait. Then it is asked anew once that is given. */
  #isIdle(child: SupervisedChild): boolean {
    const { state, spec, owed } = child
    if (state !== "running" || spec.isIdle?.() === false || !this.#control.knows(child)) return false
    const request = spec.owed?.()
    if (request === undefined) return true
    owed.watch(request, () => this.#control.kernel.host.microtask(() => this.linger(child)))
    return false
  }

  #stopIdle(child: SupervisedChild): void {
    // Looked at again: somebody may have come.
    if (!this.#isIdle(child)) return
    child.lastLingerMs = child.lingerMs
    child.lingerMs = undefined
    child.aim = "idle"
    this.#control.lookAt(child)
  }

  /** Whatever stops it or starts it meanwhile: the incarnation after the present one has nothing of it. Calls back when that has ended. */
  #reset(child: SupervisedChild, done: () => void): void {
    child.estate = undefined
    const { process, state } = child
    child.isFresh = true
    if (process === undefined) return done()
    child.isStale = state === "running" || state === "starting"
    this.#control.lookAt(child)
    child.when(() => child.process !== process, done)
  }

  #want(request: WantRequest): void {
    const { child } = request
    if (!this.#control.knows(child)) return this.#answer(request, () => request.settle(false, missingOf(child)))
    if (child.isWakeable) {
      child.wake()
      // Whoever it is woken for may not come, or be a service that needs it only for as long as it runs itself: then it is idle again.
      child.lingerMs = child.lastLingerMs
    }
    this.#control.lookAt(child)
    child.when(
      () => isComing(request) || child.isSettledDown,
      () => this.#settleWant(request),
    )
  }

  #settleWant(request: WantRequest): void {
    this.#answer(request, () => request.settle(isComing(request), missingOf(request.child)))
  }
}

/** Or is to be there by itself, where that is enough. */
function isComing({ child: { state }, isAbove }: WantRequest): boolean {
  return state === "running" || (state === "backingOff" && !isAbove)
}

function missingOf({ isHeldBack, lastReason }: SupervisedChild): PigeonholeError | undefined {
  const error = typeof lastReason === "object" && "error" in lastReason ? lastReason.error : undefined
  return isHeldBack && error instanceof PigeonholeError ? error : undefined
}
