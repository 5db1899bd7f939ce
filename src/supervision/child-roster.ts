/**
 * The children of one supervisor, in start order; found by id and by the pid of the present incarnation.
 *
 * Cost O(1) for all but `list`: a supervisor may have a hundred thousand.
 */

import type { Pid } from "../kernel/pid.ts"
import type { SupervisedChild } from "./supervised-child.ts"

export class ChildRoster {
  readonly #byId = new Map<string, SupervisedChild>()
  readonly #byPid = new Map<Pid, SupervisedChild>()

  get size(): number {
    return this.#byId.size
  }

  add(child: SupervisedChild): void {
    this.#byId.set(child.spec.id, child)
  }

  /** Takes it off the list; it is started no more. */
  delete(child: SupervisedChild): void {
    if (this.has(child)) this.#byId.delete(child.spec.id)
    this.vacate(child)
  }

  has(child: SupervisedChild): boolean {
    return this.#byId.get(child.spec.id) === child
  }

  find(id: string): SupervisedChild | undefined {
    return this.#byId.get(id)
  }

  /** The child whose incarnation has that pid and was not told to end. */
  ofPid(pid: Pid): SupervisedChild | undefined {
    return this.#byPid.get(pid)
  }

  /** Notes the incarnation that stands for the child from now on. */
  occupy(child: SupervisedChild, pid: Pid): void {
    this.#byPid.set(pid, child)
  }

  /** The incarnation stands for the child no longer: its end will not count as a failure. */
  vacate({ process }: SupervisedChild): void {
    if (process !== undefined) this.#byPid.delete(process.pid)
  }

  /** In start order; a copy, so that children may come and go meanwhile. */
  list(): readonly SupervisedChild[] {
    return [...this.#byId.values()]
  }
}
