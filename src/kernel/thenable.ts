/**
 * A user's value is data: what takes its time is told from what is there by one look, and what a callback has given is contained.
 *
 * Invariants
 * - `then` is read once, of objects and of functions; what it does when it is called (throws, calls back twice, never) comes out as
 *   what becomes of a native promise.
 * - Nothing of a user's is handed to a native `resolve` before it was looked at here: it would be adopted, and its time limit with it.
 *   Nor is it handed on as it is where another look could find otherwise: `carried` says how.
 * - A thenable that comes to another one is followed so far only: one that comes to itself would keep the host from its turn for ever.
 */

import { asSeen, isSteady } from "./facade.ts"

const nativeThen = Promise.prototype.then

/** Thenables that come to thenables, and are followed. */
const MOST_STEPS = 64

/** The value as a promise, where it is a thenable; `undefined` for all else. Throws where its `then` cannot be read. */
export function thenableOf<T>(value: T | PromiseLike<T>): Promise<T> | undefined {
  return workOf(value, MOST_STEPS)
}

function workOf<T>(value: T | PromiseLike<T>, steps: number): Promise<T> | undefined {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return undefined
  const { then } = value as { readonly then?: unknown }
  if (typeof then !== "function") return undefined
  return then === nativeThen && isNative(value) ? value : adopted(value, then, steps)
}

/** What was found to be no thenable, as a native promise will hand it over: it looks again, and must find the same. */
export function carried<T>(value: T): T {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return value
  return asSeen(value, "then", undefined)
}

/**
 * Calls back with what a promise comes to, as `carried` gives it. What it holds it has looked at itself; but what was a plain value then may have
 * been made a thenable since.
 */
export function follow<T>(work: Promise<T>, done: (value: T) => void, failed: (error: unknown) => void, steps: number = MOST_STEPS): void {
  work.then((value) => settle(carried(value), done, failed, steps), failed)
}

function settle<T>(value: T, done: (value: T) => void, failed: (error: unknown) => void, steps: number): void {
  if (steps === 0) return isThenable(value) ? failed(new TypeError("it comes to thenables without end")) : done(carried(value))
  let next: Promise<T> | undefined
  try {
    next = workOf(value, steps - 1)
  } catch (error) {
    return failed(error)
  }
  if (next === undefined) done(carried(value))
  else follow(next, done, failed, steps - 1)
}

/** A value where no promise looks at it. */
export interface Boxed<out T> {
  readonly value: T
}

/** Calls `done` with what a value comes to, be it a thenable or not, the moment that it has; resolves then, and rejects where it fails. */
export function settled<T>(value: T | PromiseLike<T>, done: (value: T) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const came = (own: T): void => {
      try {
        resolve(done(own))
      } catch (error) {
        reject(error)
      }
    }
    settle(value as T, came, reject, MOST_STEPS)
  })
}

/**
 * What a native promise may be resolved with in the place of a value that it would take for another promise. Throws `problem` for a thenable,
 * and for what cannot be looked at.
 */
export function handedOver<T>(value: T, problem: () => Error): T {
  if (isThenable(value)) throw problem()
  return carried(value)
}

/** As `thenableOf`; one whose `then` cannot be read fails as a promise does. */
export function promiseOf<T>(value: T | PromiseLike<T>): Promise<T> | undefined {
  try {
    return thenableOf(value)
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Whether a native promise cannot carry the value as it is. */
export function isThenable(value: unknown): boolean {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false
  try {
    return typeof (value as { readonly then?: unknown }).then === "function"
  } catch {
    // A native `resolve` would throw it, too.
    return true
  }
}

/**
 * What a callback has given, where that must be there at once; as a promise may carry it. Throws `problem` in the place of a thenable, whose failure is
 * nobody's.
 */
export function givenAtOnce<T>(given: T, problem: () => Error): T {
  if (!isThenable(given)) return carried(given)
  contain(given)
  throw problem()
}

/** Whether an answer is a failure: a promise is one, as what was answered was looked at. Total: a proxy's class check may throw. */
export function isFailedAnswer(answer: unknown): answer is Promise<never> {
  try {
    return answer instanceof Promise
  } catch {
    return false
  }
}

/** Looks at what a callback has given that nobody waits for: where it is a promise that fails, `failed` is told, and nothing else happens. */
export function contain(result: unknown, failed: (error: unknown) => void = ignore): void {
  promiseOf(result)?.then(ignore, failed)
}

/** Nobody is left to hear of its failure, and that is no fault of the program's. */
export function unheard(promise: Promise<unknown>): void {
  promise.then(ignore, ignore)
}

function ignore(): void {}

/** Whether its own `then` can be asked at any time: no subclass's, nobody's in between. */
function isNative<T>(value: T | PromiseLike<T>): value is Promise<T> {
  return value instanceof Promise && value.constructor === Promise && isSteady(value, "then") && isSteady(value, "constructor")
}

/** A promise of our own in place of another's: what it does when it is asked must not be run into by those who wait for it. */
function adopted<T>(value: T | PromiseLike<T>, then: unknown, steps: number): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let isOver = false
    const once = <V>(next: (part: V) => void) => {
      return (part: V): void => {
        if (isOver) return
        isOver = true
        next(part)
      }
    }
    const came = once((own: T) => settle(own, resolve, reject, steps))
    const failed = once(reject)
    try {
      Reflect.apply(then as typeof nativeThen, value, [came, failed])
    } catch (error) {
      failed(error)
    }
  })
}
