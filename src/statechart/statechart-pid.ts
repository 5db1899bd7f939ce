/** The address of a statechart process: events to send, snapshots to ask for, the output to wait for. */

import type { AnyStateMachine, EventFrom, OutputFrom, SnapshotFrom } from "xstate"
import { askPid } from "../kernel/ask.ts"
import type { AskOptions } from "../kernel/ask-options.ts"
import type { Route } from "../kernel/envelope.ts"
import { Invalid } from "../kernel/errors.ts"
import { type ExitReason, exitError, toldToOthers } from "../kernel/exit-reason.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { Pid, processOf } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import { handedOver } from "../kernel/thenable.ts"
import { unheardAfterEnd } from "../kernel/unheard.ts"

/** What can be asked of a statechart by name, in the order of the indices. */
export const STATECHART_ROUTES = {
  /** An event, answered with the snapshot after it. */
  transition: { name: "transition", kind: "call", index: 0 },
  /** The snapshot as it is. */
  snapshot: { name: "snapshot", kind: "call", index: 1 },
  send: { name: "send", kind: "cast", index: 2 },
} as const satisfies Readonly<Record<string, Route & { readonly index: number }>>

/** What a machine that is done has come to. */
export interface Conclusion {
  readonly output: unknown
}

let conclude: (pid: Pid, output: unknown) => void
let conclusionBehind: (pid: Pid) => Conclusion | undefined

/** The address of a statechart process. The event may be told and asked by `runtime.tell` and `runtime.ask` as well. */
export class StatechartPid<in out M extends AnyStateMachine> extends Pid {
  readonly #kernel: Kernel
  #conclusion: Conclusion | undefined = undefined

  static {
    conclude = (pid, output) => {
      if (pid instanceof StatechartPid) pid.#conclusion = { output }
    }
    conclusionBehind = (pid) => (pid instanceof StatechartPid ? pid.#conclusion : undefined)
  }

  constructor(id: number, process: Process) {
    super(id, process)
    this.#kernel = process.kernel
  }

  /** Posts an event. `false`: refused (the process has ended, or its inbox is full), and reported as a dead letter. */
  send(event: EventFrom<M>): boolean {
    return this.#kernel.send(this, undefined, event)
  }

  /**
   * Posts an event and gives the snapshot after it.
   *
   * Errors  Invalid (the machine takes no such event); Internal (it threw); Unavailable (it has ended); Timeout; RateLimited.
   */
  transition(event: EventFrom<M>, options?: AskOptions): Promise<SnapshotFrom<M>> {
    return askPid(this, undefined, event, options, this.#kernel) as Promise<SnapshotFrom<M>>
  }

  /** The snapshot after all that was posted before. Errors: Unavailable; Timeout; RateLimited. */
  snapshot(options?: AskOptions): Promise<SnapshotFrom<M>> {
    return askPid(this, STATECHART_ROUTES.snapshot, undefined, options, this.#kernel) as Promise<SnapshotFrom<M>>
  }

  /**
   * The machine's output, once it is done; also when that was before.
   *
   * Errors  Unavailable, where it ends otherwise: after a crash without its error, which is told to those who watch it; Invalid (a thenable).
   */
  output(): Promise<OutputFrom<M>> {
    const process = processOf(this)
    if (process === undefined) return unheardAfterEnd(this.#kernel.turn.process, this.#settled("noproc"))
    const { promise, resolve } = Promise.withResolvers<OutputFrom<M>>()
    process.onEnded((reason) => resolve(this.#settled(toldToOthers(reason, process.isStarted))))
    return unheardAfterEnd(this.#kernel.turn.process, promise)
  }

  async #settled(reason: ExitReason): Promise<OutputFrom<M>> {
    if (this.#conclusion === undefined) throw exitError(this.toString(), reason)
    const thenable = (): Invalid => new Invalid(`the output of ${this} is a thenable: it cannot be handed over by a promise`)
    return handedOver(this.#conclusion.output as OutputFrom<M>, thenable)
  }
}

/** Notes what the machine behind the pid has come to. */
export function concludeWith(pid: Pid, output: unknown): void {
  conclude(pid, output)
}

/** What the machine behind a pid has come to; `undefined` where it is not done, or there is none. */
export function conclusionOf(pid: Pid): Conclusion | undefined {
  return conclusionBehind(pid)
}
