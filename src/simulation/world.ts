/** What a scenario and its invariants see of the world that they run in. */

import type { Host } from "../kernel/host.ts"
import { Process } from "../kernel/process.ts"
import { SystemProcess } from "../process/system-process.ts"
import type { Scene } from "./scene.ts"

/**
 * The world of one schedule. `stateOf` and `processes` serve invariants alone: an application that looked at them would do so in no order.
 */
export class World {
  readonly #scene: Scene

  constructor(scene: Scene) {
    this.#scene = scene
  }

  /** For a runtime that the scenario starts itself: `start(tree, { host: world.host })`. */
  get host(): Host {
    return this.#scene.host
  }

  /** Milliseconds since the schedule began. */
  get now(): number {
    return this.#scene.now
  }

  /** A number in [0, 1), drawn for this schedule. */
  random(): number {
    return this.#scene.random()
  }

  /** The state of the process behind an id, itself and no copy; `undefined` between two incarnations, and for what has no state to show. */
  stateOf(id: string): unknown {
    const process = this.#processOf(id)
    return process instanceof SystemProcess ? process.systemState() : undefined
  }

  /** The labels of all processes that live, in the order in which they were started. */
  get processes(): readonly string[] {
    return this.#living().map(({ label }) => label)
  }

  /**
   * A call of the world outside (a database, another service) that is simulated: `work` is done at once, and its outcome arrives when the
   * schedule says so.
   */
  external<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    return this.#scene.external(name, work)
  }

  #processOf(id: string): Process | undefined {
    return this.#living().find(({ label }) => label === id)
  }

  #living(): Process[] {
    const all = this.#scene.kernels.flatMap(({ processes }) => [...processes].reverse())
    return all.filter((process): process is Process => process instanceof Process)
  }
}
