/** The process groups of a runtime, for whoever stands outside of them: put processes in, take them out, see and address the members. */

import type { Pid } from "../kernel/pid.ts"
import type { GroupName, Groups } from "../topology/groups.ts"

/** Process groups: `runtime.groups`. */
export class ProcessGroups {
  readonly #groups: Groups

  constructor(groups: Groups) {
    this.#groups = groups
  }

  /**
   * Makes processes members of a group, which is there from its first member on. One that is a member already joins once more, and then
   * has to leave as often. Those that have ended are passed over.
   *
   * Errors  Invalid: an empty name; a pid of another runtime. Then nobody has joined.
   * Source  OTP, pg:join/2.
   *
   * @example
   * const pid = runtime.spawn(actor(async (self) => void (await self.receive())))
   * runtime.groups.join("readers", pid)
   * runtime.groups.members("readers").length // => 1
   * runtime.groups.broadcast("readers", "all out") // => 1
   * await runtime.whenEnded(pid)
   * runtime.groups.members("readers") // => []
   */
  join(group: GroupName, pids: Pid | readonly Pid[]): void {
    this.#groups.join(group, pids)
  }

  /**
   * Ends one membership of each process. `false` where none of them was a member.
   *
   * Errors  Invalid, as for `join`.
   */
  leave(group: GroupName, pids: Pid | readonly Pid[]): boolean {
    return this.#groups.leave(group, pids)
  }

  /** The members, in the order in which they first joined; who joined twice stands there twice. */
  members(group: GroupName): Pid[] {
    return this.#groups.members(group)
  }

  /** The groups that have members. */
  whichGroups(): GroupName[] {
    return this.#groups.names()
  }

  /**
   * Posts a message to every member, once for each membership. Gives the number that was accepted; what is refused (a full inbox, a service
   * that answers mailboxes only) is reported as a dead letter.
   */
  broadcast(group: GroupName, message: unknown): number {
    return this.#groups.broadcast(group, message)
  }
}
