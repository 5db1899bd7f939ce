/** What a process can reach of its runtime beside itself. The layers above fill its ports. */

import type { Kernel } from "../kernel/kernel.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import type { Topology } from "../topology/topology.ts"
import type { Definition } from "./definition.ts"
import type { TaskWork } from "./task-owner.ts"

/** A class that a mailbox may be asked to be of. */
export type FaceClass<M> = abstract new (...parts: never[]) => M

export interface Context {
  readonly kernel: Kernel
  readonly topology: Topology
  /** Acquires a mailbox on behalf of a process. */
  acquire(caller: Process, id: string, wish: { readonly as?: FaceClass<unknown>; readonly key?: string | number }): Promise<unknown>
  /** Makes a process of a task's work. A port, because that needs a whole `self`, which itself starts tasks. */
  task<Message>(work: TaskWork<Message, unknown>): Definition<undefined, Pid>
}
