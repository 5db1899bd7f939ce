/**
 * A user's value is data: what takes its time is told from what is there by one look, and what a callback has given is contained.
 *
 * Invariants
 * - `then` is read once, of objects and of functions; what it does when it is called (throws, calls back twice, never) comes out as
 *   what becomes of a native promise.
 * - Nothing of a user's is handed to a native `resolve` before it was looked at here: it would be adopted, and its time limit with it.
 */

const nativeThen = Promise.prototype.then

/** The value as a promise, where it is a thenable; `undefined` for all else. Throws where its `then` cannot be read. */
export function thenableOf<T>(value: T | PromiseLike<T>): Promise<T> | undefined {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return undefined
  const { then } = value as { readonly then?: unknown }
  if (typeof then !== "function") return undefined
  return then === nativeThen && isNative(value) ? value : adopted(value, then)
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

function isNative<T>(value: T | PromiseLike<T>): value is Promise<T> {
  return value instanceof Promise && value.constructor === Promise
}

/** A promise of our own in place of another's: what it does when it is asked must not be run into by those who wait for it. */
function adopted<T>(value: T | PromiseLike<T>, then: unknown): Promise<T> {
  return new Promise<T>((resolve, reject) => void Reflect.apply(then as typeof nativeThen, value, [resolve, reject]))
}
