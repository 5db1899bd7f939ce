/**
 * The judges of one runtime. What it promises is judged by what happens in it, as processes of two may be called the same.
 *
 * 1: messages of one sender to one receiver are handled in the order sent. 2: no message is lost. 3: each request is answered once. 7: no two incarnations of a service at a time. 14: each process that
 * ends was told to have begun, and each that began to have ended. 23: after a stop no timer of a process is left.
 *
 * Not here: what else a stop leaves, and how children stop (23: `stop-judge.ts`); what is heard of ends (6: `end-judge.ts`); names, registries and groups (6, 20: `tie-judge.ts`); timers (18: `timer-judge.ts`); who leaves a
 * service (10: `detach-judge.ts`); pools (29: `pool-judge.ts`); locks and leases (30, 36: `claim-judge.ts`); bounds of inboxes, what servers do first (4, 17: `server-judge.ts`);
 * what is left after a crash (9: `state-judge.ts`); who is told of a crash (8: `crash-judge.ts`); addresses by key (28: `key-judge.ts`); traces (45: `trace-judge.ts`); what services answer is judged by their histories (`judges.ts`).
 */

import type { InspectionEvent } from "../../inspection/inspection-event.ts"
import type { Envelope } from "../../kernel/envelope.ts"
import type { ExitReason } from "../../kernel/exit-reason.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import type { Pid } from "../../kernel/pid.ts"
import type { Process } from "../../kernel/process.ts"
import { processBehind } from "../../kernel/process-of.ts"
import type { Launched } from "../../kernel/process-table.ts"
import { SystemProcess } from "../../process/system-process.ts"
import type { Topology } from "../../topology/topology.ts"
import { actorBehind } from "../scene/actor.ts"
import type { Asked, Waiting } from "../scene/candidate.ts"
import type { Scene } from "../scene/scene.ts"
import type { SimulatedKernel } from "../scene/simulated-kernel.ts"
import type { Breaks } from "./broken-promise.ts"
import { ClaimJudge } from "./claim-judge.ts"
import { CrashJudge } from "./crash-judge.ts"
import { DetachJudge } from "./detach-judge.ts"
import { EndJudge } from "./end-judge.ts"
import type { Knowledge } from "./judges.ts"
import { KeyJudge } from "./key-judge.ts"
import { PoolJudge } from "./pool-judge.ts"
import { ServerJudge } from "./server-judge.ts"
import { StateJudge } from "./state-judge.ts"
import { StopJudge } from "./stop-judge.ts"
import { TieJudge } from "./tie-judge.ts"
import { TimerJudge } from "./timer-judge.ts"
import { TraceJudge } from "./trace-judge.ts"

/** What is known of what services do. */
type Known = Pick<Knowledge, "stillBound" | "claimActOf">

export class RuntimeJudges {
  readonly kernel: SimulatedKernel
  readonly timers: TimerJudge
  readonly #scene: Scene
  readonly #break: Breaks
  readonly #ties: TieJudge
  readonly #ends: EndJudge
  readonly #crashes: CrashJudge
  readonly #pools: PoolJudge
  readonly #detaches: DetachJudge
  readonly #stops: StopJudge
  readonly #claims: ClaimJudge
  readonly #states: StateJudge
  readonly #traces: TraceJudge
  readonly #keys: KeyJudge
  readonly #servers: ServerJudge
  readonly #stillBound: Knowledge["stillBound"]
  /** What each sender had sent last of what an inbox's processes were given. */
  readonly #taken = new Map<Inbox, Map<object, Waiting>>()
  /** Those that live, by their labels. */
  readonly #living = new Map<string, Process>()
  /** Those beside them, with their labels, whose supervisor was killed: they end by themselves, while the next one begins the tree anew. */
  readonly #orphans = new Map<Pid, string>()

  /** A runtime begins. */
  constructor(scene: Scene, topology: Topology, kernel: SimulatedKernel, { stillBound, claimActOf = nothing }: Known, breaks: Breaks) {
    this.kernel = kernel
    this.#scene = scene
    this.#break = breaks
    this.#stillBound = stillBound
    this.timers = new TimerJudge(() => scene.now, breaks)
    this.#ties = new TieJudge(topology, breaks)
    this.#ends = new EndJudge(topology, breaks)
    this.#stops = new StopJudge(topology, scene, breaks)
    this.#crashes = new CrashJudge(topology, breaks)
    this.#claims = new ClaimJudge(topology, scene, claimActOf, breaks)
    this.#states = new StateJudge(topology, breaks)
    this.#servers = new ServerJudge(topology, scene.requests, breaks)
    this.#traces = new TraceJudge(kernel, breaks)
    this.#keys = new KeyJudge(topology, breaks)
    this.#pools = new PoolJudge(breaks)
    this.#detaches = new DetachJudge(this.#pools, breaks)
  }

  /** A service was asked for that. */
  asked(asked: Asked, argument: unknown): void {
    this.#claims.asked(asked, argument)
  }

  /** A process is given that, in the step that follows. */
  taken(waiting: Waiting): void {
    this.#judgeOrder(waiting)
    this.#keys.taken()
    const { envelope, inbox } = waiting
    if (envelope.kind === "signal") this.#ends.taken(envelope)
    else this.#pools.taken(envelope, inbox)
    this.#claims.taken(envelope, inbox)
    this.#servers.taken(envelope, inbox)
  }

  /** An answer is on its way. */
  given(asked: Asked): void {
    this.#claims.given(asked)
  }

  /** Whoever has asked that is told what was answered, … */
  answered(asked: Asked): void {
    this.#claims.answered(asked)
    this.#traces.answered(asked)
  }

  /** … or that it failed. */
  failed(asked: Asked, error: unknown): void {
    this.#crashes.failed(asked, error)
    this.#claims.failed(asked, error)
  }

  /** A process is given that: of one sender it comes in the order sent, but for what it had put aside, or the runtime puts first. */
  #judgeOrder(waiting: Waiting): void {
    const { sender, envelope, inbox } = waiting
    if (waiting.wasTaken || envelope.kind === "system") return
    const last = this.#taken.get(inbox) ?? this.#begin(inbox)
    const before = last.get(sender)
    if (before !== undefined && before.choice.id > waiting.choice.id) {
      this.#break(
        "1",
        `${inbox.label} was given ${envelope.operation} after ${before.envelope.operation}, which the same sender had sent later`,
      )
    }
    last.set(sender, waiting)
  }

  #begin(inbox: Inbox): Map<object, Waiting> {
    const last = new Map<object, Waiting>()
    this.#taken.set(inbox, last)
    return last
  }

  /** A message was posted. */
  posted(envelope: Envelope, inbox: Inbox): void {
    const { argument, kind, origin } = envelope
    this.#detaches.posted(envelope, inbox)
    this.#servers.posted(envelope, inbox)
    this.#keys.posted(envelope, inbox)
    if (kind === "message" && origin === undefined) this.#pools.posted(envelope, inbox)
    if (kind === "message") this.#traces.posted(envelope)
    if (kind !== "signal") return
    this.#ties.told(argument)
    this.#ends.posted(envelope, inbox)
  }

  told(event: InspectionEvent): void {
    if (event.type === "spawned") this.#spawned(event.label, event.pid)
    else if (event.type === "exited") this.#exited(event)
    else if (event.type === "child_started") this.#childStarted(event.child)
    else if (event.type === "dead_letter") this.#stops.heardOfLetter()
    this.#detaches.told(event)
    this.#claims.told(event)
    this.#states.told(event)
  }

  #spawned(label: string, pid: Pid): void {
    this.#traces.spawned()
    const process = processBehind(pid) as Process
    const other = this.#living.get(label)
    if (other !== undefined && isOrphan(process)) return void this.#orphans.set(pid, label)
    if (other !== undefined && isOrphan(other)) this.#orphans.set(other.pid, label)
    else if (other !== undefined)
      this.#break("7", `${label} was started again while an earlier incarnation of it lived (${other.pid}, ${pid})`)
    this.#living.set(label, process)
  }

  #childStarted(label: string): void {
    const child = this.#living.get(label)
    if (child === undefined) return
    this.#stops.started(child.pid)
    this.#states.started(child.pid)
  }

  #exited({ label, pid, reason }: { readonly label: string; readonly pid: Pid; readonly reason: ExitReason }): void {
    this.#ties.ended(pid)
    this.#detaches.ended(pid, reason)
    if (this.#orphans.delete(pid)) return
    if (!this.#living.has(label)) this.#break("14", `${label} (${pid}) ended, and was never told to have begun`)
    this.#living.delete(label)
  }

  /** Nothing can happen any more but by time. */
  judgeRest(): void {
    this.#ends.judgeRest()
    this.#detaches.judgeRest()
    this.#claims.judgeRest()
    for (const process of this.kernel.processes) this.#judgeBound(process)
  }

  #judgeBound(process: Launched): void {
    if (!(process instanceof SystemProcess) || process.status !== "ready" || !process.inbox.isEmpty) return
    const { label } = process
    const left = this.#detaches.leftFrom(process.inbox)
    if (left.size === 0) return
    const name = actorBehind(process.inbox)
    const operations = this.#scene.requests.operations.filter(({ service }) => service === name)
    const key = this.#stillBound?.(process.systemState(), operations, left)
    if (key !== undefined)
      this.#break("10", `${label} holds ${JSON.stringify(key)} still, which was bound to a mailbox that was given back`)
  }

  /** Nothing can happen any more, and somebody waits. */
  judgeStuck(): void {
    this.judgeRest()
    this.#stops.judgeStuck()
  }

  /** The application is told to stop. */
  stopping(): void {
    this.#stops.stopping()
  }

  /** All is at rest, and it has stopped. */
  judgeEnd(): void {
    const { counters, processes, serviceInboxes, wheel } = this.kernel
    const waiting = serviceInboxes.reduce((sum, { size }) => sum + size, 0)
    this.#stops.judgeEnd({ processes: processes.size, waiting, reported: counters.reported }, this.#detaches.inboxes)
    this.#traces.judgeEnd()
    let timers = 0
    for (const node of wheel.armed.keys()) if (node.owner !== undefined) timers += 1
    if (timers > 0) this.#break("23", `${timers} timers of processes are left after the stop`)
    this.#judgeConservation(waiting)
    const [label] = [...this.#living.keys(), ...this.#orphans.values()]
    if (processes.size === 0 && label !== undefined) this.#break("14", `${label} was told to have begun, and never to have ended`)
    this.#judgeUnanswered()
  }

  #judgeConservation(waiting: number): void {
    const { accepted, handled, returned, reported } = this.kernel.counters
    if (accepted === handled + returned + reported + waiting) return
    this.#break("2", `of ${accepted} messages ${handled} were handled, ${returned} returned, ${reported} reported, and ${waiting} wait`)
  }

  #judgeUnanswered(): void {
    const [first, ...others] = this.#scene.unanswered.filter(({ inbox }) => inbox?.kernel === this.kernel)
    if (first === undefined) return
    this.#break("3", `${others.length + 1} requests were never answered, the first ${first.operation} of ${first.inbox?.label}`)
  }
}

/** Whoever was killed stops nobody: those below end by themselves, each with what is below it, and what a supervisor there has started meanwhile. */
function isOrphan({ parent }: Process): boolean {
  return parent !== undefined && (parent.exitReason === "killed" || isOrphan(parent))
}

const nothing = (): undefined => undefined
