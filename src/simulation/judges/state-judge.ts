/**
 * Judges promise 9: the next incarnation of a server goes on with the state of one that has crashed, where that is to be retained; and two never have one state: not
 * while a handler of the one that has crashed goes on with it.
 *
 * It compares the states of two incarnations, where one has crashed. Of what makes its own state of one that is left (`inherit`) it says nothing; nor of a state
 * that is not retained, as whoever begins anew may be given the same one by its definition.
 */

import type { InspectionEvent } from "../../inspection/inspection-event.ts"
import type { ExitReason } from "../../kernel/exit-reason.ts"
import { keeperOf, type Pid } from "../../kernel/pid.ts"
import type { Process } from "../../kernel/process.ts"
import type { SystemProcess } from "../../process/system-process.ts"
import { ServerProcess } from "../../server/server-process.ts"
import { SupervisedChild } from "../../supervision/supervised-child.ts"
import type { Topology } from "../../topology/topology.ts"
import type { Breaks } from "./broken-promise.ts"
import { childOf, stateLeftBy } from "./left-state.ts"
import { SeldomMap } from "./seldom.ts"

/** What an incarnation has left. */
interface Left {
  readonly process: Process
  readonly state: unknown
}

export class StateJudge {
  readonly #breaks: Breaks
  /** By child, until its next incarnation runs. */
  readonly #left = new SeldomMap<SupervisedChild, Left>()

  constructor(topology: Topology, breaks: Breaks) {
    this.#breaks = breaks
    topology.onEnd((process, reason) => this.#ended(process, reason))
  }

  #ended(process: Process, reason: ExitReason): void {
    if (!(process instanceof ServerProcess) || process.definition.options.inherit !== undefined) return
    const child = childOf(process)
    if (child === undefined) return
    const left = stateLeftBy(process, reason, () => void this.#left.delete(child))
    // One that has no state leaves nothing.
    if (left !== undefined && left.state !== undefined) this.#left.set(child, { process, ...left })
  }

  /** What is not retained, somebody is told of. */
  told(event: InspectionEvent): void {
    if (this.#left.size === 0) return
    if (event.type === "state_not_retained") this.#forget(event.child)
    else if (event.type === "detached" && event.decision === "reset") this.#forget(event.service)
  }

  #forget(id: string): void {
    for (const child of this.#left.keys()) if (child.spec.id === id) this.#left.delete(child)
  }

  /** The next incarnation runs. */
  started(pid: Pid): void {
    const child = this.#left.size === 0 ? undefined : keeperOf(pid)
    if (!(child instanceof SupervisedChild)) return
    const left = this.#left.get(child)
    this.#left.delete(child)
    const { process } = child
    if (left === undefined || !(process instanceof ServerProcess)) return
    this.#judge(left, process)
  }

  #judge({ process, state }: Left, next: SystemProcess): void {
    const { label } = next
    const isSame = Object.is(next.systemState(), state)
    if (!isSame)
      this.#breaks("9", `${label} has crashed, and its next incarnation has not the state that it has left (${process.pid}, ${next.pid})`)
    else if (process.holder !== undefined)
      this.#breaks("9", `${label} goes on with a state that the one before is still at (${process.pid})`)
  }
}
