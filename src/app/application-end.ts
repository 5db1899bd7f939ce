/**
 * Who hears of the end of the application, and how: those that wait for it keep the program alive until then, listeners do not.
 *
 * Invariants
 * - A listener is called once at most, and not after it was removed. One that throws or rejects is logged, and keeps no other from being told.
 * - The program is held until the application has stopped altogether, whatever ended it.
 */

import type { Log } from "../inspection/log.ts"
import { invalid, shown } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Host } from "../kernel/host.ts"
import type { Process } from "../kernel/process.ts"
import { contain } from "../kernel/thenable.ts"
import { HostHold } from "./host-hold.ts"

/** Told why the application has ended. */
export type EndListener = (reason: ExitReason) => void

export class ApplicationEnd {
  readonly #log: Log
  readonly #hold: HostHold
  readonly #ended: Promise<ExitReason>
  /** By what was given to remove each: one listener may be added twice. */
  readonly #listeners = new Map<() => void, EndListener>()
  #reason: ExitReason | undefined = undefined

  constructor(root: Process, host: Host, log: Log) {
    this.#log = log
    this.#hold = new HostHold(host)
    this.#ended = new Promise((resolve) => root.onEnded(resolve))
    root.onEnded((reason) => this.#over(reason))
  }

  /** Resolves with the reason; whoever asks for it counts as waiting. */
  get ended(): Promise<ExitReason> {
    this.#hold.hold()
    return this.#ended
  }

  /** Keeps the program alive until the application has stopped. */
  hold(): void {
    this.#hold.hold()
  }

  /** The application has stopped: nobody is held any more. */
  release(): void {
    this.#hold.release()
  }

  /** Adds a listener, which is told later where the end has been; returns what removes it. */
  listen(listener: EndListener): () => void {
    if (typeof listener !== "function") throw invalid("listener", `must be a function; got ${shown(listener)}`)
    const remove = (): void => void this.#listeners.delete(remove)
    this.#listeners.set(remove, listener)
    const reason = this.#reason
    if (reason !== undefined) void Promise.resolve().then(() => this.#tell(remove, reason))
    return remove
  }

  #over(reason: ExitReason): void {
    this.#reason = reason
    for (const remove of [...this.#listeners.keys()]) this.#tell(remove, reason)
  }

  #tell(remove: () => void, reason: ExitReason): void {
    const listener = this.#listeners.get(remove)
    remove()
    try {
      contain(listener?.(reason), (error) => this.#failed(error))
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    this.#log({
      level: "error",
      message: "a listener threw that was told of the end of the application",
      error,
      fields: { event: "ended" },
    })
  }
}
