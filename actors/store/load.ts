/**
 * One load of a store under way: who waits for it, and whose function it is.
 *
 * Invariants
 * - It goes on as long as somebody waits for it, or it refreshes what is given meanwhile; what it comes to is then told to all.
 * - Once its key was deleted, what it comes to is not kept; nor does anybody come to it who asks after that.
 */

import type { Timer } from "../../src/index.ts"
import type { LoadRequest, LoadTurn } from "./load-request.ts"

export class Load {
  readonly key: string
  /** When it began. */
  readonly since: number
  /** In the order of asking. */
  readonly waiters = new Set<LoadRequest>()
  /** Whose functions are called for it: one, but after a restart of the store. */
  readonly runners = new Set<LoadRequest>()
  /** Ends a refreshing that takes too long. */
  limit: Timer | undefined = undefined
  /** Nobody need wait for it. */
  isRefreshing = false
  /** What it came to is on its way to be kept: nobody need load again. */
  isBeingKept = false
  /** Its key was deleted since. */
  isOutrun = false
  /** How long its most patient caller waits. */
  #patienceMs = 0

  constructor(key: string, since: number) {
    this.key = key
    this.since = since
  }

  /** Whether anybody may still come to it. One that has taken longer than any of its callers would wait has most likely no end. */
  isOpen(now: number): boolean {
    return !this.isOutrun && now < this.since + this.#patienceMs
  }

  get isWanted(): boolean {
    return this.isRefreshing || this.waiters.size > 0
  }

  wait(request: LoadRequest): void {
    this.waiters.add(request)
    request.load = this
    this.#allow(request)
  }

  run(request: LoadRequest): void {
    this.runners.add(request)
    request.load = this
    this.#allow(request)
  }

  /** It neither waits for it nor loads. */
  leave(request: LoadRequest): void {
    this.waiters.delete(request)
    this.runners.delete(request)
    request.load = undefined
  }

  #allow({ options }: LoadRequest): void {
    this.#patienceMs = Math.max(this.#patienceMs, options.timeoutMs)
  }
}

/** Requests that are looked at before the search is given up. */
const LOOKS = 256

/** Whether that load waits, by whatever others, for what this turn's load has asked for: they would wait for each other. */
export function waitsFor(load: Load, turn: LoadTurn): boolean {
  const reached = new Set([load])
  let looks = LOOKS
  for (const { runners } of reached) {
    for (const runner of runners) {
      if (runner.turn === turn) return true
      for (const request of runner.turn?.waitsFor ?? []) {
        if (request.load !== undefined) reached.add(request.load)
        looks -= 1
        if (looks === 0) return false
      }
    }
  }
  return false
}
