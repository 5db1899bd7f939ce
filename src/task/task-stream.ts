/**
 * One task for each item, so many at a time, and what becomes of them as an async iterable.
 *
 * Invariants
 * - An item is taken from the source only while somebody waits for the next outcome, fewer than `maxConcurrency` tasks run, and fewer
 *   than `2 * maxConcurrency` items are in hand; so no more than `maxConcurrency` outcomes ever wait behind a slow one.
 * - Outcomes, a task whose time is over and a source that fails come in the order in which they happened; where the stream is ordered,
 *   an outcome has come when those of all items before it have.
 * - However the iteration ends, what runs is killed and gone by then, and the source is closed. Only the end of the owner spares
 *   tasks that no link ties to it.
 *
 * Source  Elixir, Task.async_stream/3. Differs: finished outcomes that wait for a slow one are bounded, and a time that is over
 *         rejects in place of ending the owner.
 */

import type { Cancelable } from "../kernel/affairs.ts"
import { invalid, shown } from "../kernel/errors.ts"
import { boolean, oneOf, otherwise, timeLimit, wholeNumber } from "../kernel/option-fields.ts"
import { readOptions } from "../kernel/options.ts"
import { Ring } from "../kernel/ring.ts"
import { unheardAfterEnd } from "../kernel/unheard.ts"
import type { ItemWork } from "../process/process-self.ts"
import type { ItemOutcome, LinkedTaskStreamOptions, TaskOutcome } from "../process/self-tasks.ts"
import { ItemSource } from "./item-source.ts"
import { NO_LIMIT, OwnedWait } from "./owned-wait.ts"
import { timeoutError } from "./task.ts"
import { checkOwner, endError, hasEnded, type TaskOwner } from "./task-owner.ts"
import { TASK_OPTIONS, type TaskSettings } from "./task-process.ts"
import { TaskRun } from "./task-run.ts"

type Rules = Required<Omit<LinkedTaskStreamOptions, keyof TaskSettings>> & TaskSettings

/** Each iteration runs it anew; nothing happens before one begins. */
export class TaskStream<Item, Message, Result> implements AsyncIterable<ItemOutcome<Item, Result>> {
  readonly #owner: TaskOwner
  readonly #items: Iterable<Item> | AsyncIterable<Item>
  readonly #work: ItemWork<Item, Message, Result>
  readonly #rules: Rules

  constructor(
    owner: TaskOwner,
    items: Iterable<Item> | AsyncIterable<Item>,
    work: ItemWork<Item, Message, Result>,
    options: LinkedTaskStreamOptions | undefined,
  ) {
    if (!ItemSource.accepts(items)) throw invalid("items", `must be iterable, sync or async; got ${shown(items)}`)
    if (typeof work !== "function") throw invalid("work", `must be a function; got ${shown(work)}`)
    this.#owner = owner
    this.#items = items
    this.#work = work
    this.#rules = rulesOf(options, owner.process !== undefined)
  }

  [Symbol.asyncIterator](): AsyncGenerator<ItemOutcome<Item, Result>, void, undefined> {
    const run = new StreamRun(this.#owner, new ItemSource(this.#items), this.#work, this.#rules)
    return ownedBy(this.#owner, run.outcomes())
  }
}

/** What its owner has asked of it by hand is nobody's once the owner has ended. */
function ownedBy<Outcome>({ process }: TaskOwner, outcomes: AsyncGenerator<Outcome, void, undefined>): typeof outcomes {
  const { next, return: end } = outcomes
  return Object.assign(outcomes, {
    next: () => unheardAfterEnd(process, next.call(outcomes)),
    return: () => unheardAfterEnd(process, end.call(outcomes)),
  })
}

/** What the iteration comes to next: an outcome, or what it fails with. */
type Arrival<Item, Result> = { readonly outcome: ItemOutcome<Item, Result> } | { readonly fault: unknown }

class StreamRun<Item, Message, Result> implements Cancelable {
  readonly #owner: TaskOwner
  readonly #source: ItemSource<Item>
  readonly #work: ItemWork<Item, Message, Result>
  readonly #rules: Rules
  /** By the place of their items. */
  readonly #running = new Map<number, TaskRun<Message, Result>>()
  /** Those whose time is over. */
  readonly #overdue = new Set<number>()
  /** Of an ordered stream: outcomes that wait for one before them. */
  readonly #early = new Map<number, ItemOutcome<Item, Result>>()
  readonly #arrived = new Ring<Arrival<Item, Result>>()
  #started = 0
  /** Of an ordered stream: the place whose outcome comes next. */
  #nextPlace = 0
  #delivered = 0
  #isClosed = false
  #wait: OwnedWait | undefined = undefined

  constructor(owner: TaskOwner, source: ItemSource<Item>, work: ItemWork<Item, Message, Result>, rules: Rules) {
    this.#owner = owner
    this.#source = source
    this.#work = work
    this.#rules = rules
  }

  async *outcomes(): AsyncGenerator<ItemOutcome<Item, Result>, void, undefined> {
    checkOwner(this.#owner, "the stream of tasks")
    this.#owner.process?.adopt(this)
    let isFaulty = true
    try {
      for (let arrival = await this.#next(); arrival !== undefined; arrival = await this.#next()) {
        if ("fault" in arrival) throw arrival.fault
        this.#delivered += 1
        isFaulty = false
        yield arrival.outcome
        isFaulty = true
      }
      isFaulty = false
    } finally {
      await this.#close(isFaulty)
    }
  }

  /** The owner has ended. */
  cancel(): void {
    this.#source.close().catch(() => {})
  }

  /** `undefined` when all is done. */
  async #next(): Promise<Arrival<Item, Result> | undefined> {
    for (;;) {
      if (hasEnded(this.#owner)) throw endError(this.#owner)
      this.#fill()
      const arrival = this.#arrived.shift()
      if (arrival !== undefined) return arrival
      if (this.#source.isDry && this.#running.size === 0) return undefined
      await this.#news()
    }
  }

  #fill(): void {
    while (this.#hasRoom && this.#source.isReady) {
      const { kernel, process } = this.#owner
      const over = kernel.workload?.beside(process?.label ?? "a stream of tasks")
      const isLater = this.#source.pull(
        (item) => this.#begin(item),
        (fault) => this.#arrive({ fault }),
        () => {
          over?.()
          this.#wait?.settle()
        },
      )
      if (!isLater) over?.()
    }
  }

  get #hasRoom(): boolean {
    const { maxConcurrency } = this.#rules
    return this.#running.size < maxConcurrency && this.#started - this.#delivered < 2 * maxConcurrency
  }

  #begin(item: Item): void {
    // It was asked for before the iteration ended.
    if (this.#isClosed) return
    const place = this.#started
    this.#started += 1
    try {
      const { link, timeoutMs } = this.#rules
      const run = new TaskRun<Message, Result>(
        this.#owner,
        (self) => this.#work(item, self),
        this.#settingsAt(place),
        link,
        (outcome) => this.#ended(place, item, outcome),
      )
      this.#running.set(place, run)
      run.awaited(true)
      run.limit(timeoutMs, () => this.#timedOut(place, run))
    } catch (fault) {
      this.#arrive({ fault })
    }
  }

  #settingsAt(place: number): TaskSettings {
    const { label, log } = this.#rules
    return label === undefined ? this.#rules : { label: `${label}[${place}]`, log }
  }

  #timedOut(place: number, run: TaskRun<Message, Result>): void {
    this.#overdue.add(place)
    run.end("kill")
  }

  #ended(place: number, item: Item, outcome: TaskOutcome<Result>): void {
    const pid = this.#running.get(place)?.pid
    this.#running.delete(place)
    const isOverdue = this.#overdue.delete(place) && "exit" in outcome
    if (!isOverdue) return this.#finish({ ...outcome, item, index: place })
    const error = timeoutError(`the task ${pid}`, this.#rules.timeoutMs)
    if (this.#rules.onTimeout === "exit") this.#arrive({ fault: error })
    else this.#finish({ exit: { error }, item, index: place })
  }

  #finish(outcome: ItemOutcome<Item, Result>): void {
    if (!this.#rules.ordered) return this.#arrive({ outcome })
    this.#early.set(outcome.index, outcome)
    for (let next = this.#early.get(this.#nextPlace); next !== undefined; next = this.#early.get(this.#nextPlace)) {
      this.#early.delete(this.#nextPlace)
      this.#nextPlace += 1
      this.#arrived.push({ outcome: next })
    }
    this.#wait?.settle()
  }

  #arrive(arrival: Arrival<Item, Result>): void {
    this.#arrived.push(arrival)
    this.#wait?.settle()
  }

  async #news(): Promise<void> {
    this.#wait = new OwnedWait(this.#owner, NO_LIMIT)
    await this.#wait.promise
    this.#wait = undefined
  }

  /** Where the iteration has failed already, what the source has to say at its end is passed over. */
  async #close(isFaulty: boolean): Promise<void> {
    this.#isClosed = true
    this.#owner.process?.release(this)
    if (!hasEnded(this.#owner)) for (const run of this.#running.values()) run.end("kill")
    const closing = this.#source.close()
    // Waited for below, unless the owner ends meanwhile.
    closing.catch(() => {})
    while (this.#running.size > 0 && !hasEnded(this.#owner)) await this.#news()
    await (isFaulty ? closing.catch(() => {}) : closing)
  }
}

const RULES = {
  ...TASK_OPTIONS,
  maxConcurrency: otherwise(wholeNumber(1), 8),
  ordered: otherwise(boolean, true),
  timeoutMs: otherwise(timeLimit, 5000),
  onTimeout: otherwise(oneOf("exit", "kill_task"), "exit"),
}

const LINKED_RULES = { ...RULES, link: otherwise(boolean, true) }

/** The program outside all processes has no links, and nothing to say of them. */
function rulesOf(options: unknown, isLinkable: boolean): Rules {
  return isLinkable ? readOptions(options, LINKED_RULES) : { ...readOptions(options, RULES), link: false }
}
