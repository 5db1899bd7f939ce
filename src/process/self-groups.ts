/** Process groups as a process sees them: it may join them itself, and watch them. */

import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import type { GroupName, GroupRef, Groups, GroupWatch } from "../topology/groups.ts"
import { isDead, refuseDead } from "./dead-self.ts"
import { ProcessGroups } from "./process-groups.ts"

/** Process groups: `self.groups`. */
export class SelfGroups extends ProcessGroups {
  readonly #process: Process
  readonly #groups: Groups

  constructor(process: Process, groups: Groups) {
    super(groups)
    this.#process = process
    this.#groups = groups
  }

  /** As `runtime.groups.join`; where no pid is given, this process joins. */
  override join(group: GroupName, pids: Pid | readonly Pid[] = this.#process.pid): void {
    refuseDead(this.#process)
    super.join(group, pids)
  }

  /** As `runtime.groups.leave`; where no pid is given, this process leaves. */
  override leave(group: GroupName, pids: Pid | readonly Pid[] = this.#process.pid): boolean {
    return !isDead(this.#process) && super.leave(group, pids)
  }

  /** As `runtime.groups.broadcast`. */
  override broadcast(group: GroupName, message: unknown): number {
    refuseDead(this.#process)
    return super.broadcast(group, message)
  }

  /**
   * Watches a group: gives the members of this moment, and from then on every change comes as a `GroupChange` message, its own too.
   *
   * Order   in order with messages; a member's end is told before its `DOWN`.
   * Source  OTP, pg:monitor/1.
   *
   * @example
   * const watcher = actor<undefined, GroupChange>(async (self) => {
   *   const { members } = self.groups.monitor("readers")
   *   self.groups.join("readers")
   *   const change = await self.receive(isGroupChange)
   *   console.log(members.length, change.action, change.pids.length) // 0 join 1
   * })
   * await runtime.whenEnded(runtime.spawn(watcher))
   */
  monitor(group: GroupName): GroupWatch {
    refuseDead(this.#process)
    return this.#groups.monitor(this.#process, group)
  }

  /** Ends a watch: no change of it is seen any more, not even one that waits. `false` where it was over. */
  demonitor(ref: GroupRef): boolean {
    return !isDead(this.#process) && this.#groups.demonitor(ref)
  }
}
