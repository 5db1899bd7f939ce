/** What a process is told of a watch, where it has that sent to it. */

import type { StoreWatch } from "./store-watch.ts"
import type { WatchEvent } from "./watch-event.ts"

/** What a process is told of a watch (`sendTo`). */
export class WatchNotice<Value = unknown> {
  /** Which one. */
  readonly watch: StoreWatch<Value>
  /** What has happened; `undefined`: the watch has ended. */
  readonly event: WatchEvent<Value> | undefined
  /** Why it has ended; `undefined` where it was given back. */
  readonly error: unknown

  constructor(watch: StoreWatch<Value>, event: WatchEvent<Value> | undefined, error: unknown) {
    this.watch = watch
    this.event = event
    this.error = error
  }
}

/** Whether a message is what a watch sends. */
export function isWatchNotice(message: unknown): message is WatchNotice {
  try {
    return message instanceof WatchNotice
  } catch {
    // A proxy may throw at any look.
    return false
  }
}
