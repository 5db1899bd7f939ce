/**
 * Tells a sink of each message that one process is given, and of each answer to a request.
 *
 * Of a process that answers mailboxes only it tells when and for which handler, and nothing of what was said.
 *
 * Source  OTP, sys:install/2. Differs: a sink that throws or rejects is reported when it is removed.
 */

import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import { contain } from "../kernel/thenable.ts"
import type { Delivery } from "../process/system-process.ts"
import { DeliveryProbe, type DeliveryWatcher } from "./delivery-probe.ts"

/** One step in what a process is doing; `type` tells which. */
export type TraceEvent = TracedMessage | TracedReply | TracedFailure

interface Traced {
  readonly pid: Pid
  /** How errors and reports call the process. */
  readonly label: string
  /** Of this message in this trace: its answer has the same. */
  readonly id: number
  /** Monotonic milliseconds. */
  readonly at: number
  /** `call.add`, `cast.add` or `info`. */
  readonly handler: string
}

/** A handler is given a message. */
export interface TracedMessage extends Traced {
  readonly type: "message"
  readonly message: unknown
}

/** A request was answered. */
export interface TracedReply extends Traced {
  readonly type: "reply"
  readonly reply: unknown
}

/** A request failed: by `failure`, a crash, or its time limit. */
export interface TracedFailure extends Traced {
  readonly type: "failure"
  readonly error: unknown
}

/** Called in the middle of the process's work: it must be quick. */
export type TraceSink = (event: TraceEvent) => void

export class ProcessTrace implements DeliveryWatcher {
  readonly #process: Process
  readonly #sink: TraceSink
  readonly #failed: (error: unknown) => void
  readonly #probe: DeliveryProbe
  #hasFailed = false

  /** `failed`: told what the sink threw, once. */
  constructor(process: Process, sink: TraceSink, failed: (error: unknown) => void) {
    this.#process = process
    this.#sink = sink
    this.#failed = failed
    this.#probe = new DeliveryProbe(process, this)
  }

  stop(): void {
    this.#probe.stop()
  }

  given(id: number, { handler, message }: Delivery): void {
    this.#tell({ type: "message", ...this.#step(id, handler), message: this.#shown(message) })
  }

  answered(id: number, handler: string, reply: unknown): void {
    this.#tell({ type: "reply", ...this.#step(id, handler), reply: this.#shown(reply) })
  }

  failed(id: number, handler: string, error: unknown): void {
    this.#tell({ type: "failure", ...this.#step(id, handler), error: this.#shown(error) })
  }

  #step(id: number, handler: string): Traced {
    const { pid, label, kernel } = this.#process
    return { pid, label, id, at: kernel.host.now(), handler }
  }

  /** An error may carry what was asked for, so it is hidden too. */
  #shown(value: unknown): unknown {
    return this.#process.guard === "private" ? undefined : value
  }

  #tell(event: TraceEvent): void {
    if (this.#hasFailed) return
    try {
      contain(this.#process.kernel.neutrally(this.#sink, undefined, event), this.#remove)
    } catch (error) {
      this.#remove(error)
    }
  }

  /** Once: an asynchronous sink may fail for several events. */
  readonly #remove = (error: unknown): void => {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.stop()
    this.#failed(error)
  }
}
