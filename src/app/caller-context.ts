/** What stands behind a caller: the runtime, as far as a caller may reach it. */

import type { InboxOptions } from "../kernel/inbox-rules.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Definition } from "../process/definition.ts"
import type { Identity } from "../security/gate.ts"
import type { Services } from "../service/services.ts"
import type { SupervisorProcess } from "../supervision/supervisor-process.ts"
import type { Topology } from "../topology/topology.ts"

/** How a process is spawned outside the tree. */
export interface SpawnOptions {
  /** How many messages may wait, and what happens to more. */
  readonly inbox?: InboxOptions
  /** Registers the process under a unique name. */
  readonly name?: string
}

/** Of all callers of a runtime. */
export interface CallerContext {
  readonly services: Services
  readonly kernel: Kernel
  readonly topology: Topology
  readonly root: SupervisorProcess
  spawn<Argument, Address extends Pid>(
    definition: Definition<Argument, Address>,
    argument: Argument,
    identity: Identity,
    options: SpawnOptions,
  ): Address
}
