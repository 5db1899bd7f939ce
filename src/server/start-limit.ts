/** How long a process may take to start. It ends with `Timeout` as its error where it takes longer. */

import { Alarm } from "../kernel/alarm.ts"
import { Timeout } from "../kernel/errors.ts"
import type { Process } from "../kernel/process.ts"

export class StartLimit {
  readonly #process: Process
  readonly #alarm: Alarm

  constructor(process: Process, timeoutMs: number, expired: (error: Timeout) => void) {
    this.#process = process
    this.#alarm = new Alarm(process.kernel, timeoutMs, () => expired(startError(process.label, timeoutMs)))
    process.adopt(this.#alarm)
  }

  /** It has started in time. */
  cancel(): void {
    this.#alarm.cancel()
    this.#process.release(this.#alarm)
  }
}

function startError(target: string, timeoutMs: number): Timeout {
  return new Timeout(`${target} did not start within ${timeoutMs} ms`, { details: { target, field: "initTimeoutMs", timeoutMs } })
}
