/**
 * Who waits for a service that is down until somebody wants it: it, or the supervisor that it comes with, is started, and the wait is over.
 *
 * Invariants
 * - Who waits asks once, and does nothing for that meanwhile.
 * - A process that acquires what starts, or ends before that, only after it has ended, or has started, is told so, by however many others that
 *   acquire, or ask a supervisor; whenever it comes to that.
 *
 * Not here: circles of which a part is a message to a service that is down; those go on until its time limit, where it has one.
 */

import type { Party } from "../kernel/envelope.ts"
import type { PigeonholeError } from "../kernel/errors.ts"
import type { Process } from "../kernel/process.ts"
import type { HolderWaits, ProcessWait } from "../topology/holder-waits.ts"
import type { Holder } from "./holder.ts"
import { awaitedBy, circleAt, type RecordOf, type RecordWait, waitsForItself } from "./impasse.ts"
import { idleAbove, wokenAbove } from "./requirements.ts"
import type { ServiceRecord } from "./service-record.ts"

interface Wake extends RecordWait, ProcessWait {
  readonly asker: Process
  readonly fail: (error: PigeonholeError) => void
}

export class Wakes {
  readonly #waits: HolderWaits
  readonly #recordOf: RecordOf
  readonly #wakes = new Set<Wake>()

  constructor(waits: HolderWaits, recordOf: RecordOf) {
    this.#waits = waits
    this.#recordOf = recordOf
  }

  /**
   * Lets the supervisor start a service that its detach policy has stopped, or with which a supervisor above it was. Resolves when it is up, or that
   * supervisor runs. `tried`: what the caller has woken before, which is for nothing once its restarts are used up.
   */
  async wake(wanted: ServiceRecord, { caller }: Holder, tried: Set<ServiceRecord>): Promise<void> {
    const record = idleAbove(wanted) ?? wokenAbove(wanted, caller) ?? wanted
    if (tried.has(record) && record.child?.aim === "spent") throw record.unavailable()
    tried.add(record)
    return this.#wake(record, record !== wanted, caller)
  }

  /** That one is in another state. Who is up, or about to be, makes nobody wait for themselves; where it was started, there is another to wait for. */
  review({ state, child }: ServiceRecord): void {
    if (this.#wakes.size === 0 || state === "running") return
    for (const wake of this.#wakes) {
      if (wake.asker.status === "ended") this.#end(wake)
      else if (wake.record.child === child || (wake.isAbove && state !== "starting")) this.#judge(wake)
    }
  }

  reviewAll(): void {
    for (const wake of this.#wakes) this.#judge(wake)
  }

  #wake(record: ServiceRecord, isAbove: boolean, asker: Process | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = asker === undefined ? undefined : this.#begin(record, isAbove, asker, reject)
      if (wake !== undefined && !this.#judge(wake)) return
      const fail = wake?.fail ?? reject
      const settle = (isComing: boolean, missing?: PigeonholeError): void => {
        if (!isComing) return fail(missing ?? record.unavailable())
        this.#end(wake)
        resolve()
      }
      const abandoned = (): void => fail(record.unavailable())
      const { child } = record
      if (child?.supervisor.request({ type: "want", child, isAbove, settle, abandoned }) !== true) abandoned()
    })
  }

  #begin(record: ServiceRecord, isAbove: boolean, asker: Process, reject: (error: PigeonholeError) => void): Wake {
    const fail = (error: PigeonholeError): void => {
      this.#end(wake)
      reject(error)
    }
    const wake: Wake = { record, isAbove, asker, isSettled: false, isLimited: false, fail }
    this.#wakes.add(wake)
    this.#waits.begin(wake, () => this.#awaited(wake))
    return wake
  }

  #end(wake: Wake | undefined): void {
    if (wake === undefined || !this.#wakes.delete(wake)) return
    this.#waits.end(wake)
  }

  /** What is merely to be started is waited for by nobody; for the supervisor above it, until that has started. */
  #awaited({ record, isAbove }: Wake): Iterable<Party> {
    if (isAbove) return awaitedBy(record, this.#recordOf)
    const process = record.child?.process
    return process === undefined ? [] : [process]
  }

  /** Whether it may go on waiting. */
  #judge(wake: Wake): boolean {
    const { record, asker } = wake
    const error = waitsForItself(wake, this.#wakes, this.#recordOf) ?? circleAt(record, asker, this.#awaited(wake), this.#waits)
    if (error !== undefined) wake.fail(error)
    return error === undefined
  }
}
