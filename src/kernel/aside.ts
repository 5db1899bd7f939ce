/**
 * The messages that a process has put aside, in the order in which it asked for that. A handler that goes on after it has asked puts its
 * message aside when it is done; others may have overtaken it by then.
 *
 * Invariants
 * - They stand in the order of their places, whichever came in first.
 * - What is called back is every message that has a place by then. One that is not in yet comes back as soon as it would come in.
 */

import type { Envelope } from "./envelope.ts"
import { Ring } from "./ring.ts"

export class Aside {
  readonly #ring = new Ring<Envelope>()
  /** Kept when they are called back: they wait in this order, too. */
  readonly #places = new WeakMap<Envelope, number>()
  #lastPlace = 0
  /** No place in the ring is behind it. */
  #lastIn = 0
  /** All up to this place were called back. */
  #calledBack = 0

  get size(): number {
    return this.#ring.size
  }

  /** Gives a message its place, behind all that have one. */
  reserve(envelope: Envelope): void {
    this.#lastPlace += 1
    this.#places.set(envelope, this.#lastPlace)
  }

  /** Puts a message at its place. `false`: it was called back meanwhile. Cost O(1), O(aside) where it was overtaken. */
  add(envelope: Envelope): boolean {
    if (!this.#places.has(envelope)) this.reserve(envelope)
    if (this.#placeOf(envelope) <= this.#calledBack) return false
    this.#insert(envelope)
    return true
  }

  /** Puts a message at the place that it had before, behind all where it had none, whatever was called back meanwhile. Cost as `add`. */
  postpone(envelope: Envelope): void {
    if (!this.#places.has(envelope)) this.reserve(envelope)
    this.#insert(envelope)
  }

  #insert(envelope: Envelope): void {
    const place = this.#placeOf(envelope)
    const behind = place < this.#lastIn ? this.#ring.partition((other) => this.#placeOf(other) < place) : []
    for (const each of [envelope, ...behind]) this.#ring.push(each)
    this.#lastIn = Math.max(this.#lastIn, place)
  }

  /** Takes out all, in order. `present`: the message of the handler that asks, which may have a place; it stays. */
  callBack(present: Envelope | undefined): Envelope[] {
    this.#calledBack = this.#lastPlace
    if (present !== undefined && this.#places.has(present)) this.reserve(present)
    this.#lastIn = 0
    return this.#ring.partition(() => false)
  }

  /** Puts them before what waits in `lane`; in the order of their places with those that came back before and wait there still. */
  bringBack(lane: Ring<Envelope>, envelopes: readonly Envelope[]): void {
    const first = [...envelopes]
    for (let head = lane.peek(); head !== undefined && this.#places.has(head); head = lane.peek()) {
      lane.shift()
      first.push(head)
    }
    first.sort((one, other) => this.#placeOf(other) - this.#placeOf(one))
    for (const envelope of first) lane.unshift(envelope)
  }

  /** So many at most, the oldest first; they stay. */
  first(most: number): readonly Envelope[] {
    return this.#ring.first(most)
  }

  take(wanted: (envelope: Envelope) => boolean): Envelope | undefined {
    return this.#ring.take(wanted)
  }

  partition(kept: (envelope: Envelope) => boolean): Envelope[] {
    return this.#ring.partition(kept)
  }

  /** Cost O(aside). */
  has(wanted: (envelope: Envelope) => boolean): boolean {
    let isFound = false
    this.#ring.forEachFrom(0, (envelope) => {
      isFound ||= wanted(envelope)
    })
    return isFound
  }

  #placeOf(envelope: Envelope): number {
    return this.#places.get(envelope) ?? 0
  }
}
