/** Who could run; it runs nobody of itself. One message a turn. */

import { runIn } from "../../kernel/async-context.ts"
import { type Runnable, Scheduler } from "../../kernel/scheduler.ts"
import type { SceneHost, ScenePort } from "./scene-port.ts"
import { takeOut } from "./take-out.ts"

export class SimulatedScheduler extends Scheduler {
  readonly #scene: ScenePort
  readonly #host: SceneHost
  readonly #afterDrain: () => void
  readonly #fault: (error: unknown) => void
  /** Who could run, in the order in which they could first. */
  readonly ready: Runnable[] = []
  #isDrainDue = false
  /** Somebody had a turn since the last drain. */
  #hasRun = false

  constructor(host: SceneHost, afterDrain: () => void, fault: (error: unknown) => void) {
    super(host, afterDrain, fault)
    this.#host = host
    this.#scene = host.scene
    this.#afterDrain = afterDrain
    this.#fault = fault
  }

  /** Nothing is taken without a turn. */
  override get isExhausted(): boolean {
    return !this.#scene.servesAtOnce
  }

  override get isIdle(): boolean {
    return this.#scene.servesAtOnce && !this.#isDrainDue && this.ready.length === 0
  }

  override enqueue(runnable: Runnable): void {
    if (!this.ready.includes(runnable)) this.ready.push(runnable)
  }

  override wake(): void {
    this.#isDrainDue = true
  }

  /** A drain is a step, and what follows is a choice of the schedule's alone. */
  override wakeForOne(): void {
    this.wake()
  }

  override step(): boolean {
    return true
  }

  /** Gives it its turn, of one message. */
  run(runnable: Runnable): void {
    takeOut(this.ready, runnable)
    this.#hasRun = true
    runIn(this.#host.asyncContexts?.neutral, this.#turn, this, runnable)
  }

  /** What follows a drain in production follows each step in which somebody had a turn, or asked for one. */
  settle(): void {
    if (!this.#hasRun && !this.#isDrainDue) return
    this.#hasRun = false
    this.#isDrainDue = false
    try {
      this.#afterDrain()
    } catch (error) {
      this.#fault(error)
    }
  }

  #turn(runnable: Runnable): void {
    try {
      if (runnable.turn()) this.enqueue(runnable)
    } catch (error) {
      runnable.failed(error)
    }
  }
}
