/** The program outside all processes as an owner of tasks: it acts by a caller's principal, has no links, and does not end. */

import type { Kernel } from "../kernel/kernel.ts"
import { NOTHING_SAID } from "../kernel/options.ts"
import type { Pid } from "../kernel/pid.ts"
import type { TaskWork } from "../process/process-self.ts"
import type { Identity } from "../security/gate.ts"
import type { TaskOwner } from "../task/task-owner.ts"
import { type TaskSettings, taskOf } from "../task/task-process.ts"
import type { Topology } from "../topology/topology.ts"
import type { CallerContext } from "./caller-context.ts"

export class ProgramOwner implements TaskOwner {
  readonly process = undefined
  readonly #context: CallerContext
  readonly #identity: Identity

  constructor(context: CallerContext, identity: Identity) {
    this.#context = context
    this.#identity = identity
  }

  get kernel(): Kernel {
    return this.#context.kernel
  }

  get topology(): Topology {
    return this.#context.topology
  }

  /** Of the root supervisor, in whose name the program sends its exit signals. */
  get pid(): Pid {
    return this.#context.root.pid
  }

  start<Message>(work: TaskWork<Message, unknown>, settings: TaskSettings): Pid {
    return this.#context.spawn(taskOf<undefined, Message>(work, settings), undefined, this.#identity, NOTHING_SAID)
  }
}
