/**
 * Who waits for which process to start or to end, by what it has asked of a supervisor, or acquires: finds who would wait for itself.
 *
 * One of a runtime: such a circle may go through several supervisors. It is looked for along the waits of processes alone, whoever else waits.
 */

import type { Party } from "../kernel/envelope.ts"
import { heldUpWith } from "../kernel/impasse.ts"
import { keeperOf } from "../kernel/pid.ts"

/** Something that a process waits for: a request, or what is like one. */
export interface ProcessWait {
  readonly asker: Party | undefined
  readonly isSettled: boolean
}

export class HolderWaits {
  /** By who waits, itself, by a task or by a child: for whom, by request. A supervisor that was killed never says that a wait is over. */
  readonly #waits = new WeakMap<Party, Map<ProcessWait, Party>>()

  /** Who waited when it began: of one that has ended nobody can say any more whose child it was. */
  readonly #waiting = new WeakMap<ProcessWait, readonly Party[]>()

  /** Until the promise is settled, or the request is, whoever asks waits for that process. */
  async during(request: ProcessWait, process: Party | undefined, over: Promise<unknown>): Promise<void> {
    this.begin(request, process)
    try {
      await over
    } finally {
      this.end(request)
    }
  }

  begin(request: ProcessWait, process: Party | undefined): void {
    if (process === undefined || request.asker === undefined) return
    const waiting = [...waitingWith(request.asker)]
    for (const each of waiting) this.#waitsOf(each).set(request, process)
    this.#waiting.set(request, waiting)
  }

  end(request: ProcessWait): void {
    for (const each of this.#waiting.get(request) ?? []) this.#waits.get(each)?.delete(request)
    this.#waiting.delete(request)
  }

  /** Whether that process goes on only after the asker has. Cost O(waits on the way). */
  leadsBack(process: Party, asker: Party): boolean {
    const held = new Set(heldUpWith(asker))
    for (const each of waitingWith(asker)) if (isEnding(each) || (!each.isStarted && isHeldUp(each, asker))) held.add(each)
    const reached = new Set([process])
    for (const each of reached) {
      if (held.has(each)) return true
      // One that runs and is not at work awaits nothing before it ends; nor does a supervisor wait for its children before that.
      if (each.isStarted && each.work.length === 0 && !isEnding(each)) continue
      for (const [request, next] of this.#waits.get(each) ?? []) if (!request.isSettled && isHeldUp(each, request.asker)) reached.add(next)
    }
    return false
  }

  #waitsOf(process: Party): Map<ProcessWait, Party> {
    const waits = this.#waits.get(process) ?? new Map<ProcessWait, Party>()
    this.#waits.set(process, waits)
    // Each time that there are twice as many: one may wait for very many at once.
    if ((waits.size & (waits.size - 1)) === 0) for (const request of waits.keys()) if (request.isSettled) waits.delete(request)
    return waits
  }
}

/** Whether nothing comes before its end any more; it may have been told so and not have heard it. */
function isEnding({ status, isUrged }: Party): boolean {
  return status === "ending" || isUrged
}

/** Whether it goes on no sooner than who waits: of those below it, one that starts does not wait for who has started. */
function isHeldUp(process: Party, asker: Party | undefined): boolean {
  if (process.isStarted || process.status === "ending" || asker === undefined) return true
  for (const each of heldUpWith(asker)) {
    for (let below: Party | undefined = each; below !== undefined && !below.isStarted; below = below.parent)
      if (below === process) return true
  }
  return false
}

/** Who does not go on before the asker, and who does not end before one of those: the supervisors above. */
function* waitingWith(asker: Party): Iterable<Party> {
  for (const process of heldUpWith(asker)) {
    yield process
    for (let each = process; keeperOf(each.pid) !== undefined && each.parent !== undefined; each = each.parent) yield each.parent
  }
}
