/** What is armed, each with a number; nothing fires of itself. */

import { DEFAULT_TIMEOUT_MS } from "../../kernel/ask-options.ts"
import { ProcessTimer } from "../../kernel/process-timer.ts"
import { type TimerNode, TimerWheel } from "../../kernel/timer-wheel.ts"
import type { RuntimeOf } from "./namesakes.ts"
import type { ScenePort } from "./scene-port.ts"

/** Whether a limit of so many ms is there for what never comes, as that of a request is by default. */
export function isLong(ms: number): boolean {
  return ms >= DEFAULT_TIMEOUT_MS
}

export class SimulatedWheel extends TimerWheel {
  readonly #scene: ScenePort
  readonly #runtime: RuntimeOf
  /** With their numbers. */
  readonly armed = new Map<TimerNode, number>()
  /** How often one was armed or taken out. */
  changes = 0
  /** Limits that are long: they run out only where nothing else can happen. */
  readonly #patient = new Set<TimerNode>()

  constructor(scene: ScenePort, runtime: RuntimeOf) {
    super(scene.now, 0)
    this.#scene = scene
    this.#runtime = runtime
  }

  override get size(): number {
    return this.armed.size
  }

  override get awaited(): number {
    let awaited = 0
    if (this.armed.size > 0) for (const { isAwaited } of this.armed.keys()) if (isAwaited) awaited += 1
    return awaited
  }

  override arm(node: TimerNode, deadline: number): void {
    node.deadline = Math.ceil(deadline)
    // Who is in a list is armed: it stands in one of its own.
    node.next = node
    node.previous = node
    this.armed.set(node, this.#scene.nextId())
    this.changes += 1
    if (node instanceof ProcessTimer) this.#scene.timers?.armed(node, deadline)
    if (node.isLimit && isLong(deadline - this.#scene.now)) this.#patient.add(node)
    else if (this.#patient.size > 0) this.#patient.delete(node)
  }

  override cancel(node: TimerNode): void {
    if (node instanceof ProcessTimer) this.#scene.timers?.disarmed(node)
    this.#takeOut(node)
  }

  #takeOut(node: TimerNode): void {
    if (!this.armed.delete(node)) return
    this.changes += 1
    this.#patient.delete(node)
    node.next = undefined
    node.previous = undefined
  }

  /** The host need not call back. */
  override nextAt(): number {
    return Number.POSITIVE_INFINITY
  }

  override advance(): boolean {
    return false
  }

  /** Whose it is, as a schedule calls them; `undefined`: nobody's. */
  actorOf({ owner }: TimerNode): string | undefined {
    return owner === undefined ? undefined : this.#scene.namesakes.called(this.#runtime, owner)
  }

  /** Whether it is a long limit. */
  isPatient(node: TimerNode): boolean {
    return this.#patient.has(node)
  }

  /** Whether there are others than long limits. */
  get areUrgent(): boolean {
    return this.armed.size > this.#patient.size
  }

  fire(node: TimerNode): void {
    this.#takeOut(node)
    if (node instanceof ProcessTimer) this.#scene.timers?.expired(node)
    node.expired()
  }
}
