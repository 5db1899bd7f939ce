/**
 * Who gives a pool's mailbox back while workers are at jobs of theirs: the detach waits until those are served, as any service's does.
 *
 * Invariants
 * - It waits for each job of the same mailbox: for a cast until that is done with, for a call until a worker's handler has been given it. What
 *   is owed from then on is known to whoever would stop the pool.
 * - It waits for nobody else's, and nobody's job waits for it; it takes no room.
 * - It comes once, as each job has its end, however that comes about; at the latest when the pool begins to end.
 * - A worker that leaves its own pool waits for no job that only itself could end.
 *
 * Not here: a detach behind jobs that no worker has been given, which stands among them in the inbox.
 *
 * Source  poolboy has none of this: there a worker is checked out, and whoever leaves has done with it. Here as in OTP a message is behind those that
 *         its sender has sent before.
 */

import type { DeliveryObserver } from "../kernel/affairs.ts"
import { Detained } from "../kernel/detained.ts"
import type { Envelope, Party } from "../kernel/envelope.ts"
import { heldUpWith } from "../kernel/impasse.ts"
import { Process } from "../kernel/process.ts"

/** What it takes of the pool. */
export interface LeaversControl {
  /** Who asks workers for calls. */
  readonly pool: Process
  /** What workers are at. */
  readonly jobs: ReadonlyMap<Process, Envelope>
  /** How many workers there are. */
  size(): number
  /** Carries out a detach, or goes on with it. */
  come(marker: Envelope): void
  /** In the pool's next turn; where it has none any more, at once. */
  later(step: () => void): void
}

export class PoolLeavers {
  readonly #control: LeaversControl
  readonly #detained = new Detained()
  /** Workers that leave within their jobs, and may not go on before they have left. */
  readonly #visitors = new Set<Process>()

  constructor(control: LeaversControl) {
    this.#control = control
  }

  /** It would wait for jobs. `false`: those could wait for it, as each worker that might come to them leaves in the middle of a job. */
  mayWait({ asker }: Envelope): boolean {
    const worker = asker === undefined ? undefined : this.#workerOf(asker)
    if (worker === undefined) return true
    this.#visitors.add(worker)
    if (this.#visitors.size < this.#control.size()) return true
    this.#visitors.delete(worker)
    return false
  }

  /** No job waits before it any more: it comes now, or once those are served that workers are at. */
  leaves(marker: Envelope): void {
    const behind = this.#jobsBefore(marker)
    if (behind.size === 0 || !this.mayWait(marker)) this.#come(marker)
    else this.#detained.add(marker, behind)
  }

  /** That job holds nobody up any more: it is over, or a call that its worker has begun. */
  served(job: Envelope): void {
    const marker = this.#detained.over(job)
    if (marker !== undefined) this.#control.later(() => this.#come(marker))
  }

  /** A worker is at a job no longer. */
  done(worker: Process, job: Envelope): void {
    this.#visitors.delete(worker)
    this.served(job)
  }

  /** The pool begins to end, or has ended: nothing more will be served by it. */
  comeAll(): void {
    for (const marker of this.#detained.takeAll()) this.#come(marker)
  }

  #come(marker: Envelope): void {
    const worker = marker.asker === undefined ? undefined : this.#workerOf(marker.asker)
    if (worker !== undefined) this.#visitors.delete(worker)
    this.#control.come(marker)
  }

  #jobsBefore({ origin, asker }: Envelope): Set<Envelope> {
    const own = asker === undefined ? undefined : this.#workerOf(asker)
    const behind = new Set<Envelope>()
    for (const [worker, job] of this.#control.jobs) {
      if (job.origin === origin && worker !== own && this.#isUnserved(worker, job)) behind.add(job)
    }
    return behind
  }

  #isUnserved(worker: Process, job: Envelope): boolean {
    if (!job.isRequest) return true
    // One whose caller has given up owes nothing to anybody.
    if (job.isSettled || !worker.inbox.queued.some((each) => this.#isJob(each))) return false
    const observer: DeliveryObserver = (given) => {
      if (!this.#isJob(given)) return
      worker.observe(observer, false)
      this.served(job)
    }
    worker.observe(observer)
    return true
  }

  /** Of what a worker is given: it has one job at a time. */
  #isJob({ kind, asker }: Envelope): boolean {
    return kind === "message" && asker === this.#control.pool
  }

  /** The worker in whose job that process does what it does. */
  #workerOf(asker: Party): Process | undefined {
    for (const each of heldUpWith(asker)) if (each instanceof Process && this.#control.jobs.has(each)) return each
    return undefined
  }
}
