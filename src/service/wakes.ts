/**
 * Who waits for a service that is down until somebody wants it: it, or the supervisor that it comes with, is started, and the wait is over.
 *
 * Invariants
 * - No process waits for what starts only after it has ended, or has started, by however many others that wait: it is told so, whenever it
 *   comes to that.
 * - Who waits asks once, and does nothing meanwhile.
 */

import type { PigeonholeError } from "../kernel/errors.ts"
import type { Process } from "../kernel/process.ts"
import type { HolderWaits, ProcessWait } from "../topology/holder-waits.ts"
import type { Holder } from "./holder.ts"
import { circleError, type RecordOf, type RecordWait, waitsForItself } from "./impasse.ts"
import { idleAbove, wokenAbove } from "./requirements.ts"
import type { ServiceRecord } from "./service-record.ts"

/** A process waits for what is started, or ends before that. */
interface Wake extends RecordWait, ProcessWait {
  readonly asker: Process
  /** The incarnation of it that the process is known to wait for. */
  process: Process | undefined
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

  /** Something is in another state. */
  review(): void {
    for (const wake of this.#wakes) this.#judge(wake)
  }

  #wake(record: ServiceRecord, isAbove: boolean, asker: Process | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = asker === undefined ? undefined : this.#begin(record, asker, reject)
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

  #begin(record: ServiceRecord, asker: Process, reject: (error: PigeonholeError) => void): Wake {
    const fail = (error: PigeonholeError): void => {
      this.#end(wake)
      reject(error)
    }
    const wake: Wake = { record, asker, isSettled: false, process: undefined, fail }
    this.#wakes.add(wake)
    return wake
  }

  #end(wake: Wake | undefined): void {
    if (wake === undefined || !this.#wakes.delete(wake)) return
    this.#waits.end(wake)
  }

  /** Whether it may go on waiting. */
  #judge(wake: Wake): boolean {
    const { record, asker } = wake
    const process = record.child?.process
    if (process !== wake.process) {
      this.#waits.end(wake)
      wake.process = process
      this.#waits.begin(wake, process)
    }
    const error =
      waitsForItself(wake, this.#wakes, this.#recordOf) ??
      (process !== undefined && this.#waits.leadsBack(process, asker) ? circleError(record, asker) : undefined)
    if (error !== undefined) wake.fail(error)
    return error === undefined
  }
}
