/**
 * A kernel that does nothing of itself: which of its processes goes on, when an answer arrives and which timer fires is the scene's decision.
 *
 * What runs is the code of production: processes, inboxes, supervisors, stores. Exchanged are the parts that say when: the scheduler, the wheel, and
 * how an answer comes back to who has asked.
 */

import { ROOT_ID } from "../../app/tree.ts"
import type { AsyncContextRule } from "../../kernel/async-context.ts"
import { type Envelope, NO_LIMIT, type Origin, type Party, type Route } from "../../kernel/envelope.ts"
import { isOurs } from "../../kernel/errors.ts"
import type { Host } from "../../kernel/host.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import type { InboxLife, InboxOptions } from "../../kernel/inbox-rules.ts"
import { Kernel } from "../../kernel/kernel.ts"
import type { Launched } from "../../kernel/process-table.ts"
import { timeoutError } from "../../kernel/request-watch.ts"
import type { Scheduler } from "../../kernel/scheduler.ts"
import { checkStackRoom } from "../../kernel/stack.ts"
import type { TimerWheel } from "../../kernel/timer-wheel.ts"
import type { Asked } from "./candidate.ts"
import type { SceneHost, ScenePort } from "./scene-port.ts"
import { SimulatedInbox } from "./simulated-inbox.ts"
import { SimulatedScheduler } from "./simulated-scheduler.ts"
import { SimulatedWheel } from "./simulated-wheel.ts"

/** What has run in any schedule: to see whether there is room on the stack to compile it costs as much as a step. */
const code = new WeakSet<object>()

export class SimulatedKernel extends Kernel {
  readonly #scene: ScenePort
  declare readonly scheduler: SimulatedScheduler
  declare readonly wheel: SimulatedWheel
  /** What has run in one schedule is compiled in the next. */
  override readonly warm = code

  constructor(host: SceneHost, contextRule: AsyncContextRule | undefined) {
    super(host, contextRule)
    this.#scene = host.scene
  }

  protected override makeWheel(host: Host): TimerWheel {
    return new SimulatedWheel((host as SceneHost).scene)
  }

  protected override makeScheduler(host: Host, afterDrain: () => void, fault: (error: unknown) => void): Scheduler {
    return new SimulatedScheduler(host as SceneHost, afterDrain, fault)
  }

  override inbox(label: string, options?: InboxOptions, life?: InboxLife): Inbox {
    if (life === "service") this.#scene.namesakes.add(this, label)
    return new SimulatedInbox(this.#scene, this, label, this.#bounded(label, options, life), life)
  }

  /** Where nothing is said of how much a service's inbox holds, it may hold little. */
  #bounded(label: string, options: InboxOptions | undefined, life: InboxLife | undefined): InboxOptions | undefined {
    // The supervisor above all others is the runtime's own.
    if (life !== "service" || options?.capacity !== undefined || label === ROOT_ID) return options
    const capacity = this.#scene.boundOf("small_inbox", label)
    return capacity === undefined ? options : { ...options, capacity }
  }

  override launch<P extends Launched>(process: P, hasRoom = false): P {
    this.refuseClosed()
    if (!hasRoom) checkStackRoom(code.has(SimulatedKernel))
    super.launch(process, true)
    code.add(SimulatedKernel)
    return process
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
    return this.#answerLater(answer, inbox, { asker, operation: route?.name ?? "message", argument, timeoutMs })
  }

  #answerLater(answer: Promise<unknown>, inbox: Inbox, { asker, operation, argument, timeoutMs }: Request): Promise<unknown> {
    const scene = this.#scene
    const request = scene.takePosted()
    const givenAt = request === undefined ? () => undefined : placeOf(request.envelope, scene)
    const { label: target } = inbox
    const until = timeoutMs === NO_LIMIT ? Number.POSITIVE_INFINITY : scene.now + timeoutMs
    const promise = new Promise<unknown>((resolve, reject) => {
      const arrived = (value: unknown): void => {
        scene.concluded(asked, { value })
        resolve(value)
      }
      const failed = (error: unknown): void => {
        scene.concluded(asked, { error })
        if (asker !== undefined) this.unheard.failed(asker, promise)
        reject(error)
      }
      const expire = (): void => failed(timeoutError(target, operation, timeoutMs))
      const asked: Asked = { asker, inbox, target, request, operation, limitMs: timeoutMs, until, expire }
      scene.opened(asked, argument)
      const give = (isFailure: boolean, deliver: () => void): void => {
        if (scene.repliesAtOnce) deliver()
        else scene.answered(asked, isFailure, deliver, givenAt())
      }
      answer.then(
        (value) => give(false, () => arrived(value)),
        (error) => (isTimeOver(error) ? failed(error) : give(true, () => failed(error))),
      )
    })
    return promise
  }
}

/** What is asked, and how. */
interface Request {
  readonly asker: Party | undefined
  readonly operation: string
  readonly argument: unknown
  readonly timeoutMs: number
}

/** Where it is answered, among all that is sent: its promise is looked at later, when who answers may have sent more. */
function placeOf(envelope: Envelope, scene: ScenePort): () => number | undefined {
  const { resolve } = envelope
  let place: number | undefined
  const answered = (answer: unknown): void => {
    place ??= scene.nextId()
    resolve?.(answer)
  }
  envelope.resolve = answered
  return () => place
}

function isTimeOver(error: unknown): boolean {
  return isOurs(error) && (error.kind === "TIMEOUT" || error.kind === "CANCELED")
}
