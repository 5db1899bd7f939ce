/** Processes that a fault has told to end: nobody has sent them that. */

import type { Runnable } from "../../kernel/scheduler.ts"

const befallen = new WeakSet<Runnable>()

export function befall(process: Runnable): void {
  befallen.add(process)
}

export function isBefallen(process: Runnable): boolean {
  return befallen.has(process)
}
