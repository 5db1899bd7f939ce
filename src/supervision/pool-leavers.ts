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
import type { Envelope } from "../kernel/envelope.ts"
import { heldUpWith } from "../kernel/impasse.ts"
import { Process } from "../kernel/process.ts"
import { DetainedLeavers } from "./detained-leavers.ts"

export class PoolLeavers {
  readonly #pool: Process
  /** What workers are at. */
  readonly #jobs: ReadonlyMap<Process, Envelope>
  readonly #workers: { readonly size: number }
  readonly #detained = new DetainedLeavers()
  /** Workers that leave within their jobs, and may not go on before they have left. */
  readonly #visitors = new Set<Process | undefined>()

  constructor(pool: Process, jobs: ReadonlyMap<Process, Envelope>, workers: { readonly size: number }) {
    this.#pool = pool
    this.#jobs = jobs
    this.#workers = workers
  }

  /** It would wait for jobs. `false`: those could wait for it, as each worker that might come to them leaves in the middle of a job. */
  mayWait(marker: Envelope): boolean {
    const worker = this.#workerOf(marker)
    if (worker === undefined || this.#visitors.add(worker).size < this.#workers.size) return true
    this.#visitors.delete(worker)
    return false
  }

  /** No job waits before it any more: it comes now, or once those are served that workers are at. */
  leaves(marker: Envelope): void {
    const behind = this.#jobsBefore(marker)
    if (behind.size === 0 || !this.mayWait(marker)) this.#come(marker)
    else this.#detained.add(marker, behind)
  }

  /** A worker is at a job no longer. */
  done(worker: Process, job: Envelope): void {
    this.#visitors.delete(worker)
    this.#served(job)
  }

  /** The pool begins to end, and its workers are told to stop. */
  comeAll(): void {
    for (const marker of this.#detained.takeAll()) this.#come(marker)
  }

  /** That job holds nobody up any more: it is over, or a call that its worker has begun. Who leaves has the pool's next turn, where it has one. */
  #served(job: Envelope): void {
    const marker = this.#detained.over(job)
    const { kernel, inbox } = this.#pool
    const come = (): void => this.#come(marker as Envelope)
    if (marker !== undefined && !kernel.signal(inbox, "marker", come)) come()
  }

  #come(marker: Envelope): void {
    this.#visitors.delete(this.#workerOf(marker))
    const come = marker.argument as () => void
    come()
  }

  #jobsBefore(marker: Envelope): Set<Envelope> {
    const own = this.#workerOf(marker)
    const behind = new Set<Envelope>()
    for (const [worker, job] of this.#jobs) {
      if (job.origin === marker.origin && worker !== own && this.#isUnserved(worker, job)) behind.add(job)
    }
    return behind
  }

  #isUnserved(worker: Process, job: Envelope): boolean {
    if (!job.isRequest) return true
    // It has one job at a time. One whose caller has given up owes nothing to anybody.
    const isJob = ({ kind, asker }: Envelope): boolean => kind === "message" && asker === this.#pool
    if (job.isSettled || !worker.inbox.queued.some(isJob)) return false
    const observer: DeliveryObserver = (given) => {
      if (!isJob(given)) return
      worker.observe(observer, false)
      this.#served(job)
    }
    worker.observe(observer)
    return true
  }

  /** The worker in whose job it was asked for. */
  #workerOf({ asker }: Envelope): Process | undefined {
    if (asker === undefined) return undefined
    for (const each of heldUpWith(asker)) if (each instanceof Process && this.#jobs.has(each)) return each
    return undefined
  }
}
