/**
 * The messages of a scene: who has sent each, and which a process could handle next.
 *
 * Invariants
 * - Messages of one sender to one receiver are handled in the order sent; between those of different senders there is none.
 * - What the runtime puts before all others, and what a process puts back that it had put aside, comes before all others.
 * - That a mailbox is given back is behind all that it has posted, whoever has used it.
 * - A supervisor comes to all in the order in which they were sent.
 */

import { type Envelope, isOpen, type Party } from "../../kernel/envelope.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import { Process } from "../../kernel/process.ts"
import type { Runnable } from "../../kernel/scheduler.ts"
import { KeeperProcess } from "../../supervision/keeper-process.ts"
import type { Order } from "../schedule/schedule.ts"
import type { ChoiceKind } from "../schedule/step.ts"
import { actorBehind, actorOf } from "./actor.ts"
import { isBefallen } from "./befallen.ts"
import { type Candidate, CLOCK, type Runner, type Sender, Turning, Waiting } from "./candidate.ts"

/** Whether that message is behind an answer of the same sender to the same receiver. */
export type Overtakes = (waiting: Waiting, receiver: Process) => boolean

export class Messages {
  readonly #order: Order
  readonly #nextId: () => number
  // Not weakly: the world of a schedule goes as a whole, and weak tables are dear.
  readonly #waiting = new Map<Envelope, Waiting>()
  readonly #turnings = new Map<Runnable, Turning>()
  /** By who has sent them: in which look at an inbox a message of theirs was come to last. */
  readonly #lookedAt = new Map<Sender, number>()
  #looks = 0
  readonly #outside: Sender = {}
  readonly #clock: Sender = {}

  constructor(order: Order, nextId: () => number) {
    this.#order = order
    this.#nextId = nextId
  }

  /** One was posted, by a process, by the clock or from outside. */
  add(envelope: Envelope, inbox: Inbox, by: Party | undefined, isClock: boolean): Waiting {
    const sender = by?.inbox ?? (isClock ? this.#clock : this.#outside)
    const waiting = new Waiting(this.#nextId(), by === undefined && isClock ? CLOCK : actorOf(by), sender, envelope, inbox)
    this.#waiting.set(envelope, waiting)
    return waiting
  }

  /** What it could do next is added to `found`; `false` where there is nothing, and it is to have a turn for what needs no choice. */
  find(runnable: Runnable, scheduler: Runner, overtakes: Overtakes, found: Candidate[]): boolean {
    if (!(runnable instanceof Process)) return found.push(this.#turning(runnable, scheduler, "turn", "task", "task")) > 0
    const { status, isUrged, inbox } = runnable
    if (isUrged) return found.push(this.#turning(runnable, scheduler, "message", actorOf(runnable), "exit")) > 0
    if (status === "starting") return found.push(this.#turning(runnable, scheduler, "start", actorOf(runnable), "start")) > 0
    if (status !== "ready" || inbox.isEmpty) return false
    const { queued } = inbox
    this.#heads(runnable, queued, scheduler, overtakes, found)
    return queued.some(isOpen)
  }

  /** The first message of each sender, where it may come now. */
  #heads(process: Process, queued: readonly Envelope[], scheduler: Runner, overtakes: Overtakes, found: Candidate[]): void {
    const isInOrder = this.#order === "runtime" || process instanceof KeeperProcess
    const look = this.#looks + 1
    this.#looks = look
    let areSome = false
    for (const envelope of queued) {
      if (envelope.isSettled) continue
      const waiting = this.#waiting.get(envelope) ?? this.#putFirst(envelope, process.inbox)
      const isAlone = waiting.wasTaken || isInOrder
      if (isAlone && areSome) return
      if (areSome && this.#lookedAt.get(waiting.sender) === look) continue
      if (queued.length > 1) this.#lookedAt.set(waiting.sender, look)
      areSome = true
      if (!isAlone && (overtakes(waiting, process) || isBehind(envelope, queued))) continue
      waiting.runnable = process
      waiting.scheduler = scheduler
      found.push(waiting)
      if (isAlone) return
    }
  }

  /** By the runtime itself: it was never posted. */
  #putFirst(envelope: Envelope, inbox: Inbox): Waiting {
    const waiting = new Waiting(this.#nextId(), actorBehind(inbox), inbox, envelope, inbox)
    waiting.wasTaken = true
    this.#waiting.set(envelope, waiting)
    return waiting
  }

  #turning(runnable: Runnable, scheduler: Runner, kind: ChoiceKind, actor: string, what: string): Turning {
    const known = this.#turnings.get(runnable)
    if (known?.choice.what === what) return known
    const isSent = runnable instanceof Process && !isBefallen(runnable)
    const from = isSent ? actorOf(runnable.parent) : actor
    const turning = new Turning(this.#nextId(), kind, actor, from, what, runnable, scheduler)
    this.#turnings.set(runnable, turning)
    return turning
  }
}

/** Whether it says that a mailbox is given back which has posted some of what waits before it. */
function isBehind({ kind, origin }: Envelope, queued: readonly Envelope[]): boolean {
  if (kind !== "marker" || origin === undefined) return false
  for (const other of queued) {
    if (other.kind === "marker" && other.origin === origin) return false
    if (other.origin === origin && other.kind === "message" && !other.isSettled) return true
  }
  return false
}
