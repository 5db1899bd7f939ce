/**
 * The children of one supervisor in start order, found by a pid, and where they have one by id.
 *
 * A list through the children themselves: cost O(1) for all but `list` and `from`, which cost what they give, and few look-ups: a supervisor
 * may have a hundred thousand, and what is far apart in memory is what costs.
 */

import { isPid, keeperOf, type Pid } from "../kernel/pid.ts"
import { type ChildSupervisor, SupervisedChild } from "./supervised-child.ts"

export class ChildRoster {
  /** Whose children they are: a pid leads to a child wherever that is. */
  readonly #supervisor: ChildSupervisor
  #first: SupervisedChild | undefined = undefined
  #last: SupervisedChild | undefined = undefined
  readonly #byId = new Map<string, SupervisedChild>()
  #size = 0
  #added = 0

  constructor(supervisor: ChildSupervisor) {
    this.#supervisor = supervisor
  }

  get size(): number {
    return this.#size
  }

  /** Behind all others. `isNamed`: it can be found by its id. */
  add(child: SupervisedChild, isNamed: boolean): void {
    this.#added += 1
    this.#size += 1
    child.order = this.#added
    child.previous = this.#last
    if (this.#last === undefined) this.#first = child
    else this.#last.next = child
    this.#last = child
    if (isNamed) this.#byId.set(child.spec.id, child)
  }

  /** Takes it off the list; it is started no more. */
  delete(child: SupervisedChild): void {
    if (!this.has(child)) return
    const { previous, next } = child
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    child.previous = undefined
    child.next = undefined
    child.order = 0
    this.#size -= 1
    if (this.#byId.get(child.spec.id) === child) this.#byId.delete(child.spec.id)
  }

  has(child: SupervisedChild): boolean {
    return child.order !== 0 && child.supervisor === this.#supervisor
  }

  find(id: string): SupervisedChild | undefined {
    return this.#byId.get(id)
  }

  /** The child whose present incarnation has that pid, or whose last one had it where there is none now. */
  ofPid(pid: Pid): SupervisedChild | undefined {
    const child = isPid(pid) ? keeperOf(pid) : undefined
    return child instanceof SupervisedChild && this.has(child) ? child : undefined
  }

  /** In start order; a copy, so that children may come and go meanwhile. */
  list(): readonly SupervisedChild[] {
    return this.#first === undefined ? [] : this.from(this.#first)
  }

  /** That child and those behind it; a copy. */
  from(child: SupervisedChild): readonly SupervisedChild[] {
    const children: SupervisedChild[] = []
    for (let next: SupervisedChild | undefined = child; next !== undefined; next = next.next) children.push(next)
    return children
  }
}
