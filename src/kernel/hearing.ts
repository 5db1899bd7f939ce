/**
 * Whoever wants to know what is asked while a function of theirs runs: which requests it posts, to give them up later, and what is answered or refused at
 * once. For a face of the runtime whose callers do not wait by promises.
 *
 * Invariants
 * - Nobody listens most of the time: a request costs one comparison for it.
 * - What is asked by a handler that serves the request where it is asked is not heard: it is that process's own.
 */

import type { Envelope } from "./envelope.ts"
import type { Reader } from "./reader.ts"
import type { Turn } from "./turn.ts"

/** Told of what is asked. Must not throw. */
export interface Listener {
  /** It waits for its answer. */
  posted(envelope: Envelope): void
  /** It was served where it was asked; `answer` is given as it is, and the promise of it to who asks. */
  answered(promise: Promise<unknown>, answer: unknown): void
  /** It was refused, or has failed where it was asked. */
  refused(promise: Promise<unknown>, error: unknown): void
}

/** Who listens now. */
export const hearing: { listener: Listener | undefined } = { listener: undefined }

/** Calls it, heard by that listener. */
export function heardBy<T>(listener: Listener, call: () => T): T {
  const before = hearing.listener
  hearing.listener = listener
  try {
    return call()
  } finally {
    hearing.listener = before
  }
}

/** Has a request served where it is asked; who listens wants its answer as it is. */
export function serve(process: Pick<Reader, "serveAtOnce">, envelope: Envelope, turn: Turn): void {
  const { listener } = hearing
  if (listener === undefined) return process.serveAtOnce(envelope)
  hearing.listener = undefined
  turn.isHeard = true
  process.serveAtOnce(envelope)
  turn.isHeard = false
  hearing.listener = listener
  if (!envelope.isSettled) listener.posted(envelope)
}

/** The promise of what was answered at once, and who listens told. */
export function answerHeard(answer: unknown): Promise<unknown> {
  const promise = Promise.resolve(answer)
  hearing.listener?.answered(promise, answer)
  return promise
}
