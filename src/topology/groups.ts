/**
 * Process groups: any number of processes under a common name, and who is told when one joins or leaves.
 *
 * Invariants
 * - A group is there while it has members; one that nobody ever joined is the same as an empty one.
 * - A process that joined several times is a member as often, and leaves as often; its end ends all its memberships at once.
 * - What `monitor` gives, with the notices that follow, adds up to the members at any time.
 *
 * Source  OTP, pg(3). Differs: a notice names only those that really left; a process that ends leaves each of its groups by one notice,
 *         which names it as often as it was a member; `broadcast`.
 */

import { foreignKind, mark } from "../kernel/copies.ts"
import { invalid, shown } from "../kernel/errors.ts"
import { isA, isList, passes } from "../kernel/instance.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { anything, listOf } from "../kernel/option-fields.ts"
import type { Field } from "../kernel/options.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import { localProcessOf } from "./local-process.ts"
import { ProcessIndex } from "./process-index.ts"
import { notify, Subscription, subscriberOf } from "./subscription.ts"

/** What a group is known by: a string that is not empty, or a symbol. */
export type GroupName = string | symbol

/** Names one watch over a group. Each call of `monitor` makes a new one. */
export class GroupRef extends Subscription {
  readonly group: GroupName

  static {
    mark(GroupRef, "group reference")
  }

  constructor(watcher: Process, group: GroupName) {
    super(watcher)
    this.group = group
  }
}

/** The message that a group's watcher gets: these processes have joined it, or left it. */
export interface GroupChange {
  readonly type: "GROUP"
  readonly ref: GroupRef
  readonly group: GroupName
  readonly action: "join" | "leave"
  /** One for each membership that began or ended: the same process may stand here more than once. */
  readonly pids: readonly Pid[]
}

/** A watch over a group as it begins. */
export interface GroupWatch {
  readonly ref: GroupRef
  /** Who was in the group; every change after this comes as a `GroupChange`. */
  readonly members: readonly Pid[]
}

interface Group {
  readonly name: GroupName
  /** How often each process is a member, in the order in which they first joined. */
  readonly members: Map<Process, number>
  readonly watches: Set<GroupRef>
}

export class Groups {
  readonly #kernel: Kernel
  /** Those that have members or watchers. */
  readonly #groups = new Map<GroupName, Group>()
  readonly #memberships = new ProcessIndex<Group>()
  readonly #watching = new ProcessIndex<GroupRef>()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** As pg: processes that have ended are passed over, for they would leave at once. */
  join(name: GroupName, pids: Pid | readonly Pid[]): void {
    checkName(name)
    const joining = this.#living(pids)
    if (joining.length === 0) return
    const group = this.#open(name)
    for (const process of joining) {
      group.members.set(process, (group.members.get(process) ?? 0) + 1)
      this.#memberships.add(process, group)
    }
    tell(group, "join", joining)
  }

  /** As pg: `false` only where none of them was a member. */
  leave(name: GroupName, pids: Pid | readonly Pid[]): boolean {
    checkName(name)
    const processes = this.#living(pids)
    const group = this.#groups.get(name)
    if (group === undefined) return false
    const left = processes.filter((process) => this.#leaveOnce(group, process))
    if (left.length === 0) return false
    tell(group, "leave", left)
    this.#closeIfIdle(group)
    return true
  }

  /** One for each membership. */
  members(name: GroupName): Pid[] {
    checkName(name)
    const pids: Pid[] = []
    for (const [{ pid }, times] of this.#groups.get(name)?.members ?? []) for (let left = times; left > 0; left -= 1) pids.push(pid)
    return pids
  }

  /** The groups that have members. */
  names(): GroupName[] {
    return [...this.#groups.values()].filter(({ members }) => members.size > 0).map(({ name }) => name)
  }

  monitor(watcher: Process, name: GroupName): GroupWatch {
    const members = this.members(name)
    const ref = new GroupRef(watcher, name)
    if (watcher.status === "ended") ref.isActive = false
    else {
      this.#open(name).watches.add(ref)
      this.#watching.add(watcher, ref)
    }
    return { ref, members }
  }

  /** `false` where it was over. */
  demonitor(ref: GroupRef): boolean {
    if (!isA(ref, GroupRef)) throw invalid("ref", `must be what the monitor of a group gave; got ${shown(ref)}`)
    const isMine = this.#unwatch(ref)
    if (isMine) this.#watching.delete(subscriberOf(ref), ref)
    return isMine
  }

  /** Posts to each membership; the number of messages that were accepted. What is refused is reported as a dead letter. */
  broadcast(name: GroupName, message: unknown): number {
    return this.members(name).filter((pid) => this.#kernel.send(pid, undefined, message)).length
  }

  /** Ends all memberships and watches of a process that has ended. Cost O(what it had). */
  sever(process: Process): void {
    for (const ref of this.#watching.take(process)) this.#unwatch(ref)
    for (const group of this.#memberships.take(process)) {
      const times = group.members.get(process) ?? 0
      group.members.delete(process)
      tell(group, "leave", new Array(times).fill(process))
      this.#closeIfIdle(group)
    }
  }

  #living(pids: Pid | readonly Pid[]): Process[] {
    const processes = isList(pids)
      ? PIDS(pids, "pids").map((pid, index) => localProcessOf(this.#kernel, pid, `pids[${index}]`))
      : [localProcessOf(this.#kernel, pids as Pid, "pids")]
    return processes.filter((process) => process !== undefined)
  }

  #open(name: GroupName): Group {
    const present = this.#groups.get(name)
    if (present !== undefined) return present
    const group: Group = { name, members: new Map(), watches: new Set() }
    this.#groups.set(name, group)
    return group
  }

  #leaveOnce(group: Group, process: Process): boolean {
    const times = group.members.get(process)
    if (times === undefined) return false
    if (times > 1) group.members.set(process, times - 1)
    else {
      group.members.delete(process)
      this.#memberships.delete(process, group)
    }
    return true
  }

  #unwatch(ref: GroupRef): boolean {
    const group = this.#groups.get(ref.group)
    if (group === undefined || !group.watches.delete(ref)) return false
    ref.isActive = false
    this.#closeIfIdle(group)
    return true
  }

  #closeIfIdle(group: Group): void {
    if (group.members.size === 0 && group.watches.size === 0) this.#groups.delete(group.name)
  }
}

function tell(group: Group, action: GroupChange["action"], processes: readonly Process[]): void {
  if (group.watches.size === 0) return
  // One list for all watchers, so none of them may change it.
  const pids = Object.freeze(processes.map(({ pid }) => pid))
  for (const ref of group.watches) notify(ref, { type: "GROUP", ref, group: group.name, action, pids } satisfies GroupChange)
}

/** Each is looked at where its process is looked for. */
const PIDS = listOf(anything as Field<Pid>, "a pid or a list of pids")

function checkName(name: GroupName): void {
  const isName = typeof name === "symbol" || (typeof name === "string" && name !== "")
  if (!isName) throw invalid("group", `must be a non-empty string or a symbol; got ${shown(name)}`)
}

/** Of another copy of the package too: what it tells is the same. */
function isGroupRef(ref: unknown): boolean {
  return ref instanceof GroupRef || foreignKind(ref) === "group reference"
}

/** Tells a group's notice from other messages. */
export function isGroupChange(message: unknown): message is GroupChange {
  if (typeof message !== "object" || message === null) return false
  return passes<Partial<GroupChange>>(message, ({ type, ref }) => type === "GROUP" && isGroupRef(ref))
}
