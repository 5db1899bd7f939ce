/**
 * What of a mailbox is not done with: its messages that wait, and those that somebody is at (handlers that run side by side, the workers of a pool), as the
 * judge of detaches sees them. By what was posted, and by what each process says of itself; not by how a detach finds out.
 *
 * A call counts until a handler has been given it, a cast until it is done with.
 */

import { Envelope, type Origin } from "../../kernel/envelope.ts"
import { heldUpWith } from "../../kernel/impasse.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import { keeperOf } from "../../kernel/pid.ts"
import { Process } from "../../kernel/process.ts"
import { PoolSupervisor } from "../../supervision/pool-supervisor.ts"
import type { PoolJudge } from "./pool-judge.ts"

export class WorkAtHand {
  readonly #pools: PoolJudge

  constructor(pools: PoolJudge) {
    this.#pools = pools
  }

  /**
   * All that the mailbox has posted before that marker, and that is not done with; but for what whoever gives it back is at itself. Nothing where a
   * worker leaves its own pool: where the others do so too, it may not wait for jobs that nobody else comes to.
   */
  before(marker: Envelope, inbox: Inbox, origin: Origin): readonly Envelope[] {
    const { owner } = inbox
    if (owner instanceof PoolSupervisor && isWorkerOf(owner, marker)) return []
    const found = inbox.isEmpty && !(owner instanceof PoolSupervisor) ? [] : waitingIn(inbox).filter((each) => each.origin === origin)
    if (owner === undefined) return found
    for (const each of owner.work) if (each instanceof Envelope && each.origin === origin) found.push(each)
    if (owner instanceof PoolSupervisor) found.push(...this.#jobsOf(owner, marker, origin))
    return found
  }

  #jobsOf(pool: PoolSupervisor, { asker }: Envelope, origin: Origin): readonly Envelope[] {
    const own = new Set(asker === undefined ? [] : heldUpWith(asker))
    const others = Array.from(this.#pools.passed).filter(([worker]) => worker.parent === pool && !own.has(worker))
    return others.flatMap(([, { job }]) => (job.origin === origin ? [job] : []))
  }

  /** Those of them that are not done with yet, where the one who reads them is not about to end, and somebody may read them after it. */
  of(before: readonly Envelope[], inbox: Inbox): readonly Envelope[] {
    if (before.length === 0) return before
    const { owner } = inbox
    // What its last reader has left when it crashes is handed back once that has ended.
    const waiting = new Set(isLastReader(owner) ? [] : waitingIn(inbox))
    const isGoingOn = owner instanceof Process && owner.status !== "ending" && !owner.isUrged && !inbox.isClosed
    return before.filter((each) => waiting.has(each) || (isGoingOn && (isCastAt(owner, each) || this.#isAtWorker(each))))
  }

  #isAtWorker(message: Envelope): boolean {
    for (const [worker, { job, to }] of this.#pools.passed) {
      if (job !== message || worker.status === "ending" || worker.status === "ended" || worker.isUrged) continue
      if (waitingIn(worker.inbox).includes(to)) return !job.isSettled
      return isCastAt(worker, to)
    }
    return false
  }
}

/** Whether a worker of the pool asked for it, itself or by a task. */
function isWorkerOf(pool: Process, { asker }: Envelope): boolean {
  if (asker !== undefined) for (const { parent } of heldUpWith(asker)) if (parent === pool) return true
  return false
}

/** It ends, and if that is a crash, too, nobody comes after it. */
function isLastReader(owner: Inbox["owner"]): boolean {
  return owner?.status === "ending" && (keeperOf(owner.pid)?.sequel({ error: undefined }) ?? "next") !== "next"
}

function isCastAt(process: Process, message: Envelope): boolean {
  return !message.isRequest && process.isAt(message)
}

/** A pool holds jobs until a worker is free; what others hold, they have left for later. */
function waitingIn(inbox: Inbox): readonly Envelope[] {
  const all = inbox.owner instanceof PoolSupervisor ? inbox.first(Number.MAX_SAFE_INTEGER) : inbox.queued
  return all.filter(({ kind, isSettled }) => kind === "message" && !isSettled)
}
