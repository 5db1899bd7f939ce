/** What a process starts its tasks by. */

import type { TaskStarter } from "../process/self-tasks.ts"
import type { Topology } from "../topology/topology.ts"
import { startTask } from "./task.ts"
import { ProcessOwner } from "./task-owner.ts"
import { TaskStream } from "./task-stream.ts"

export function taskStarter(topology: Topology): TaskStarter {
  return {
    start: (process, self, work, isLinked, options) => startTask(new ProcessOwner(process, self, topology), work, isLinked, options),
    stream: (process, self, items, work, options) => new TaskStream(new ProcessOwner(process, self, topology), items, work, options),
  }
}
