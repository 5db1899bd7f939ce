/** What a process can reach of its runtime beside itself. The layers above fill its ports. */

import type { Origin } from "../kernel/envelope.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { Process } from "../kernel/process.ts"
import type { Topology } from "../topology/topology.ts"
import type { ReportEvent } from "./report.ts"
import type { ItemOutcome, LinkedTaskStreamOptions, Task, TaskOptions } from "./self-tasks.ts"
import type { SystemProcess } from "./system-process.ts"

/** A class that a mailbox may be asked to be of. */
export type FaceClass<M> = abstract new (...parts: never[]) => M

/** Starts tasks for a process. Its `self`, and that of a task, are known to who starts them: those name this in their turn. */
export interface TaskStarter {
  start<Result>(
    process: Process,
    self: object,
    work: (self: never) => Result | PromiseLike<Result>,
    isLinked: boolean,
    options: TaskOptions | undefined,
  ): Task<Result>
  stream<Item, Result>(
    process: Process,
    self: object,
    items: Iterable<Item> | AsyncIterable<Item>,
    work: (item: Item, self: never) => Result | PromiseLike<Result>,
    options: LinkedTaskStreamOptions | undefined,
  ): AsyncIterable<ItemOutcome<Item, Result>>
}

export interface Context {
  readonly kernel: Kernel
  readonly topology: Topology
  /** Acquires a mailbox on behalf of a process; as its principal, or as whoever has posted through that mailbox. */
  acquire(
    caller: Process,
    id: string,
    wish: { readonly as?: FaceClass<unknown>; readonly key?: string | number },
    inNameOf?: Origin,
  ): Promise<unknown>
  /** Starts tasks. A port, because those need a whole `self`, which itself starts tasks. */
  readonly tasks: TaskStarter
  /** Tells those who watch the runtime. */
  readonly tellWatchers: (event: ReportEvent) => void
  /** From now on a process is asked for its numbers, while there is an inspector who wants them. */
  readonly measured: (process: SystemProcess) => void
}
