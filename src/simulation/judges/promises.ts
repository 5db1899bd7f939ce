/**
 * What the runtime promises, judged in each schedule without being asked: each is a number of ARCHITECTURE.md's list.
 *
 * 1: messages of one sender to one receiver are handled in the order sent. 2: no message is lost. 3: each request is answered once. 7: no two incarnations of a service at a time. 14: each process that
 * ends was told to have begun, and each that began to have ended. 23: after a stop no timer of a process is left.
 *
 * Not here: what else a stop leaves, and how children stop (23: `stop-judge.ts`); what is heard of ends (6: `end-judge.ts`); names, registries and groups (6, 20: `tie-judge.ts`); timers (18: `timer-judge.ts`); who leaves a
 * service (10: `detach-judge.ts`); pools (29: `pool-judge.ts`); locks and leases (30, 36: `claim-judge.ts`); bounds of inboxes, what servers do first (4, 17: `server-judge.ts`);
 * what is left after a crash (9: `state-judge.ts`); who is told of a crash (8: `crash-judge.ts`); addresses by key (28: `key-judge.ts`); traces (45: `trace-judge.ts`); what services answer is judged by their histories (`judges.ts`).
 */

import type { Runtime } from "../../app/runtime.ts"
import type { InspectionEvent } from "../../inspection/inspection-event.ts"
import type { Envelope } from "../../kernel/envelope.ts"
import type { ExitReason } from "../../kernel/exit-reason.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import type { Pid } from "../../kernel/pid.ts"
import type { Launched } from "../../kernel/process-table.ts"
import { SystemProcess } from "../../process/system-process.ts"
import { OUTSIDE, type Waiting } from "../scene/candidate.ts"
import type { Scene } from "../scene/scene.ts"
import type { SceneListener } from "../scene/scene-listener.ts"
import type { Breaks, BrokenPromise } from "./broken-promise.ts"
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

/** Who judges what services were asked for. */
export interface HistoryListener {
  asked(inbox: Inbox, caller: string, argument: unknown): void
  /** A process has ended, and what it had. */
  ended(inbox: Inbox): void
}

export class Promises {
  readonly #scene: Scene
  readonly #break: Breaks = (number, how) => {
    this.broken ??= { number, how }
  }
  readonly #ties = new TieJudge(this.#break)
  readonly #ends = new EndJudge(this.#break)
  readonly #crashes = new CrashJudge(this.#break)
  readonly #pools = new PoolJudge(this.#break)
  readonly #detaches = new DetachJudge(this.#pools, this.#break)
  readonly #timers: TimerJudge
  readonly #stops: StopJudge
  readonly #claims: ClaimJudge
  readonly #states = new StateJudge(this.#break)
  readonly #traces = new TraceJudge(this.#break)
  readonly #keys = new KeyJudge(this.#break)
  readonly #servers: ServerJudge
  readonly #stillBound: Knowledge["stillBound"]
  /** The first that was broken. */
  broken: BrokenPromise | undefined = undefined
  /** What each sender had sent last of what an inbox's processes were given. */
  readonly #taken = new Map<Inbox, Map<object, { readonly id: number; readonly envelope: Envelope }>>()
  /** Those that live, by their labels. */
  readonly #living = new Map<string, Pid>()

  constructor(scene: Scene, { stillBound, claimActOf = nothing }: Pick<Knowledge, "stillBound" | "claimActOf">) {
    this.#scene = scene
    this.#stillBound = stillBound
    this.#timers = new TimerJudge(() => scene.now, this.#break)
    this.#stops = new StopJudge(scene, this.#break)
    this.#servers = new ServerJudge(scene.requests, this.#break)
    this.#claims = new ClaimJudge(scene, claimActOf, this.#break)
  }

  /** What a scene tells; `histories`: who else is told, of all its runtimes. */
  listening(histories: HistoryListener): SceneListener {
    return {
      asked: (asked, inbox, argument) => {
        this.#claims.asked(asked, argument)
        histories.asked(inbox, asked.asker?.label ?? OUTSIDE, argument)
      },
      timers: this.#timers,
      began: (topology) => {
        this.#ties.began(topology)
        this.#ends.began(topology)
        this.#stops.began(topology)
        this.#crashes.began(topology)
        this.#claims.began(topology)
        this.#states.began(topology)
        this.#servers.began(topology)
        this.#traces.began(topology)
        this.#keys.began(topology)
        topology.onEnd(({ inbox }) => histories.ended(inbox))
      },
      taken: (waiting) => {
        this.#judgeOrder(waiting)
        this.#keys.taken()
        const { envelope, inbox } = waiting
        if (envelope.kind === "signal") this.#ends.taken(envelope)
        else this.#pools.taken(envelope, inbox)
        this.#claims.taken(envelope, inbox)
        this.#servers.taken(envelope, inbox)
      },
      posted: (envelope, inbox) => this.#posted(envelope, inbox),
      given: (asked) => this.#claims.given(asked),
      answered: (asked) => {
        this.#claims.answered(asked)
        this.#traces.answered(asked)
      },
      failed: (asked, error) => {
        this.#crashes.failed(asked, error)
        this.#claims.failed(asked, error)
      },
    }
  }

  /** A process is given that: of one sender it comes in the order sent, but for what it had put aside, or the runtime puts first. */
  #judgeOrder({ sender, choice: { id }, envelope, inbox, wasTaken }: Waiting): void {
    if (wasTaken || envelope.kind === "system") return
    const last = this.#taken.get(inbox) ?? new Map<object, { readonly id: number; readonly envelope: Envelope }>()
    const before = last.get(sender)
    if (before !== undefined && before.id > id) {
      this.#break(
        "1",
        `${inbox.label} was given ${envelope.operation} after ${before.envelope.operation}, which the same sender had sent later`,
      )
    }
    this.#taken.set(inbox, last.set(sender, { id, envelope }))
  }

  /** A message was posted. */
  #posted(envelope: Envelope, inbox: Inbox): void {
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
    const other = this.#living.get(label)
    if (other !== undefined) this.#break("7", `${label} was started again while an earlier incarnation of it lived (${other}, ${pid})`)
    this.#living.set(label, pid)
  }

  #childStarted(label: string): void {
    const pid = this.#living.get(label)
    if (pid === undefined) return
    this.#stops.started(pid)
    this.#states.started(pid)
  }

  #exited({ label, pid, reason }: { readonly label: string; readonly pid: Pid; readonly reason: ExitReason }): void {
    this.#ties.ended(pid)
    this.#detaches.ended(pid, reason)
    if (!this.#living.has(label)) this.#break("14", `${label} (${pid}) ended, and was never told to have begun`)
    this.#living.delete(label)
  }

  /** Nothing can happen any more but by time. */
  judgeRest(): void {
    this.#ends.judgeRest()
    this.#detaches.judgeRest()
    this.#claims.judgeRest()
    for (const { processes } of this.#scene.kernels) for (const process of processes) this.#judgeBound(process)
  }

  #judgeBound(process: Launched): void {
    if (!(process instanceof SystemProcess) || process.status !== "ready" || !process.inbox.isEmpty) return
    const { label } = process
    const left = this.#detaches.leftFrom(process.inbox)
    if (left.size === 0) return
    const name = this.#scene.namesakes.nameOf(process.inbox)
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

  /** The application has stopped, and all is at rest. */
  judgeEnd(runtime: Runtime): void {
    const statistics = runtime.statistics()
    const { accepted, handled, returned, reported, waiting, processes } = statistics
    this.#stops.judgeEnd(statistics, this.#detaches.inboxes)
    this.#traces.judgeEnd()
    let timers = 0
    for (const { wheel } of this.#scene.kernels) for (const node of wheel.armed.keys()) if (node.owner !== undefined) timers += 1
    if (timers > 0) this.#break("23", `${timers} timers of processes are left after the stop`)
    if (accepted !== handled + returned + reported + waiting) {
      this.#break("2", `of ${accepted} messages ${handled} were handled, ${returned} returned, ${reported} reported, and ${waiting} wait`)
    }
    const [label] = this.#living.keys()
    if (processes === 0 && label !== undefined) this.#break("14", `${label} was told to have begun, and never to have ended`)
    const [first, ...others] = this.#scene.unanswered
    if (first !== undefined) {
      this.#break("3", `${others.length + 1} requests were never answered, the first ${first.operation} of ${first.target}`)
    }
  }
}

const nothing = (): undefined => undefined
