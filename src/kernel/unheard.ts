/**
 * The end of one process is not the end of the program: what it had begun to wait for, and fails when nobody is left to look at it, is no
 * unhandled rejection.
 *
 * A failure that comes while the process still lives is its own matter; but where it ends before the host goes on (which is when a
 * rejection counts as unhandled), that comes to the same.
 */

import type { Host } from "./host.ts"
import type { Process } from "./process.ts"
import { unheard } from "./thenable.ts"

export class Unheard {
  readonly #host: Host
  /** What has failed since the host had its last turn, by who waited for it. */
  readonly #failed = new Map<Process, Promise<unknown>[]>()

  constructor(host: Host) {
    this.#host = host
  }

  /** A wait of the process has failed. */
  failed(process: Process, promise: Promise<unknown>): void {
    if (process.status === "ended") return unheard(promise)
    if (this.#failed.size === 0) this.#host.yield(() => this.#failed.clear())
    const promises = this.#failed.get(process)
    if (promises === undefined) this.#failed.set(process, [promise])
    else promises.push(promise)
  }

  ended(process: Process): void {
    if (this.#failed.size === 0) return
    this.#failed.get(process)?.forEach(unheard)
    this.#failed.delete(process)
  }
}

/** The same, for one that waits: where it fails after its end, nobody is left to hear of it. */
export function unheardAfterEnd<T>(process: Process | undefined, work: Promise<T>): Promise<T> {
  if (process === undefined) return work
  const { workload } = process.kernel
  workload?.began(process)
  return unheardWork(process, work, () => workload?.ended(process))
}

/** The same, for work that may be its own, and no wait for something of the runtime's. */
export function unheardWork<T>(process: Process | undefined, work: Promise<T>, over = (): void => {}): Promise<T> {
  if (process === undefined) return work
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  work.then(
    (value) => {
      over()
      resolve(value)
    },
    (error) => {
      over()
      process.kernel.unheard.failed(process, promise)
      reject(error)
    },
  )
  return promise
}

/** A refusal that is an answer, for whoever has asked. */
export function refused(asker: Process | undefined, error: unknown): Promise<never> {
  const promise = Promise.reject(error)
  asker?.kernel.unheard.failed(asker, promise)
  return promise
}
