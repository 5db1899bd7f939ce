/** How long a process may take to start: as its server says, or as its child spec does. Whoever sets it ends the process, by that error. */

import { Alarm } from "./alarm.ts"
import { Timeout } from "./errors.ts"
import type { Process } from "./process.ts"

export class StartLimit {
  readonly #process: Process
  readonly #alarm: Alarm

  /** `field`: where it was said. */
  constructor(process: Process, timeoutMs: number, field: string, expired: (error: Timeout) => void) {
    this.#process = process
    this.#alarm = new Alarm(process.kernel, timeoutMs, () => expired(startError(process.label, timeoutMs, field)))
    process.adopt(this.#alarm)
  }

  /** It has started in time. */
  cancel(): void {
    this.#alarm.cancel()
    this.#process.release(this.#alarm)
  }
}

function startError(target: string, timeoutMs: number, field: string): Timeout {
  return new Timeout(`${target} did not start within ${timeoutMs} ms`, { details: { target, field, timeoutMs } })
}
