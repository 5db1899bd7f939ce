/** The requests of a schedule: which of them wait for an answer, and what became of those that services were asked for, as their callers see it. */

import type { Inbox } from "../../kernel/inbox.ts"
import type { Operation } from "../schedule/step.ts"
import { keptValue } from "../text/value-text.ts"
import { actorBehind, actorOf } from "./actor.ts"
import type { Asked } from "./candidate.ts"
import type { Namesakes } from "./namesakes.ts"
import { takeOutAt } from "./take-out.ts"

/** A history of operations is kept to so many. */
const MOST_OPERATIONS = 10_000

/** The place of a request that is no operation. */
const NO_PLACE = -1

/** What counts what happens, by the clock. */
interface Moments {
  readonly now: number
  nextId(): number
}

export class Requests {
  /** Operations of services, in the order in which they were asked for. */
  readonly operations: Operation[] = []
  /** Whether what is asked of that service, and answered, is kept as it is now: its callers and itself may change it later. */
  keepsValues: (service: string) => boolean = () => false
  readonly #moments: Moments
  readonly #namesakes: Namesakes
  readonly #open: Asked[] = []
  /** Of each of those, its place among the operations. */
  readonly #places: number[] = []

  constructor(moments: Moments, namesakes: Namesakes) {
    this.#moments = moments
    this.#namesakes = namesakes
  }

  /** Whether it is an operation that is kept. */
  opened(asked: Asked, argument: unknown): boolean {
    const isKept = asked.inbox?.isOfService === true && this.operations.length < MOST_OPERATIONS
    this.#places.push(isKept ? this.#keep(asked, asked.inbox, argument) : NO_PLACE)
    this.#open.push(asked)
    return isKept
  }

  #keep({ asker, operation: name }: Asked, inbox: Inbox, argument: unknown): number {
    const operation: Operation = {
      service: actorBehind(inbox),
      caller: actorOf(asker),
      name,
      argument: this.keepsValues(inbox.label) ? keptValue(argument) : argument,
      asked: this.#moments.nextId(),
      answered: undefined,
      askedAt: this.#moments.now,
      answeredAt: undefined,
      outcome: undefined,
    }
    return this.operations.push(operation) - 1
  }

  concluded(asked: Asked, outcome: Operation["outcome"]): void {
    const place = this.#close(asked)
    const operation = this.operations[place]
    if (operation === undefined) return
    const isKept = outcome !== undefined && "value" in outcome && this.keepsValues(this.#namesakes.idOf(operation.service))
    const told = isKept ? { value: keptValue(outcome.value) } : outcome
    const { service, caller, name, argument, asked: askedAs, askedAt } = operation
    const answered = this.#moments.nextId()
    // Each field by its name: to spread one costs as much as a step.
    this.operations[place] = {
      service,
      caller,
      name,
      argument,
      asked: askedAs,
      answered,
      askedAt,
      answeredAt: this.#moments.now,
      outcome: told,
    }
  }

  /** Nobody will hear of its answer. */
  lose(asked: Asked): void {
    this.#close(asked)
  }

  /** Gives its place. */
  #close(asked: Asked): number {
    const at = this.#open.indexOf(asked)
    const place = this.#places[at] ?? NO_PLACE
    takeOutAt(this.#open, at)
    takeOutAt(this.#places, at)
    return place
  }

  /** Those whose answers have not arrived. */
  get open(): readonly Asked[] {
    return this.#open
  }

  /** Those that are none of `given`. */
  openBeside(given: readonly Asked[]): readonly Asked[] {
    if (this.#open.length === 0) return this.#open
    const others = new Set(given)
    return this.#open.filter((asked) => !others.has(asked))
  }
}
