/** What became of all messages of a runtime so far, counted. */

import type { Kernel } from "../kernel/kernel.ts"
import type { Services } from "../service/services.ts"

/** What became of all messages so far, and how many processes there are. accepted = handled + returned + reported + waiting. */
export interface Statistics {
  readonly accepted: number
  readonly handled: number
  readonly returned: number
  readonly reported: number
  readonly refused: number
  readonly timeouts: number
  readonly lateReplies: number
  readonly spawned: number
  readonly exited: number
  /** Messages in all inboxes now. */
  readonly waiting: number
  readonly processes: number
}

export function statisticsOf(kernel: Kernel, services: Services): Statistics {
  const inboxes = new Set([...kernel.processes].map(({ inbox }) => inbox))
  for (const { inbox } of services.records) inboxes.add(inbox)
  let waiting = 0
  for (const inbox of inboxes) waiting += inbox.size
  return { ...kernel.counters, waiting, processes: kernel.processes.size }
}
