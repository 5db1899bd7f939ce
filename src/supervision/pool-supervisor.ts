/**
 * A supervisor of like workers that serve jobs: each job, a call or cast that came through the pool's mailbox, is handed to the next free
 * worker. While none is free, jobs wait in the pool's inbox, in order.
 *
 * Invariants
 * - A worker has one job at a time, and is free again when that is answered, or by its next incarnation.
 * - A job has one end: its worker's answer, or the worker's end. The end of a worker is no other job's matter.
 * - A job whose caller has given up before a worker was free is given to nobody.
 * - Whoever leaves leaves it behind all the jobs that they have posted (`pool-leavers.ts`).
 * - What waits is more than `capacity` never; what a free worker is there for takes no room.
 * - As a service's, what waits survives a restart of the pool; what its workers have begun does not.
 *
 * Source  poolboy. Differs: a job is a message and not a worker checked out, so nobody can forget to give one back.
 */

import { fail, give } from "../kernel/answer.ts"
import { type ProcessContextRule, runIn } from "../kernel/async-context.ts"
import { type Envelope, NO_LIMIT } from "../kernel/envelope.ts"
import { isOurs } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { Process } from "../kernel/process.ts"
import { later } from "./keeper-process.ts"
import { PoolLeavers } from "./pool-leavers.ts"
import type { SupervisedChild } from "./supervised-child.ts"
import { Supervisor, type SupervisorOptions } from "./supervisor.ts"
import { SupervisorRoute } from "./supervisor-route.ts"

export class PoolSupervisor extends Supervisor {
  /** The longest idle first. */
  readonly #free = new Set<SupervisedChild>()
  /** What workers are at; a cast too. */
  readonly #jobs = new Map<Process, Envelope>()
  readonly #leavers = new PoolLeavers(this, this.#jobs, this.children)

  readonly #workersRule: ProcessContextRule | undefined

  constructor(kernel: Kernel, options: SupervisorOptions) {
    super(kernel, options)
    this.#workersRule = options.workersRule
  }

  override get kind(): string {
    return "pool"
  }

  /** A job waits in it until a worker is free. */
  override get isLooking(): boolean {
    return true
  }

  /** A job is handled in the context of who sent it, though it waits, where its worker would be asked in that. */
  override get takesContexts(): boolean {
    return (this.#workersRule ?? this.kernel.contextRule) === "sender"
  }

  /** The inbox may be one of whose free workers an earlier pool has kept count. */
  protected override start(): Promise<void> {
    this.#countFree()
    return super.start()
  }

  protected override started(): void {
    this.#dispatch()
  }

  protected override handle(envelope: Envelope): void {
    if (!isJob(envelope)) return super.handle(envelope)
    const worker = this.inbox.isHolding ? undefined : this.#nextFree()
    if (worker !== undefined) return this.#give(worker, envelope)
    // It came where nothing waits, or for a worker that is there no more.
    if (this.inbox.size >= this.inbox.capacity) return this.inbox.turnAway(envelope)
    this.inbox.hold(envelope)
    this.#dispatch()
  }

  /** Whoever leaves leaves behind what it has posted, which may wait yet, or be at work. */
  protected override reached(marker: Envelope): void {
    if (marker.origin === undefined) super.reached(marker)
    else if (this.inbox.isHolding && this.#leavers.mayWait(marker)) this.inbox.hold(marker)
    else if (this.inbox.isHolding) super.reached(marker)
    else this.#leavers.leaves(marker)
  }

  // -- workers ---------------------------------------------------------------------------------------------------

  protected override childStarted(child: SupervisedChild): void {
    super.childStarted(child)
    this.#freed(child)
  }

  override ended(child: SupervisedChild, process: Process, reason: ExitReason): void {
    this.#free.delete(child)
    this.#countFree()
    this.#done(process)
    super.ended(child, process, reason)
  }

  #spared(child: SupervisedChild): void {
    this.#free.add(child)
    this.#countFree()
  }

  /** In the worker's own turn, perhaps: there nobody can ask it anything. */
  #freed(child: SupervisedChild): void {
    this.#spared(child)
    if (this.kernel.turn.process === undefined) this.#dispatch()
    else if (this.inbox.isHolding) this.kernel.signal(this.inbox, "marker", () => this.#dispatch())
  }

  #nextFree(): SupervisedChild | undefined {
    for (const child of this.#free) {
      this.#free.delete(child)
      this.#countFree()
      // One that is about to end is free again with its next incarnation.
      if (child.state === "running" && child.process?.inbox.attendant === child.process) return child
    }
    return undefined
  }

  /** What a free worker is there for takes no room in the queue. */
  #countFree(): void {
    this.inbox.surplus = this.#free.size
  }

  // -- jobs ------------------------------------------------------------------------------------------------------

  /** Hands out what waits, as far as workers are free. One whose time has run out takes no worker's. */
  #dispatch(): void {
    while (this.status === "ready" && this.inbox.owner === this && this.inbox.isHolding) {
      const worker = this.#nextFree()
      if (worker === undefined) return
      const job = this.#nextJob()
      if (job === undefined) return this.#spared(worker)
      this.#give(worker, job)
    }
  }

  #nextJob(): Envelope | undefined {
    for (;;) {
      const next = this.inbox.takeHeld(any)
      if (next?.kind === "marker") this.#leavers.leaves(next)
      else if (next?.isSettled !== true) return next
    }
  }

  #give(worker: SupervisedChild, job: Envelope): void {
    this.accept(job)
    this.kernel.armRequest(job)
    const { process } = worker
    if (process !== undefined) this.#jobs.set(process, job)
    const over = (): void => {
      this.kernel.following?.returned(job)
      this.kernel.neutrally(this.#over, this, worker, process)
    }
    runIn(job.context, () => (job.isRequest ? this.#ask(worker, job, over) : this.#tell(worker, job, over)), undefined)
  }

  /** Its caller's giving up is heard by whoever is at it. */
  override passedOnTo(process: Process): Envelope | undefined {
    return this.#jobs.get(process)
  }

  /** The time that its caller allows is the pool's matter: a worker whose caller has given up is busy all the same. */
  #ask({ process }: SupervisedChild, job: Envelope, over: () => void): void {
    if (process === undefined) return later(over)
    const answer = this.kernel.ask(process.inbox, job.route, job.argument, undefined, NO_LIMIT, this)
    const answered = (value: unknown): void => {
      give(job, value)
      over()
    }
    const failed = (error: unknown): void => {
      if (isOurs(error)) fail(job, error)
      over()
    }
    answer.then(answered, failed)
  }

  #tell({ process }: SupervisedChild, job: Envelope, over: () => void): void {
    const isSent = process !== undefined && this.kernel.tell(process.inbox, job.route, job.argument, undefined)
    // It has come to the marker when the cast is done with, in whichever way; later, where there is none, as the next job may fare the same.
    if (!isSent || !this.kernel.signal(process.inbox, "marker", over)) later(over)
  }

  #over(worker: SupervisedChild, process: Process | undefined): void {
    // One that ends may be at it yet, and the report of a crash tells whose job it was.
    if (process?.inbox.isClosed === false) this.#done(process)
    if (worker.process === process && worker.state === "running") this.#freed(worker)
    if (this.isDraining) this.enqueue()
  }

  #done(process: Process): void {
    const job = this.#jobs.get(process)
    if (job === undefined) return
    this.#jobs.delete(process)
    this.#leavers.done(process, job)
  }

  // -- its end ---------------------------------------------------------------------------------------------------

  /** What waits is the next incarnation's; where there is none, the service hands it back. Who leaves does not wait for workers that stop. */
  protected override closeDoor(): void {
    this.#leavers.comeAll()
  }

  /** All at the same time: none of them has to do with another. */
  protected override async stopChildren(): Promise<void> {
    const children = this.children.list()
    for (const child of children) {
      child.aim = "down"
      this.lookAt(child)
    }
    await Promise.all(children.map((child) => child.until(({ isDown }) => isDown)))
  }

  /** Its callers wait for what its workers owe. */
  protected override get owed(): Envelope | undefined {
    for (const job of this.#jobs.values()) if (job.isRequest && !job.isSettled) return job
    return undefined
  }
}

/** Only a mailbox posts by name, with permission for it. */
function isJob({ kind, origin, route }: Envelope): boolean {
  return kind === "message" && origin !== undefined && route !== undefined && !(route instanceof SupervisorRoute)
}

function any(): boolean {
  return true
}
