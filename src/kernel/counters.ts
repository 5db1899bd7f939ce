/**
 * What became of every message, counted: accepted = handled + returned + reported + waiting.
 */

export class Counters {
  /** Messages that took room in an inbox. */
  accepted = 0
  /** Messages that a handler was given. */
  handled = 0
  /** Requests handed back to their asker with a reason, before any handler had them. */
  returned = 0
  /** One-way messages that no handler had, reported as dead letters. */
  reported = 0
  /** Messages refused at the door: inbox full, target gone, not permitted. Never accepted; the sender was told. */
  refused = 0
  /** Requests whose time ran out. */
  timeouts = 0
  /** Replies that came after their request was settled, and were dropped. */
  lateReplies = 0
  spawned = 0
  exited = 0
}
