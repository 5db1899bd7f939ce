/**
 * The end of one process is not the end of the program: what it had begun to wait for, and fails when nobody is left to look at it, is no
 * unhandled rejection.
 *
 * A failure that comes while the process still lives is its own matter; but where it ends before the host goes on (which is when a
 * rejection counts as unhandled), that comes to the same.
 */

import type { Party } from "./envelope.ts"
import { hearing } from "./hearing.ts"
import type { Host } from "./host.ts"
import { presentProcess } from "./present-process.ts"
import { type Boxed, handedOver, unheard } from "./thenable.ts"
import type { Turn } from "./turn.ts"

export class Unheard {
  readonly #host: Host
  /** What has failed since the host had its last turn, by who waited for it. */
  readonly #failed = new Map<Party, Promise<unknown>[]>()

  constructor(host: Host) {
    this.#host = host
  }

  /** A wait of the process has failed. */
  failed(process: Party, promise: Promise<unknown>): void {
    if (process.status === "ended") return unheard(promise)
    if (this.#failed.size === 0) this.#host.yield(() => this.#failed.clear())
    const promises = this.#failed.get(process)
    if (promises === undefined) this.#failed.set(process, [promise])
    else promises.push(promise)
  }

  ended(process: Party): void {
    if (this.#failed.size === 0) return
    this.#failed.get(process)?.forEach(unheard)
    this.#failed.delete(process)
  }
}

/** The same, for one that waits: where it fails after its end, nobody is left to hear of it. `process`: who waits, where that is known. */
export function unheardAfterEnd<T>(process: Party | undefined, work: Promise<T>): Promise<T> {
  const waiting = process ?? presentProcess()
  return waiting === undefined ? work : waited(waiting, work, (value) => value)
}

/** As `unheardAfterEnd`, for what comes in a box: it is looked at when it is handed over. Fails with `problem` where it is a thenable then. */
export function handedOverAfterEnd<T>(process: Party | undefined, work: Promise<Boxed<T>>, problem: () => Error): Promise<T> {
  return waited(process ?? presentProcess(), work, ({ value }) => handedOver(value, problem))
}

/** As `unheardAfterEnd`, for work that may be the process's own, and no wait for something of the runtime's. */
export function unheardWork<T>(process: Party | undefined, work: Promise<T>): Promise<T> {
  const working = process ?? presentProcess()
  return working === undefined ? work : waited(working, work, (value) => value, false)
}

function waited<T, Result>(process: Party | undefined, work: Promise<T>, give: (value: T) => Result, isWait = true): Promise<Result> {
  const workload = isWait ? process?.kernel.workload : undefined
  const { promise, resolve, reject } = Promise.withResolvers<Result>()
  if (process !== undefined) workload?.began(process)
  const failed = (error: unknown): void => {
    process?.kernel.unheard.failed(process, promise)
    reject(error)
  }
  const over = (next: () => void): void => {
    if (process !== undefined) workload?.ended(process)
    try {
      next()
    } catch (error) {
      failed(error)
    }
  }
  work.then(
    (value) => over(() => resolve(give(value))),
    (error) => over(() => failed(error)),
  )
  return promise
}

/** The same, for what is begun by whoever runs now: a throw is a rejection. */
export function begun<T>({ turn }: { readonly turn: Turn }, work: () => T | Promise<T>): Promise<T> {
  return unheardAfterEnd(turn.process, attempt(work))
}

async function attempt<T>(work: () => T | Promise<T>): Promise<T> {
  return work()
}

/** A refusal that is an answer, for whoever has asked. */
export function refused(asker: Party | undefined, error: unknown): Promise<never> {
  const promise = Promise.reject(error)
  hearing.listener?.refused(promise, error)
  const waiting = asker ?? presentProcess()
  waiting?.kernel.unheard.failed(waiting, promise)
  return promise
}
