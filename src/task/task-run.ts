/**
 * The process behind a task, and what became of it, once.
 *
 * Invariants
 * - A value counts from the moment that the work has returned it, whatever ends the process after that; one that comes after the
 *   end of the process is dropped.
 * - An outcome is no value: nobody has asked a request of a task. Work that returns one crashes it.
 * - An owner that a link takes along ends before it hears how the task ended.
 */

import { Alarm } from "../kernel/alarm.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Pid } from "../kernel/pid.ts"
import { processOf } from "../kernel/process-of.ts"
import { settled } from "../kernel/thenable.ts"
import { checkResult } from "../process/outcome.ts"
import type { TaskWork } from "../process/process-self.ts"
import type { TaskOutcome } from "../process/self-tasks.ts"
import type { TaskOwner } from "./task-owner.ts"
import type { TaskSettings } from "./task-process.ts"

export interface RunningTask {
  readonly pid: Pid
  /** Whether its owner waits for it, where no link ties the one to the other. */
  awaited(isAwaited: boolean): void
  readonly isHeldUpByOwner: boolean
  /** Tells it to end, and its owner stays out of it. A no-op for one that has ended. */
  end(reason: "shutdown" | "kill"): void
}

export class TaskRun<Message, Result> implements RunningTask {
  readonly pid: Pid
  readonly #owner: TaskOwner
  readonly #isLinked: boolean
  readonly #told: (outcome: TaskOutcome<Result>) => void
  #value: { readonly ok: Result } | undefined = undefined
  #isOver = false

  /** `told` is called once. */
  constructor(
    owner: TaskOwner,
    work: TaskWork<Message, Result>,
    settings: TaskSettings,
    isLinked: boolean,
    told: (outcome: TaskOutcome<Result>) => void,
  ) {
    this.#owner = owner
    this.#told = told
    const counted = (ok: Result): void => {
      checkResult("result", ok)
      if (!this.#isOver) this.#value = { ok }
    }
    this.pid = owner.start<Message>((self) => settled(work(self), counted), settings)
    if (isLinked && owner.process !== undefined) owner.topology.linkUnheard(owner.process, this.pid)
    this.#isLinked = isLinked
    if (isLinked) processOf(this.pid)?.actFor(owner.process)
    processOf(this.pid)?.onEnded((reason) => this.#ended(reason))
  }

  /** Calls back unless the task has ended by then. */
  limit(timeoutMs: number, timedOut: () => void): void {
    if (timeoutMs === Number.POSITIVE_INFINITY) return
    processOf(this.pid)?.adopt(new Alarm(this.#owner.kernel, timeoutMs, timedOut))
  }

  awaited(isAwaited: boolean): void {
    const task = this.#isLinked ? undefined : processOf(this.pid)
    task?.actFor(isAwaited ? this.#owner.process : undefined)
    // What it waits for may come only after its owner has ended, or has started.
    if (isAwaited && task?.isStarted === true) this.#owner.kernel.review?.()
  }

  /** Whether it has asked for what comes only after its owner has ended, or has started. */
  get isHeldUpByOwner(): boolean {
    const { process, topology } = this.#owner
    const task = this.#isLinked ? undefined : processOf(this.pid)
    if (process === undefined || task === undefined || task.isUrged) return false
    return topology.registries.waits.leadsBack(task, process)
  }

  end(reason: "shutdown" | "kill"): void {
    const process = processOf(this.pid)
    if (process === undefined) return
    const { topology, pid } = this.#owner
    if (this.#owner.process !== undefined) topology.unlink(this.#owner.process, this.pid)
    topology.exit(process, pid, reason)
  }

  #ended(reason: ExitReason): void {
    this.#isOver = true
    const value = this.#value
    if (value !== undefined) return this.#told(value)
    // A turn of its own: the exit signal of a link is with the owner already, and takes effect in the turn before.
    this.#owner.kernel.scheduler.enqueue({
      turn: () => {
        this.#told({ exit: reason })
        return false
      },
      failed: () => {},
    })
  }
}
