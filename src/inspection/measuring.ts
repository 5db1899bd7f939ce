/**
 * The numbers of processes, for those who listen to them: asked for at each listener's interval, of each process that has some.
 *
 * Invariants
 * - One timer a listener, and none where nobody has numbers. It holds no program.
 * - A process gives its numbers between two messages, in order with those that wait. One that does not come to it is asked once, however long it takes.
 * - What fails is told, and ends nobody.
 */

import { Alarm } from "../kernel/alarm.ts"
import { Envelope } from "../kernel/envelope.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { SystemRequest } from "../kernel/system-request.ts"
import { contain } from "../kernel/thenable.ts"
import { type MeasuredEvent, measurementsOf } from "../process/measurements.ts"
import type { SystemProcess } from "../process/system-process.ts"

/** Told of the numbers of one process. Must not throw. */
export type MeasuredListener = (event: MeasuredEvent) => void

export class Measuring {
  readonly #kernel: Kernel
  /** Must not throw. */
  readonly #failed: (label: string, error: unknown) => void
  readonly #processes = new Set<SystemProcess>()
  readonly #listeners = new Set<MeasuredListening>()

  constructor(kernel: Kernel, failed: (label: string, error: unknown) => void) {
    this.#kernel = kernel
    this.#failed = failed
  }

  /** From now on the process is asked for its numbers, until it ends. */
  readonly add = (process: SystemProcess): void => {
    if (this.#processes.has(process)) return
    this.#processes.add(process)
    process.onEnded(() => this.#forget(process))
    if (this.#processes.size === 1) for (const listener of this.#listeners) listener.begin()
  }

  #forget(process: SystemProcess): void {
    this.#processes.delete(process)
    if (this.#processes.size === 0) for (const listener of this.#listeners) listener.end()
  }

  /** Tells it of all numbers at an interval; returns what ends that. */
  listen(everyMs: number, listener: MeasuredListener): () => void {
    const tell = (process: SystemProcess): void => this.#tell(process, listener)
    const listening = new MeasuredListening(this.#kernel, this.#processes, everyMs, tell)
    this.#listeners.add(listening)
    if (this.#processes.size > 0) listening.begin()
    return () => {
      this.#listeners.delete(listening)
      listening.end()
    }
  }

  /** Between two messages of the process. */
  #tell(process: SystemProcess, listener: MeasuredListener): void {
    const { pid, label } = process
    try {
      const given = process.measure()
      contain(given)
      if (given !== undefined) listener({ type: "measured", pid, label, measurements: measurementsOf(given) })
    } catch (error) {
      this.#failed(label, error)
    }
  }
}

/** The interval of one listener. */
class MeasuredListening {
  readonly #kernel: Kernel
  readonly #processes: ReadonlySet<SystemProcess>
  readonly #everyMs: number
  readonly #tell: (process: SystemProcess) => void
  /** Those that have not come to it yet. */
  readonly #asked = new Set<SystemProcess>()
  #alarm: Alarm | undefined = undefined

  constructor(kernel: Kernel, processes: ReadonlySet<SystemProcess>, everyMs: number, tell: (process: SystemProcess) => void) {
    this.#kernel = kernel
    this.#processes = processes
    this.#everyMs = everyMs
    this.#tell = tell
  }

  begin(): void {
    this.#arm(this.#kernel.host.now())
  }

  end(): void {
    this.#alarm?.cancel()
    this.#alarm = undefined
  }

  /** For the first moment that is still to come, whole intervals after `from`: no lateness is carried on. */
  #arm(from: number): void {
    const now = this.#kernel.host.now()
    const at = from + this.#everyMs * Math.max(1, Math.floor((now - from) / this.#everyMs) + 1)
    this.#alarm = new Alarm(this.#kernel, at - now, () => this.#ask(at), false)
  }

  #ask(at: number): void {
    this.#arm(at)
    for (const process of this.#processes) if (!this.#asked.has(process)) this.#askOne(process)
  }

  #askOne(process: SystemProcess): void {
    const { inbox } = process
    const question = new Question((isThere) => this.#answered(process, isThere))
    if (inbox.post(new Envelope("system", inbox, undefined, question, undefined, undefined)) !== undefined) return
    this.#asked.add(process)
    process.heed()
  }

  #answered(process: SystemProcess, isThere: boolean): void {
    this.#asked.delete(process)
    if (isThere && this.#alarm !== undefined) this.#tell(process)
  }
}

/** Stands in the inbox of a process. */
class Question implements SystemRequest {
  readonly #answered: (isThere: boolean) => void

  constructor(answered: (isThere: boolean) => void) {
    this.#answered = answered
  }

  serve(): void {
    this.#answered(true)
  }

  abandoned(): void {
    this.#answered(false)
  }
}
