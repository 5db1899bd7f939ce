/** What a process can reach of its runtime beside itself. The layers above fill the acquire port. */

import type { Kernel } from "../kernel/kernel.ts"
import type { Process } from "../kernel/process.ts"
import type { Topology } from "../topology/topology.ts"

/** A class that a mailbox may be asked to be of. */
export type FaceClass<M> = abstract new (...parts: never[]) => M

export interface Context {
  readonly kernel: Kernel
  readonly topology: Topology
  /** Acquires a mailbox on behalf of a process. */
  acquire(caller: Process, id: string, as: FaceClass<unknown> | undefined): Promise<unknown>
}
