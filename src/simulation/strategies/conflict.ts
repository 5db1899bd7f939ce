/**
 * Whether it makes a difference that something comes earlier: it does where it, or what follows from it at once, has to do with a process that goes
 * on in between. A guess: what processes share by other means than messages is not seen.
 */

import type { Choice, FaultKind, Step } from "../schedule/step.ts"
import { type Before, MOST_EVENTS, type Orders, whose } from "./orders.ts"

/** What it would make. */
export interface Difference {
  /** 0: it comes before a step of a process that it, or what follows from it, has to do with, or nothing is known of it; 1: before others, and such a one is among those behind; 2: none is. */
  readonly rank: 0 | 1 | 2
  /** Orders that no schedule has had, some of them at least. */
  readonly orders: readonly Before[]
}

/** Of so many new orders is known what they are. */
const MOST_ORDERS = 8

/** By the steps of a schedule as it went. */
export class Conflicts {
  readonly #steps: readonly Step[]
  readonly #orders: Orders
  readonly #numbers: readonly number[]
  /** Whom each step is of. */
  readonly #actors: string[] = []
  readonly #places = new Map<number, number>()
  readonly #ends = new Map<number, number>()

  constructor(steps: readonly Step[], orders: Orders) {
    this.#steps = steps
    this.#orders = orders
    this.#numbers = orders.numbersOf(steps, "coarse")
    for (let index = 0; index < steps.length; index += 1) {
      const step = steps[index] as Step
      const { choice } = step
      this.#actors.push(whose(step))
      if (choice !== undefined && !this.#places.has(choice.id)) this.#places.set(choice.id, index)
    }
  }

  /** What difference it makes that `earlier` comes before `instead`, after so many steps. */
  difference(earlier: Choice, instead: Choice, after: number): Difference {
    if (earlier.kind === "fault") return { rank: 0, orders: this.#new(this.#fault(earlier, after)) }
    const from = this.#places.get(instead.id)
    const to = this.#places.get(earlier.id)
    if (from === undefined || to === undefined || to <= from) return { rank: 0, orders: this.#new(this.#orders.pair(earlier, instead)) }
    const end = this.#endOf(earlier, to)
    const orders: Before[] = []
    let nearest: number | undefined
    for (let passed = from; passed < Math.min(to, from + MOST_EVENTS); passed += 1) {
      const actor = this.#actors[passed]
      for (let step = to; step < end; step += 1) {
        if (this.#actors[step] !== actor) continue
        nearest ??= passed
        if (orders.length < MOST_ORDERS) this.#addNew(orders, this.#numbers[step] as number, this.#numbers[passed] as number)
      }
    }
    return { rank: nearest === from || earlier.kind === "timer" ? 0 : nearest === undefined ? 2 : 1, orders }
  }

  #new(order: Before): readonly Before[] {
    return this.#orders.isNew(order) ? [order] : []
  }

  #addNew(orders: Before[], earlier: number, later: number): void {
    const order: Before = [earlier, later]
    if (this.#orders.isNew(order)) orders.push(order)
  }

  #fault({ what, actor }: Choice, after: number): Before {
    let left = after
    let last: number | undefined
    for (const [index, step] of this.#steps.entries()) {
      if (step.choice !== undefined) left -= 1
      if (left < 0) break
      if (this.#actors[index] === actor) last = this.#numbers[index]
    }
    return this.#orders.faultAfter(last, { kind: what as FaultKind, actor })
  }

  /** Where what follows from it ends: something goes on that was there before it. */
  #endOf({ id }: Choice, from: number): number {
    const known = this.#ends.get(id)
    if (known !== undefined) return known
    const found = this.#steps.findIndex(({ choice }, index) => index > from && choice !== undefined && choice.id < id)
    const end = Math.min(found < 0 ? this.#steps.length : found, from + MOST_EVENTS)
    this.#ends.set(id, end)
    return end
  }
}
