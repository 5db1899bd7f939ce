/**
 * The children of one supervisor, found by the pid of the present incarnation, and where they have one by id.
 *
 * Cost O(1) for all but `list`, and few look-ups: a supervisor may have a hundred thousand, and what is far apart in memory is what costs.
 */

import { keeperOf, Pid } from "../kernel/pid.ts"
import { SupervisedChild } from "./supervised-child.ts"

export class ChildRoster {
  /** In no order: the last one takes the place of one that goes. */
  readonly #children: SupervisedChild[] = []
  readonly #byId = new Map<string, SupervisedChild>()
  #added = 0

  get size(): number {
    return this.#children.length
  }

  /** `isNamed`: it can be found by its id. */
  add(child: SupervisedChild, isNamed: boolean): void {
    this.#added += 1
    child.order = this.#added
    child.place = this.#children.length
    this.#children.push(child)
    if (isNamed) this.#byId.set(child.spec.id, child)
  }

  /** Takes it off the list; it is started no more. */
  delete(child: SupervisedChild): void {
    if (!this.has(child)) return
    const last = this.#children.pop()
    if (last !== undefined && last !== child) {
      last.place = child.place
      this.#children[last.place] = last
    }
    if (this.#byId.get(child.spec.id) === child) this.#byId.delete(child.spec.id)
  }

  has(child: SupervisedChild): boolean {
    return this.#children[child.place] === child
  }

  find(id: string): SupervisedChild | undefined {
    return this.#byId.get(id)
  }

  /** The child whose incarnation has that pid and was not let go. */
  ofPid(pid: Pid): SupervisedChild | undefined {
    const child = pid instanceof Pid ? keeperOf(pid) : undefined
    return child instanceof SupervisedChild && !child.isLetGo && this.has(child) ? child : undefined
  }

  /** In start order; a copy, so that children may come and go meanwhile. */
  list(): readonly SupervisedChild[] {
    return this.#children.toSorted((one, other) => one.order - other.order)
  }
}
