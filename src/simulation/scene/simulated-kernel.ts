/**
 * A kernel that does nothing of itself: which of its processes goes on, when an answer arrives and which timer fires is the scene's decision.
 *
 * What runs is the code of production: processes, inboxes, supervisors, stores. Exchanged are the parts that say when: the scheduler, the wheel, and
 * how an answer comes back to who has asked.
 */

import { ROOT_ID } from "../../app/tree.ts"
import type { AsyncContextRule } from "../../kernel/async-context.ts"
import type { Origin, Party, Route } from "../../kernel/envelope.ts"
import type { Host } from "../../kernel/host.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import type { InboxLife, InboxOptions } from "../../kernel/inbox-rules.ts"
import { Kernel } from "../../kernel/kernel.ts"
import type { Scheduler } from "../../kernel/scheduler.ts"
import type { TimerWheel } from "../../kernel/timer-wheel.ts"
import { OpenRequest } from "./open-request.ts"
import type { SceneHost, ScenePort } from "./scene-port.ts"
import { SimulatedInbox } from "./simulated-inbox.ts"
import { SimulatedScheduler } from "./simulated-scheduler.ts"
import { SimulatedWheel } from "./simulated-wheel.ts"

export class SimulatedKernel extends Kernel {
  readonly #scene: ScenePort
  declare readonly scheduler: SimulatedScheduler
  declare readonly wheel: SimulatedWheel
  readonly serviceInboxes: Inbox[] = []
  /** All that ran has ended, by a stop. */
  hasStopped = false
  /** An inspector that asks for no context: to be in nobody's costs more than it does itself. */
  insider: unknown = undefined

  constructor(host: SceneHost, contextRule: AsyncContextRule | undefined) {
    super(host, contextRule)
    this.#scene = host.scene
  }

  protected override makeWheel(host: Host): TimerWheel {
    return new SimulatedWheel((host as SceneHost).scene, this)
  }

  protected override makeScheduler(host: Host, afterDrain: () => void, fault: (error: unknown) => void): Scheduler {
    return new SimulatedScheduler(host as SceneHost, afterDrain, fault)
  }

  override inbox(label: string, options?: InboxOptions, life?: InboxLife): Inbox {
    if (life === "service") this.#scene.namesakes.add(this, label)
    const inbox = new SimulatedInbox(this.#scene, this, label, this.#bounded(label, options, life), life)
    if (life === "service") this.serviceInboxes.push(inbox)
    return inbox
  }

  /** Where nothing is said of how much a service's inbox holds, it may hold little. */
  #bounded(label: string, options: InboxOptions | undefined, life: InboxLife | undefined): InboxOptions | undefined {
    // The supervisor above all others is the runtime's own.
    if (life !== "service" || options?.capacity !== undefined || label === ROOT_ID) return options
    const capacity = this.#scene.boundOf("small_inbox", this.#scene.namesakes.called(this, label))
    return capacity === undefined ? options : { ...options, capacity }
  }

  override neutrally<This, Parameters extends unknown[], Result>(
    work: (this: This, ...parameters: Parameters) => Result,
    self: This,
    ...parameters: Parameters
  ): Result {
    return work === this.insider ? Reflect.apply(work, self, parameters) : super.neutrally(work, self, ...parameters)
  }

  override dispose(): void {
    super.dispose()
    this.hasStopped = true
  }

  /** The answer is a step of its own; a refusal at the door, and a time that is over, are known to who has asked at once. */
  override ask(
    inbox: Inbox,
    route: Route | undefined,
    argument: unknown,
    origin: Origin | undefined,
    timeoutMs: number,
    caller?: Party,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const scene = this.#scene
    const asker = this.turn.process ?? caller ?? scene.presentProcess()
    const { refused } = this.counters
    scene.takePosted()
    const answer = super.ask(inbox, route, argument, origin, timeoutMs, asker, signal)
    if (this.counters.refused !== refused) return answer
    const open = new OpenRequest(scene, this.unheard, { asker, inbox, operation: route?.name ?? "message", limitMs: timeoutMs, signal })
    scene.opened(open, argument)
    open.follow(answer)
    return open.promise
  }
}
