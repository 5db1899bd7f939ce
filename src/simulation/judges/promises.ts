/**
 * What the runtime promises, judged in each schedule without being asked: each is a number of ARCHITECTURE.md's list.
 *
 * 2: no message is lost. 3: each request is answered once. 6: one DOWN for each monitor. 7: no two incarnations of a service at a time. 14: each process that
 * ends was told to have begun. 23: after a stop no process is left, and no timer of one.
 *
 * Not here: order (1) and timers (18) are rules of the scene itself; what services answer is judged by their histories (`judges.ts`).
 */

import type { Runtime } from "../../app/runtime.ts"
import type { InspectionEvent } from "../../inspection/inspection-event.ts"
import type { Envelope } from "../../kernel/envelope.ts"
import { isDown, type MonitorRef } from "../../topology/monitors.ts"
import type { Scene } from "../scene/scene.ts"

/** Which promise was broken, and how. */
export interface BrokenPromise {
  readonly number: string
  readonly how: string
}

export class Promises {
  readonly #scene: Scene
  /** The first that was broken. */
  broken: BrokenPromise | undefined = undefined
  readonly #downs = new Set<MonitorRef>()
  /** Pids of those that live, by their labels. */
  readonly #living = new Map<string, string>()

  constructor(scene: Scene) {
    this.#scene = scene
  }

  /** A message was posted. */
  posted({ argument }: Envelope): void {
    if (!isDown(argument)) return
    if (this.#downs.has(argument.ref)) this.#break("6", "a monitor was told of the same end twice")
    this.#downs.add(argument.ref)
  }

  told(event: InspectionEvent): void {
    if (event.type === "spawned") this.#spawned(event.label, `${event.pid}`)
    if (event.type === "exited") this.#exited(event.label, `${event.pid}`)
  }

  #spawned(label: string, pid: string): void {
    const other = this.#living.get(label)
    if (other !== undefined) this.#break("7", `${label} was started again while an earlier incarnation of it lived (${other}, ${pid})`)
    this.#living.set(label, pid)
  }

  #exited(label: string, pid: string): void {
    if (!this.#living.has(label)) this.#break("14", `${label} (${pid}) ended, and was never told to have begun`)
    this.#living.delete(label)
  }

  /** The application has stopped, and all is at rest. */
  judgeEnd(runtime: Runtime): void {
    const { accepted, handled, returned, reported, waiting, processes } = runtime.statistics()
    if (processes > 0) this.#break("23", `${processes} processes are left after the stop`)
    let timers = 0
    for (const { wheel } of this.#scene.kernels) for (const node of wheel.armed.keys()) if (node.owner !== undefined) timers += 1
    if (timers > 0) this.#break("23", `${timers} timers of processes are left after the stop`)
    if (accepted !== handled + returned + reported + waiting) {
      this.#break("2", `of ${accepted} messages ${handled} were handled, ${returned} returned, ${reported} reported, and ${waiting} wait`)
    }
    const [first, ...others] = this.#scene.unanswered
    if (first !== undefined) {
      this.#break("3", `${others.length + 1} requests were never answered, the first ${first.operation} of ${first.target}`)
    }
  }

  #break(number: string, how: string): void {
    this.broken ??= { number, how }
  }
}
