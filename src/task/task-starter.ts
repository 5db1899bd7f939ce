/** What a process starts its tasks by. */

import type { Process } from "../kernel/process.ts"
import type { TaskStarter } from "../process/context.ts"
import type { ItemWork, TaskWork } from "../process/process-self.ts"
import type { Self } from "../process/self.ts"
import type { Topology } from "../topology/topology.ts"
import { startTask } from "./task.ts"
import { ProcessOwner } from "./task-owner.ts"
import { TaskStream } from "./task-stream.ts"

/** What the port leaves open is known here: a process starts tasks by its `Self`, and what a task is given is a `ProcessSelf`. */
export function taskStarter(topology: Topology): TaskStarter {
  const ownerOf = (process: Process, self: object): ProcessOwner => new ProcessOwner(process, self as Self, topology)
  return {
    start: (process, self, work, isLinked, options) => startTask(ownerOf(process, self), taskWork(work), isLinked, options),
    stream: (process, self, items, work, options) => new TaskStream(ownerOf(process, self), items, itemWork(work), options),
  }
}

function taskWork<Result>(work: (self: never) => Result | PromiseLike<Result>): TaskWork<unknown, Result> {
  return work as TaskWork<unknown, Result>
}

function itemWork<Item, Result>(work: (item: Item, self: never) => Result | PromiseLike<Result>): ItemWork<Item, unknown, Result> {
  return work as ItemWork<Item, unknown, Result>
}
