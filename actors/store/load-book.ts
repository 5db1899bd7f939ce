/**
 * Who loads and who waits in a store: found by key, by mailbox, and told.
 *
 * Invariants
 * - Who waits is told once.
 * - A load that nobody wants any more is closed: what runs for it hears of it. One that is wanted has somebody who runs it.
 */

import { Canceled, shown, type Timer } from "../../src/index.ts"
import type { StoreSelf } from "./incarnation.ts"
import { Load } from "./load.ts"
import type { LoadRequest } from "./load-request.ts"

/** Callers that may wait at a time. */
export const MOST_WAITING = 65_536

/** Callers that are told in one turn. */
const TOLD_AT_ONCE = 1024

/** The message of a store's to itself: there are more to be told. */
export class MoreToTell {
  readonly requests: Iterator<LoadRequest>
  readonly tell: (request: LoadRequest) => void

  constructor(requests: Iterator<LoadRequest>, tell: (request: LoadRequest) => void) {
    this.requests = requests
    this.tell = tell
  }
}

export class LoadBook {
  readonly #self: StoreSelf
  /** By key, the newest last: who asks may come to that one alone. */
  readonly #byKey = new Map<string, readonly Load[]>()
  /** Who waits or runs. */
  readonly #byAttachment = new Map<number, Set<LoadRequest>>()
  #waiting = 0

  constructor(self: StoreSelf) {
    this.#self = self
  }

  /** Whether nothing is loaded. */
  get isEmpty(): boolean {
    return this.#byKey.size === 0
  }

  get isFull(): boolean {
    return this.#waiting >= MOST_WAITING
  }

  /** All of a key; they are no more than those who wait for them, and one. */
  of(key: string): readonly Load[] {
    return this.#byKey.get(key) ?? NONE
  }

  /** All of the keys that begin with it. */
  under(prefix: string): readonly Load[] {
    return [...this.#byKey].flatMap(([key, loads]) => (key.startsWith(prefix) ? loads : NONE))
  }

  /** The one that who asks now comes to. */
  open(key: string): Load | undefined {
    const load = this.of(key).at(-1)
    return load?.isOpen(this.#self.now()) === true ? load : undefined
  }

  begin(key: string): Load {
    const load = new Load(key, this.#self.now())
    this.#byKey.set(key, [...this.of(key), load])
    return load
  }

  /** `limit`: when it is to be seen to where nobody waits for it. */
  refresh(load: Load, limit: Timer | undefined): void {
    load.isRefreshing = true
    load.limit = limit
  }

  wait(load: Load, request: LoadRequest): void {
    load.wait(request)
    this.#waiting += 1
    request.hasWaited = true
    request.within?.waitsFor.add(request)
    this.#file(request)
  }

  /** Its function is to be called; that of one who comes from an incarnation before this one is under way. */
  run(load: Load, request: LoadRequest, stale: unknown): void {
    load.run(request)
    this.#file(request)
    if (request.turn === undefined) request.giveTurn(stale, this.#self)
    else request.turn.receiver = this.#self
  }

  /** Its function has come to its end. `false`: nobody wants to know. */
  ran(load: Load, request: LoadRequest): boolean {
    if (!load.runners.delete(request)) return false
    if (!load.waiters.has(request)) this.#forget(load, request)
    return true
  }

  /** It waits no more. `isGone`: nor can it run. */
  gaveUp(load: Load, request: LoadRequest, isGone: boolean): void {
    if (!load.waiters.has(request)) return
    if (isGone || !load.runners.has(request)) this.#forget(load, request)
    else this.#stopWaiting(load, request)
    if (isGone) request.turn?.end(over(load.key, "who asked has ended"))
    this.lookAfter(load)
  }

  /** Something of it is gone: it goes on by another, or is closed. */
  lookAfter(load: Load, why?: string): void {
    if (!load.isWanted) return this.close(load, why)
    if (load.runners.size > 0 || load.isBeingKept) return
    for (const request of load.waiters) if (request.turn === undefined) return this.run(load, request, undefined)
    const none = "there is nobody left to load it"
    this.settle(load, none, (request) => request.fail(over(load.key, none)))
  }

  /** Nobody comes to it any more, and what runs for it is told why. */
  close(load: Load, why?: string): void {
    load.limit?.cancel()
    load.isRefreshing = false
    const others = this.of(load.key).filter((other) => other !== load)
    if (others.length === 0) this.#byKey.delete(load.key)
    else this.#byKey.set(load.key, others)
    for (const request of load.runners) {
      request.turn?.end(over(load.key, why))
      this.ran(load, request)
    }
  }

  /** Closes it, and tells all who wait for it, so many in a turn. */
  settle(load: Load, why: string | undefined, tell: (request: LoadRequest) => void): void {
    this.close(load, why)
    this.tell(new MoreToTell(load.waiters.values(), tell))
  }

  tell(more: MoreToTell): void {
    for (let left = TOLD_AT_ONCE; left > 0; left -= 1) {
      const { value: request, done } = more.requests.next()
      if (done === true) return
      more.tell(request)
      if (request.load !== undefined) this.#forget(request.load, request)
    }
    this.#self.later(more)
  }

  /** One of them alone, where it waits; the others go on. */
  tellOne(load: Load, request: LoadRequest, tell: (request: LoadRequest) => void): void {
    if (load.waiters.has(request)) tell(request)
    this.#forget(load, request)
    this.lookAfter(load)
  }

  /** A mailbox was given back, or its caller has died: all that waits and runs by it is over, and others go on. */
  detached(attachment: number): void {
    const left = new Set<Load>()
    for (const request of this.#byAttachment.get(attachment) ?? []) {
      const { load, key, turn } = request
      if (load === undefined) continue
      left.add(load)
      const reason = over(key, "the mailbox was given back meanwhile")
      if (load.runners.has(request)) load.isRefreshing = false
      turn?.end(reason)
      if (load.waiters.has(request)) request.fail(reason)
      this.#forget(load, request)
    }
    for (const load of left) this.lookAfter(load)
  }

  /** The incarnation ends. Who waits for what it runs brings it to the next one. */
  end(): void {
    for (const load of this.under("")) {
      for (const request of load.runners) if (!load.waiters.has(request)) request.turn?.end(over(load.key, "the store has ended"))
    }
  }

  #file(request: LoadRequest): void {
    const { attachment } = request
    const requests = this.#byAttachment.get(attachment)
    if (requests === undefined) this.#byAttachment.set(attachment, new Set([request]))
    else requests.add(request)
  }

  #forget(load: Load, request: LoadRequest): void {
    if (load.waiters.has(request)) this.#stopWaiting(load, request)
    load.leave(request)
    const requests = this.#byAttachment.get(request.attachment)
    requests?.delete(request)
    if (requests?.size === 0) this.#byAttachment.delete(request.attachment)
  }

  #stopWaiting(load: Load, request: LoadRequest): void {
    load.waiters.delete(request)
    request.within?.waitsFor.delete(request)
    this.#waiting -= 1
  }
}

const NONE: readonly Load[] = []

/** What a load is told that nobody wants, and who waits for one that will not come. */
export function over(key: string, why = "nobody waits for it any more"): Canceled {
  return new Canceled(`the load of ${shown(key)} is over: ${why}`, { details: { key } })
}
