/** Who starts tasks and awaits them: a process, or the program outside all processes. */

import { Conflict, type PigeonholeError } from "../kernel/errors.ts"
import { exitError } from "../kernel/exit-reason.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import type { TaskWork } from "../process/process-self.ts"
import type { Self } from "../process/self.ts"
import type { Topology } from "../topology/topology.ts"
import { type TaskSettings, taskOf } from "./task-process.ts"

export interface TaskOwner {
  readonly kernel: Kernel
  readonly topology: Topology
  /** `undefined` for the program: it has no links, and does not end. */
  readonly process: Process | undefined
  /** In whose name a task is told to end. */
  readonly pid: Pid
  /** Errors  Unavailable, where the owner has ended or the application is stopping. */
  start<Message>(work: TaskWork<Message, unknown>, settings: TaskSettings): Pid
}

/** Made when it is needed: a process that starts no task has none. */
export class ProcessOwner implements TaskOwner {
  readonly process: Process
  readonly topology: Topology
  readonly #self: Self

  constructor(process: Process, self: Self, topology: Topology) {
    this.process = process
    this.topology = topology
    this.#self = self
  }

  get kernel(): Kernel {
    return this.process.kernel
  }

  get pid(): Pid {
    return this.process.pid
  }

  start<Message>(work: TaskWork<Message, unknown>, settings: TaskSettings): Pid {
    return this.#self.spawn(taskOf<undefined, Message>(work, settings), undefined)
  }
}

/** Whether nobody is left to hear of a task. */
export function hasEnded({ process }: TaskOwner): boolean {
  return process?.status === "ended"
}

/** What a wait of an owner that has ended fails with. */
export function endError({ process, pid }: TaskOwner): PigeonholeError {
  return exitError(String(pid), process?.exitReason ?? "noproc")
}

/** Throws `Conflict` where another process asks, as far as that can be told: in the synchronous part of its handler. */
export function checkOwner(owner: TaskOwner, what: string): void {
  const { process } = owner.kernel.turn
  if (process === undefined || process === owner.process) return
  const name = owner.process?.label ?? "the program outside all processes"
  const details = { field: "owner", owner: name, process: process.label }
  throw new Conflict(`${what} belongs to ${name}: ${process.label} cannot await it`, { details })
}
