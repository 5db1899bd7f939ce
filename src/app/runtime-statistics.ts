/** What became of all messages of a runtime so far, counted. */

import type { Kernel } from "../kernel/kernel.ts"
import type { Services } from "../service/services.ts"

/** What became of all messages so far, and how many processes there are. accepted = handled + returned + reported + waiting. */
export interface Statistics {
  /** Messages that took room in an inbox, or were served where they were asked. */
  readonly accepted: number
  /** Of those, what a handler was given. */
  readonly handled: number
  /** Requests handed back to their asker with a reason, before any handler had them. */
  readonly returned: number
  /** One-way messages that no handler had, reported as dead letters. */
  readonly reported: number
  /** Messages refused at the door: inbox full, target gone, not permitted. They are not among the accepted. */
  readonly refused: number
  /** Requests whose time ran out. */
  readonly timeouts: number
  /** Replies that came after their request was settled, and were dropped. */
  readonly lateReplies: number
  /** Processes started so far. */
  readonly spawned: number
  /** Processes ended so far. */
  readonly exited: number
  /** Messages in all inboxes now. */
  readonly waiting: number
  /** Processes that live now, supervisors among them. */
  readonly processes: number
}

export function statisticsOf(kernel: Kernel, services: Services): Statistics {
  const inboxes = new Set([...kernel.processes].map(({ inbox }) => inbox))
  for (const { inbox } of services.records) inboxes.add(inbox)
  let waiting = 0
  for (const inbox of inboxes) waiting += inbox.size
  return { ...kernel.counters, waiting, processes: kernel.processes.size }
}
