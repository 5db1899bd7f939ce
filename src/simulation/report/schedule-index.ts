/**
 * The steps of a schedule, so that what belongs together is found at once: where a choice was carried out, where something was sent and taken,
 * what each process did.
 *
 * A position is a place in the list that was given; `Step.index` is the number that people are shown. Nothing is changed, and nothing is kept but
 * numbers: O(steps) to make and to hold.
 */

import type { Choice, Sent, Step } from "../schedule/step.ts"

export class ScheduleIndex {
  readonly steps: readonly Step[]
  /** By `Step.index`. */
  readonly #places = new Map<number, number>()
  /** By the number of a choice. */
  readonly #carriedOut = new Map<number, number>()
  /** By the number of what was sent. */
  readonly #sentIn = new Map<number, number>()
  readonly #takenIn = new Map<number, number>()
  readonly #sent = new Map<number, Sent>()
  readonly #byActor = new Map<string, number[]>()
  readonly #alike = new Map<string, number[]>()

  constructor(steps: readonly Step[]) {
    this.steps = steps
    for (const [position, step] of steps.entries()) this.#note(step, position)
  }

  #note({ index, choice, fault, took, sent }: Step, position: number): void {
    this.#places.set(index, position)
    if (choice !== undefined) {
      this.#carriedOut.set(choice.id, position)
      add(this.#alike, likeness(choice), position)
    }
    const actor = choice?.actor ?? fault?.actor
    if (actor !== undefined) add(this.#byActor, actor, position)
    if (took !== undefined) this.#takenIn.set(took, position)
    for (const each of sent) {
      this.#sentIn.set(each.id, position)
      this.#sent.set(each.id, each)
    }
  }

  /** Where that choice was carried out; `undefined`: never. */
  positionOf({ id }: Choice): number | undefined {
    return this.#carriedOut.get(id)
  }

  sentOf(id: number): Sent | undefined {
    return this.#sent.get(id)
  }

  sentIn(id: number): number | undefined {
    return this.#sentIn.get(id)
  }

  takenIn(id: number): number | undefined {
    return this.#takenIn.get(id)
  }

  /** Where a process did something, in order. */
  doneBy(actor: string): readonly number[] {
    return this.#byActor.get(actor) ?? []
  }

  get actors(): Iterable<string> {
    return this.#byActor.keys()
  }

  /** The last that a process did before a position. */
  lastOf(actor: string, before: number): number | undefined {
    const done = this.doneBy(actor)
    const index = countBelow(done, before) - 1
    return index < 0 ? undefined : done[index]
  }

  /** The how many-th of its like a choice is, from 1; `undefined` where there is one of its kind alone. */
  ordinalOf(choice: Choice): number | undefined {
    const alike = this.#alike.get(likeness(choice)) ?? []
    const position = this.positionOf(choice)
    if (position === undefined) return alike.length === 0 ? undefined : alike.length + 1
    return alike.length < 2 ? undefined : countBelow(alike, position) + 1
  }

  /** How far the clock moved for a step, in ms. */
  passedIn(step: Step): number {
    const place = this.#places.get(step.index) ?? 0
    return step.at - (this.steps[place - 1]?.at ?? 0)
  }
}

function likeness({ kind, actor, from, what }: Choice): string {
  return JSON.stringify([kind, actor, from, what])
}

function add(lists: Map<string, number[]>, key: string, position: number): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [position])
  else list.push(position)
}

/** How many of rising numbers are below a limit. */
function countBelow(rising: readonly number[], limit: number): number {
  let [low, high] = [0, rising.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((rising[middle] ?? 0) < limit) low = middle + 1
    else high = middle
  }
  return low
}
