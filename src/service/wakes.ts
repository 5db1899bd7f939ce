/**
 * Who waits for a service that is down until somebody wants it: it, or the supervisor that it comes with, is started, and the wait is over.
 *
 * Invariant: nobody waits for what starts only after they have ended, or have started: they are told, whenever it comes to that.
 */

import type { PigeonholeError } from "../kernel/errors.ts"
import type { Process } from "../kernel/process.ts"
import type { HolderWaits } from "../topology/holder-waits.ts"
import type { Holder } from "./holder.ts"
import { impasseAt, ownEndAt, type RecordOf } from "./impasse.ts"
import { idleAbove, wokenAbove } from "./requirements.ts"
import type { ServiceRecord } from "./service-record.ts"

/** A process waits for a supervisor: what is below that comes when it runs. */
interface Wake {
  readonly supervisor: ServiceRecord
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
   * Resolves when it is up, or the supervisor above it runs that was down. Who is waited for to end before that may wait for the caller: that is
   * told so, and nobody is woken. `tried`: whom the caller has woken before, which is for nothing once its restarts are used up.
   */
  async wake(wanted: ServiceRecord, { caller }: Holder, tried: Set<ServiceRecord>): Promise<void> {
    const record = idleAbove(wanted) ?? wanted
    const { process } = record
    if (tried.has(record) && record.child?.aim === "spent") throw record.unavailable()
    tried.add(record)
    if (record.state !== "stopping" || caller === undefined || process === undefined) return this.#wake(wanted, caller)
    const own = ownEndAt(record, caller)
    if (own !== undefined && record.child?.aim === "idle") throw own
    if (own !== undefined || this.#waits.leadsBack(process, caller)) throw record.unavailable()
    const wait = { asker: caller, isSettled: false }
    this.#waits.begin(wait, process)
    try {
      await this.#wake(wanted, caller)
    } finally {
      this.#waits.end(wait)
    }
  }

  /** Something is in another state. */
  review(): void {
    for (const { supervisor, asker, fail } of this.#wakes) {
      const impasse = impasseAt(supervisor, asker, this.#recordOf)
      if (impasse !== undefined) fail(impasse)
    }
  }

  /** Lets the supervisor start a service that its detach policy has stopped, or with which a supervisor above it was. */
  #wake(wanted: ServiceRecord, asker: Process | undefined): Promise<void> {
    const supervisor = idleAbove(wanted) ?? wokenAbove(wanted, asker)
    if (supervisor === undefined || asker === undefined) return want(supervisor ?? wanted, supervisor !== undefined)
    return this.#wakeAbove(supervisor, asker)
  }

  async #wakeAbove(supervisor: ServiceRecord, asker: Process): Promise<void> {
    const impasse = impasseAt(supervisor, asker, this.#recordOf)
    if (impasse !== undefined) throw impasse
    let wake: Wake | undefined
    try {
      await want(supervisor, true, (fail) => {
        wake = { supervisor, asker, fail }
        this.#wakes.add(wake)
      })
    } finally {
      if (wake !== undefined) this.#wakes.delete(wake)
    }
  }
}

/** Whether it runs, or will; one that is above what is wanted runs. */
function want(record: ServiceRecord, isAbove: boolean, begun: (fail: Wake["fail"]) => void = () => {}): Promise<void> {
  return new Promise((resolve, reject) => {
    begun(reject)
    const settle = (isComing: boolean, missing?: PigeonholeError): void => (isComing ? resolve() : reject(missing ?? record.unavailable()))
    const abandoned = (): void => reject(record.unavailable())
    const { child } = record
    if (child?.supervisor.request({ type: "want", child, isAbove, settle, abandoned }) !== true) abandoned()
  })
}
