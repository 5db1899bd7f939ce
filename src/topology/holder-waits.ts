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
  /** Whether it may be over before that. */
  readonly isLimited: boolean
}

/** Whom it waits for at present: what is down has no process yet, and waits for those of others. */
export type Awaited = () => Iterable<Party>

export class HolderWaits {
  /** By who waits, itself, by a task or by a child: for whom, by request. A supervisor that was killed never says that a wait is over. */
  readonly #waits = new WeakMap<Party, Map<ProcessWait, Awaited>>()

  /** Who waited when it began: of one that has ended nobody can say any more whose child it was. */
  readonly #waiting = new WeakMap<ProcessWait, readonly Party[]>()

  /** Until the promise is settled, or the request is, whoever asks waits for that process. */
  async during(request: ProcessWait, process: Party | undefined, over: Promise<unknown>): Promise<void> {
    if (process !== undefined) this.begin(request, () => [process])
    try {
      await over
    } finally {
      this.end(request)
    }
  }

  /** What ends by itself leads nobody back: who is waited for by that goes on in the end. */
  begin(request: ProcessWait, awaited: Awaited): void {
    if (request.asker === undefined || request.isLimited) return
    const waiting = [...waitingWith(request.asker)]
    for (const each of waiting) this.#waitsOf(each).set(request, awaited)
    this.#waiting.set(request, waiting)
  }

  end(request: ProcessWait): void {
    for (const each of this.#waiting.get(request) ?? []) this.#waits.get(each)?.delete(request)
    this.#waiting.delete(request)
  }

  /** Whether that process goes on only after the asker has. Cost O(waits on the way). */
  leadsBack(process: Party, asker: Party): boolean {
    const held = new Set(heldUpWith(asker))
    for (const each of waitingWith(asker)) if (isToEnd(each) || (!each.isStarted && isHeldUp(each, asker))) held.add(each)
    const reached = new Set([process])
    for (const each of reached) {
      if (held.has(each)) return true
      // One that runs and is not at work awaits nothing before it ends; nor does a supervisor wait for its children before that.
      if (each.isStarted && each.work.length === 0 && !isToEnd(each)) continue
      for (const [request, awaited] of this.#waits.get(each) ?? []) {
        if (request.isSettled || isLeft(request.asker) || !isHeldUp(each, request.asker)) continue
        for (const next of awaited()) reached.add(next)
      }
    }
    return false
  }

  #waitsOf(process: Party): Map<ProcessWait, Awaited> {
    const waits = this.#waits.get(process) ?? new Map<ProcessWait, Awaited>()
    this.#waits.set(process, waits)
    // Each time that there are twice as many: one may wait for very many at once.
    if ((waits.size & (waits.size - 1)) === 0) for (const request of waits.keys()) if (request.isSettled) waits.delete(request)
    return waits
  }
}

/** Whether nobody waits for what it has asked for any more: it runs, and is not at work. */
function isLeft(asker: Party | undefined): boolean {
  return asker?.isStarted === true && asker.status !== "ending" && asker.work.length === 0
}

/** Whether it goes on no sooner than who waits: of those below it, one that starts does not wait for who has started, but where it could not start. */
function isHeldUp(process: Party, asker: Party | undefined): boolean {
  if (process.isStarted || isToEnd(process) || asker === undefined) return true
  for (const each of heldUpWith(asker)) {
    for (let below: Party | undefined = each; below !== undefined && isAwaited(below); below = below.parent)
      if (below === process) return true
  }
  return false
}

/** By its supervisor, which starts, or could not. */
function isAwaited({ isStarted, pid }: Party): boolean {
  return !isStarted || keeperOf(pid)?.awaitsEnd === true
}

/** Whether nothing comes before its end any more; it may have been told so and not have heard it. */
function isToEnd({ status, isUrged, pid }: Party): boolean {
  return status === "ending" || isUrged || keeperOf(pid)?.awaitsEnd === true
}

/** Who does not go on before the asker, and who does not end before one of those: the supervisors above. */
function* waitingWith(asker: Party): Iterable<Party> {
  for (const process of heldUpWith(asker)) {
    yield process
    for (let each = process; keeperOf(each.pid) !== undefined && each.parent !== undefined; each = each.parent) yield each.parent
  }
}
