/**
 * Stopping a runtime in bounded time, whatever user code does: hooks that never return, children that may take for ever, processes
 * that start others on their way out.
 *
 * Order   first what shares its end with nothing of the tree, then the tree in reverse start order, then what that has left. Each is
 *         asked to stop, and killed when its time is over.
 *
 * Invariants
 * - Once the whole time is over nothing is started any more, and everything left is killed: no hook is waited for.
 * - Afterwards there is no process, no deadline that fires and no host timer.
 *
 * Source  OTP, init:stop/0, and supervisor(3), "shutdown".
 */

import type { Inspection } from "../inspection/inspection.ts"
import { Alarm } from "../kernel/alarm.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { Process } from "../kernel/process.ts"
import { processesOf } from "../kernel/process-of.ts"
import type { Topology } from "../topology/topology.ts"

/** How long processes outside the tree may take, at most: half of what there is, so that the tree has its share. */
const OUTSIDE_MS = 5000

/** Of the time that there is, so much at most is kept for stopping what could not serve all that it had accepted, … */
const KEPT_MS = 5000
/** … and such a part of it. */
const KEPT_PART = 1 / 5

/** Processes that the log names. */
const MOST_NAMED = 10

export interface StopParts {
  readonly kernel: Kernel
  readonly topology: Topology
  readonly inspection: Inspection
  readonly root: Process
}

export class Stop {
  readonly #parts: StopParts
  /** For everything. */
  readonly #whole: Limit
  /** For those outside the tree that are being stopped now. */
  #outside: Limit | undefined = undefined
  readonly #finished = Promise.withResolvers<void>()
  #isBegun = false
  /** Whether each first serves what it had accepted. */
  #isDraining = false

  constructor(parts: StopParts) {
    this.#parts = parts
    this.#whole = new Limit(
      parts.kernel,
      (limitMs) => this.#expired(limitMs),
      () => this.#endDrain(),
    )
  }

  get isBegun(): boolean {
    return this.#isBegun
  }

  /** Resolves when a stop is over; never rejects. */
  get finished(): Promise<void> {
    return this.#finished.promise
  }

  /**
   * Stops everything within so many ms. While a stop is under way, the limit that ends first counts. `drain`: each first serves what it had
   * accepted; `false` puts an end to that, and where it is not said a stop that is under way goes on as it was begun.
   */
  within(timeoutMs: number, drain?: boolean): Promise<void> {
    if (!this.#isBegun) this.#isDraining = drain === true
    else if (drain === false) this.#endDrain()
    this.#whole.within(timeoutMs, this.#isDraining)
    this.#outside?.within(timeoutMs / 2, this.#isDraining)
    if (!this.#isBegun) {
      this.#isBegun = true
      void this.#run(timeoutMs)
    }
    return this.finished
  }

  async #run(timeoutMs: number): Promise<void> {
    const { kernel, root, inspection } = this.#parts
    await this.#stopOutside(() => this.#untied(), timeoutMs / 2)
    this.#tell(root)
    await ended(root)
    await this.#stopOutside(() => [...processesOf(kernel)], OUTSIDE_MS)
    kernel.close()
    await kill([...processesOf(kernel)])
    inspection.close()
    kernel.dispose()
    this.#finished.resolve()
  }

  /** Asks to stop whom `find` finds, and whom they start meanwhile, until nobody is left or the time is over. */
  async #stopOutside(find: () => readonly Process[], limitMs: number): Promise<void> {
    let asked: readonly Process[] = []
    const limit = new Limit(
      this.#parts.kernel,
      (ms) => this.#kill(asked, ms),
      () => stopDraining(asked),
    )
    limit.within(this.#isDraining ? limitMs : Math.min(OUTSIDE_MS, limitMs), this.#isDraining)
    this.#outside = limit
    while (!limit.isOver && !this.#whole.isOver) {
      asked = find()
      if (asked.length === 0) break
      for (const process of asked) this.#tell(process)
      await Promise.all(asked.map(ended))
    }
    this.#outside = undefined
    limit.cancel()
  }

  #tell(process: Process): void {
    if (this.#isDraining) process.drain("shutdown", true)
    else process.urge({ type: "stop", reason: "shutdown" })
  }

  /** From now on whoever is left stops as without. */
  #endDrain(): void {
    if (!this.#isDraining) return
    this.#isDraining = false
    // The youngest first: those above would end those below in the middle of their handlers.
    stopDraining([...processesOf(this.#parts.kernel)])
  }

  /** Who would not end with the tree: to stop one that is linked to a service would be a failure of the service. */
  #untied(): readonly Process[] {
    const { kernel, topology, root } = this.#parts
    const tied = new Set<Process>([root])
    for (const process of tied) for (const peer of topology.linkedTo(process)) tied.add(peer)
    return [...processesOf(kernel)].filter((process) => !tied.has(process))
  }

  #expired(limitMs: number): void {
    const { kernel } = this.#parts
    kernel.close()
    this.#kill([...processesOf(kernel)], limitMs)
  }

  #kill(processes: readonly Process[], limitMs: number): void {
    const left = processes.filter(({ status }) => status !== "ended")
    void kill(left)
    // Who allows no time wants a kill.
    if (left.length > 0 && limitMs > 0) this.#logKilled(left, limitMs)
  }

  #logKilled(left: readonly Process[], limitMs: number): void {
    const labels = left.slice(0, MOST_NAMED).map(({ label }) => label)
    const rest = left.length > labels.length ? ` and ${left.length - labels.length} more` : ""
    const message = `killed, as they had not stopped after ${Math.round(limitMs)} ms: ${labels.join(", ")}${rest}`
    this.#parts.inspection.log({
      level: "warn",
      message,
      fields: { event: "stop_timeout", limitMs, killed: left.length, processes: labels },
    })
  }
}

/** A time limit that can be brought forward, and not put off. It is told of a little before, too. */
class Limit {
  readonly #kernel: Kernel
  readonly #expire: (limitMs: number) => void
  readonly #nearlyOver: () => void
  #endsAt = Number.POSITIVE_INFINITY
  #alarm: Alarm | undefined = undefined
  #warning: Alarm | undefined = undefined
  isOver = false

  constructor(kernel: Kernel, expire: (limitMs: number) => void, nearlyOver: () => void) {
    this.#kernel = kernel
    this.#expire = expire
    this.#nearlyOver = nearlyOver
  }

  /** `isTold`: somebody wants to know when it is nearly over. */
  within(limitMs: number, isTold: boolean): void {
    const endsAt = this.#kernel.host.now() + limitMs
    if (this.isOver || endsAt >= this.#endsAt) return
    this.#endsAt = endsAt
    this.cancel()
    if (limitMs === 0) return this.#end(limitMs)
    if (isTold) this.#warning = new Alarm(this.#kernel, limitMs - Math.min(KEPT_MS, limitMs * KEPT_PART), this.#nearlyOver)
    this.#alarm = new Alarm(this.#kernel, limitMs, () => this.#end(limitMs))
  }

  cancel(): void {
    this.#warning?.cancel()
    this.#alarm?.cancel()
  }

  #end(limitMs: number): void {
    this.isOver = true
    this.#expire(limitMs)
  }
}

function stopDraining(processes: readonly Process[]): void {
  for (const process of processes) if (process.isDraining) process.urge({ type: "stop", reason: "shutdown" })
}

function ended(process: Process): Promise<void> {
  return new Promise((resolve) => (process.status === "ended" ? resolve() : process.onEnded(() => resolve())))
}

/** Resolves when they are dead: none can resist. The oldest first: a supervisor that is gone sees no failure in its children's end. */
async function kill(processes: readonly Process[]): Promise<void> {
  for (const process of processes.toReversed()) process.urge({ type: "exit", reason: "kill" })
  await Promise.all(processes.map(ended))
}
