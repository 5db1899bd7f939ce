/**
 * Judges promise 29: a worker of a pool is given a job when it is done with the one before, and jobs that wait for a worker are given in their order.
 *
 * It looks at what a pool comes to, and at what it posts to its workers. Without a pool it costs a look at whose inbox it is for each message.
 */

import type { Envelope } from "../../kernel/envelope.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import { Process } from "../../kernel/process.ts"
import { PoolSupervisor } from "../../supervision/pool-supervisor.ts"
import type { Breaks } from "./broken-promise.ts"
import { SeldomMap } from "./seldom.ts"

/** A job as its worker was given it. */
export interface PassedJob {
  readonly job: Envelope
  readonly to: Envelope
}

export class PoolJudge {
  readonly #breaks: Breaks
  /** By worker, the last one. */
  readonly passed = new SeldomMap<Process, PassedJob>()
  /** When a pool came to each of those that wait for a worker. */
  readonly #turns = new SeldomMap<Envelope, number>()
  #taken = 0

  constructor(breaks: Breaks) {
    this.#breaks = breaks
  }

  /** A process is given that. */
  taken(envelope: Envelope, { owner }: Inbox): void {
    if (!(owner instanceof PoolSupervisor) || envelope.kind !== "message") return
    this.#taken += 1
    this.#turns.set(envelope, this.#taken)
  }

  /** A message came into an inbox, and through no mailbox: a pool's job for its worker, perhaps. */
  posted(to: Envelope, { owner }: Inbox): void {
    if (to.route === undefined || !(owner instanceof Process) || !(owner.parent instanceof PoolSupervisor)) return
    const job = owner.parent.passedOnTo(owner)
    if (job === undefined) return
    this.#judgeWorker(owner, to)
    this.#judgeOrder(owner.parent, job)
    this.passed.set(owner, { job, to })
  }

  #judgeWorker(worker: Process, { operation }: Envelope): void {
    const before = this.passed.get(worker)?.to
    if (before === undefined || !isAt(worker, before)) return
    this.#breaks("29", `${worker.label} was given ${operation}, and is not done with ${before.operation}`)
  }

  #judgeOrder({ inbox, label }: PoolSupervisor, job: Envelope): void {
    const turn = this.#turns.get(job)
    if (turn === undefined) return
    this.#turns.delete(job)
    for (const other of inbox.first(Number.MAX_SAFE_INTEGER)) {
      if (other.isSettled || (this.#turns.get(other) ?? turn) >= turn) continue
      this.#breaks("29", `${label} gave a worker ${job.operation} before ${other.operation}, which had waited longer`)
    }
  }
}

/** Whoever serves it is not done with it. */
function isAt(worker: Process, message: Envelope): boolean {
  if (worker.status === "ending" || worker.status === "ended") return false
  return (message.isRequest && !message.isSettled) || worker.isAt(message) || worker.inbox.queued.includes(message)
}
