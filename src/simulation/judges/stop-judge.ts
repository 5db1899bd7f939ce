/**
 * Judges promise 23, and what supervisors promise of stops (7): children stop in reverse start order, each in its time; one that is to be killed at once is;
 * no supervisor ends before its children; and after a stop of the whole nothing lives, waits or takes anything.
 *
 * It knows of a child from when it has started, and looks at what its supervisor does when it is to stop. Where nobody stops, that costs a look at a
 * set for each start.
 *
 * Not here: how long a stop takes while a schedule likes timers to be late; who is terminated by request, in whatever order callers like.
 */

import type { Statistics } from "../../app/runtime-statistics.ts"
import type { ExitReason } from "../../kernel/exit-reason.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import { keeperOf, type Pid } from "../../kernel/pid.ts"
import type { Process } from "../../kernel/process.ts"
import { stopLimitsOf } from "../../supervision/child-spec.ts"
import { KeeperProcess } from "../../supervision/keeper-process.ts"
import { PoolSupervisor } from "../../supervision/pool-supervisor.ts"
import { SupervisedChild } from "../../supervision/supervised-child.ts"
import { Supervisor } from "../../supervision/supervisor.ts"
import { SupervisorProcess } from "../../supervision/supervisor-process.ts"
import type { Topology } from "../../topology/topology.ts"
import type { Breaks } from "./broken-promise.ts"
import { SeldomMap } from "./seldom.ts"

/** The time of a scene, and who does nothing for some time, which is a fault. */
interface Times {
  readonly now: number
  isSlow(process: Process): boolean
}

/** A child that was told to stop. */
interface Told {
  readonly at: number
  /** Ms after which it has ended; `Infinity` where nobody can say. */
  readonly mostMs: number
}

/** Deadlines are whole milliseconds: of waiting first, and of stopping then. */
const ROUNDING_MS = 2

export class StopJudge {
  readonly #times: Times
  readonly #breaks: Breaks
  readonly #followed = new Set<KeeperProcess>()
  readonly #told = new SeldomMap<Process, Told>()
  #letters = 0
  /** The whole is told to stop, and no timer is late any more. */
  #isPunctual = false

  constructor(topology: Topology, times: Times, breaks: Breaks) {
    this.#times = times
    this.#breaks = breaks
    topology.onEnd((process, reason) => this.#ended(process, reason))
  }

  /** The whole is told to stop. */
  stopping(): void {
    this.#isPunctual = true
  }

  /** A dead letter was reported. */
  heardOfLetter(): void {
    this.#letters += 1
  }

  /** It runs: whom its supervisor tells to stop is looked at from here on. */
  started(pid: Pid): void {
    const child = keeperOf(pid)
    if (child instanceof SupervisedChild && child.supervisor instanceof KeeperProcess) this.#follow(child.supervisor)
  }

  #follow(supervisor: KeeperProcess): void {
    if (this.#followed.has(supervisor)) return
    this.#followed.add(supervisor)
    const shutDown = supervisor.shutDown.bind(supervisor)
    const judged = (child: SupervisedChild): void => {
      const { process, ending } = child
      const isDoomed = process !== undefined && process !== ending && process.status !== "ended" && this.#toldToStop(child, process)
      shutDown(child)
      if (isDoomed) this.#judgeKill(process)
    }
    supervisor.shutDown = judged
  }

  // -- who is told to stop -------------------------------------------------------------------------------------------

  /** Whether it is to be killed at once, and had nothing to end it before. */
  #toldToStop(child: SupervisedChild, process: Process): boolean {
    const { parent } = process
    if (child.aim === "down" && parent?.status === "ending" && isOrdered(parent)) this.#judgeOrder(child, parent)
    const isDoomed = child.spec.shutdown === "brutal_kill" && process.status === "ready" && !process.isUrged
    const mostMs =
      this.#isPunctual && !this.#times.isSlow(process) ? mostMsOf(child, parent?.isDraining === true) : Number.POSITIVE_INFINITY
    if (mostMs !== Number.POSITIVE_INFINITY) this.#told.set(process, { at: this.#times.now, mostMs })
    return isDoomed
  }

  /** It may still end by itself before it comes to that. */
  #judgeKill({ label, status, urgent }: Process): void {
    const isKilled = status === "ended" || urgent?.some(({ reason }) => reason === "kill") === true
    if (!isKilled) this.#breaks("23", `${label} was to be killed at once, and had time to stop`)
  }

  #judgeOrder(child: SupervisedChild, { label }: Process): void {
    for (let later = child.next; later !== undefined; later = later.next) {
      if (later.process === undefined || later.process.status === "ended") continue
      this.#breaks("23", `${label} told ${child.spec.id} to stop while ${later.spec.id} lived, which was started after it`)
    }
  }

  // -- who ends ------------------------------------------------------------------------------------------------------

  #ended(process: Process, reason: ExitReason): void {
    if (process instanceof SupervisorProcess && process.isStarted && reason !== "killed") this.#judgeLeft(process)
    const told = this.#told.get(process)
    if (told === undefined) return
    this.#told.delete(process)
    this.#judgeTime(process, told)
  }

  #judgeTime({ label }: Process, { at, mostMs }: Told): void {
    const tookMs = this.#times.now - at
    if (tookMs > mostMs + ROUNDING_MS) this.#breaks("23", `${label} had ${mostMs} ms to stop, and took ${tookMs}`)
  }

  #judgeLeft(supervisor: SupervisorProcess): void {
    for (const { id, process } of supervisor.viewChildren()) {
      const lives = process !== undefined && process.status !== "ended"
      if (lives) this.#breaks("23", `${supervisor.label} has ended, and its child ${id} lives`)
    }
  }

  /** Nothing can happen any more, and somebody waits. */
  judgeStuck(): void {
    for (const [{ label, status }, { mostMs }] of this.#told) {
      const isOwed = status !== "ended" && mostMs !== Number.POSITIVE_INFINITY
      if (isOwed) this.#breaks("23", `${label} had ${mostMs} ms to stop, and has not, and nobody will kill it`)
    }
  }

  // -- after a stop of the whole -------------------------------------------------------------------------------------

  judgeEnd({ processes, waiting, reported }: Pick<Statistics, "processes" | "waiting" | "reported">, inboxes: Iterable<Inbox>): void {
    if (processes > 0) this.#breaks("23", `${processes} processes are left after the stop`)
    if (waiting > 0) this.#breaks("23", `${waiting} messages wait after the stop, which nobody will handle`)
    if (this.#letters < reported) this.#breaks("14", `${reported} messages were given up, and ${this.#letters} dead letters told`)
    for (const inbox of inboxes) {
      if (inbox.takes("message", undefined)) this.#breaks("23", `a mailbox of ${inbox.label} takes messages after the stop`)
    }
  }
}

/** Whether it stops its children one after the other. */
function isOrdered(supervisor: Process): boolean {
  return supervisor instanceof Supervisor && !(supervisor instanceof PoolSupervisor)
}

/** `isDraining`: its supervisor serves what it had accepted, and so does it. */
function mostMsOf({ spec, isDrained }: SupervisedChild, isDraining: boolean): number {
  if (spec.shutdown === "brutal_kill") return 0
  const { drainMs, stopMs } = stopLimitsOf(spec)
  return isDraining || isDrained || typeof spec.shutdown === "object" ? drainMs + stopMs : stopMs
}
