/**
 * The items of a sync or async iterable, pulled one at a time.
 *
 * Invariant: its iterator is told to return once, unless it came to its end by itself or failed.
 */

import { passes } from "../kernel/instance.ts"
import { contain, promiseOf } from "../kernel/thenable.ts"

export class ItemSource<Item> {
  readonly #items: Iterable<Item> | AsyncIterable<Item>
  #iterator: Iterator<Item> | AsyncIterator<Item> | undefined = undefined
  /** Nothing will come any more. */
  isDry = false
  #isPulling = false

  static accepts(items: unknown): boolean {
    if (typeof items === "string") return true
    if (typeof items !== "object" || items === null) return false
    return passes(items, (own) => isAsync(own) || isFunction(Reflect.get(own, Symbol.iterator)))
  }

  constructor(items: Iterable<Item> | AsyncIterable<Item>) {
    this.#items = items
  }

  /** Whether an item may be asked for: one that is on its way is waited for first. */
  get isReady(): boolean {
    return !this.isDry && !this.#isPulling
  }

  /** Gives the next item, or what the source failed with: at once, or later (`true`) and then calls `later` behind it. */
  pull(take: (item: Item) => void, fail: (error: unknown) => void, later: () => void): boolean {
    try {
      this.#iterator ??= iteratorOf(this.#items)
      const next = this.#iterator.next()
      const coming = promiseOf(next)
      if (coming === undefined) this.#pulled(next as IteratorResult<Item>, take)
      else this.#await(coming, take, fail, later)
      return coming !== undefined
    } catch (error) {
      this.#failed(error, fail)
      return false
    }
  }

  /**
   * Has the iterator clear up. Rejects with what that throws. Where an item is on its way this is not waited for: an iterator that
   * never gives it never comes to its end either.
   */
  async close(): Promise<void> {
    const iterator = this.#iterator
    if (this.isDry || iterator === undefined) return
    this.isDry = true
    const closing = iterator.return?.()
    if (this.#isPulling) contain(closing)
    else await closing
  }

  #await(next: PromiseLike<IteratorResult<Item>>, take: (item: Item) => void, fail: (error: unknown) => void, later: () => void): void {
    this.#isPulling = true
    next
      .then((result) => this.#pulled(result, take))
      .then(undefined, (error) => this.#failed(error, fail))
      .then(later)
  }

  #pulled(result: IteratorResult<Item>, take: (item: Item) => void): void {
    this.#isPulling = false
    if (result.done === true) this.isDry = true
    else take(result.value)
  }

  #failed(error: unknown, fail: (error: unknown) => void): void {
    this.#isPulling = false
    this.isDry = true
    fail(error)
  }
}

function iteratorOf<Item>(items: Iterable<Item> | AsyncIterable<Item>): Iterator<Item> | AsyncIterator<Item> {
  return isAsync(items) ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
}

function isAsync<Item>(items: object | Iterable<Item> | AsyncIterable<Item>): items is AsyncIterable<Item> {
  return isFunction(Reflect.get(Object(items), Symbol.asyncIterator))
}

function isFunction(value: unknown): boolean {
  return typeof value === "function"
}
