/**
 * What the runtime promises, judged in each schedule without being asked: each is a number of ARCHITECTURE.md's list.
 *
 * 2: no message is lost. 3: each request is answered once. 6: one DOWN for each monitor. 7: no two incarnations of a service at a time. 14: each process that
 * ends was told to have begun. 23: after a stop no process is left, and no timer of one.
 *
 * Not here: order (1) is a rule of the scene itself; names, registries and groups (6, 20: `tie-judge.ts`); timers (18: `timer-judge.ts`); who leaves a
 * service (10: `detach-judge.ts`); what services answer is judged by their histories (`judges.ts`).
 */

import type { Runtime } from "../../app/runtime.ts"
import type { InspectionEvent } from "../../inspection/inspection-event.ts"
import type { Envelope } from "../../kernel/envelope.ts"
import type { ExitReason } from "../../kernel/exit-reason.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import type { Pid } from "../../kernel/pid.ts"
import { isDown, type MonitorRef } from "../../topology/monitors.ts"
import type { Topology } from "../../topology/topology.ts"
import type { Scene } from "../scene/scene.ts"
import type { Breaks, BrokenPromise } from "./broken-promise.ts"
import { DetachJudge } from "./detach-judge.ts"
import { TieJudge } from "./tie-judge.ts"
import { TimerJudge } from "./timer-judge.ts"

export class Promises {
  readonly #scene: Scene
  readonly #break: Breaks = (number, how) => {
    this.broken ??= { number, how }
  }
  readonly #ties = new TieJudge(this.#break)
  readonly #detaches = new DetachJudge(this.#break)
  readonly timers: TimerJudge
  /** The first that was broken. */
  broken: BrokenPromise | undefined = undefined
  readonly #downs = new WeakSet<MonitorRef>()
  /** Pids of those that live, by their labels. */
  readonly #living = new Map<string, string>()

  constructor(scene: Scene) {
    this.#scene = scene
    this.timers = new TimerJudge(() => scene.now, this.#break)
  }

  /** A runtime has begun. */
  began(topology: Topology): void {
    this.#ties.began(topology)
  }

  /** A message was posted. */
  posted(envelope: Envelope, inbox: Inbox): void {
    const { argument, kind } = envelope
    this.#detaches.posted(envelope, inbox)
    if (kind !== "signal") return
    this.#ties.told(argument)
    if (!isDown(argument)) return
    if (this.#downs.has(argument.ref)) this.#break("6", "a monitor was told of the same end twice")
    this.#downs.add(argument.ref)
  }

  told(event: InspectionEvent): void {
    if (event.type === "spawned") this.#spawned(event.label, `${event.pid}`)
    if (event.type === "exited") this.#exited(event)
    this.#detaches.told(event)
  }

  #spawned(label: string, pid: string): void {
    const other = this.#living.get(label)
    if (other !== undefined) this.#break("7", `${label} was started again while an earlier incarnation of it lived (${other}, ${pid})`)
    this.#living.set(label, pid)
  }

  #exited({ label, pid, reason }: { readonly label: string; readonly pid: Pid; readonly reason: ExitReason }): void {
    this.#ties.ended(pid)
    this.#detaches.ended(pid, reason)
    if (!this.#living.has(label)) this.#break("14", `${label} (${pid}) ended, and was never told to have begun`)
    this.#living.delete(label)
  }

  /** Nothing can happen any more but by time. */
  judgeRest(): void {
    this.#detaches.judgeRest()
  }

  /** The application has stopped, and all is at rest. */
  judgeEnd(runtime: Runtime): void {
    const { accepted, handled, returned, reported, waiting, processes } = runtime.statistics()
    if (processes > 0) this.#break("23", `${processes} processes are left after the stop`)
    const nodes = this.#scene.kernels.flatMap(({ wheel }) => [...wheel.armed.keys()])
    const timers = nodes.filter(({ owner }) => owner !== undefined).length
    if (timers > 0) this.#break("23", `${timers} timers of processes are left after the stop`)
    if (accepted !== handled + returned + reported + waiting) {
      this.#break("2", `of ${accepted} messages ${handled} were handled, ${returned} returned, ${reported} reported, and ${waiting} wait`)
    }
    const [first, ...others] = this.#scene.unanswered
    if (first !== undefined) {
      this.#break("3", `${others.length + 1} requests were never answered, the first ${first.operation} of ${first.target}`)
    }
  }
}
