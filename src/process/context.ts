/** What a process can reach of its runtime beside itself. The layers above fill its ports. */

import type { Kernel } from "../kernel/kernel.ts"
import type { Process } from "../kernel/process.ts"
import type { Topology } from "../topology/topology.ts"
import type { ReportEvent } from "./report.ts"
import type { TaskStarter } from "./self-tasks.ts"

/** A class that a mailbox may be asked to be of. */
export type FaceClass<M> = abstract new (...parts: never[]) => M

export interface Context {
  readonly kernel: Kernel
  readonly topology: Topology
  /** Acquires a mailbox on behalf of a process. */
  acquire(caller: Process, id: string, wish: { readonly as?: FaceClass<unknown>; readonly key?: string | number }): Promise<unknown>
  /** Starts tasks. A port, because those need a whole `self`, which itself starts tasks. */
  readonly tasks: TaskStarter
  /** Tells those who watch the runtime. */
  readonly tellWatchers: (event: ReportEvent) => void
}
