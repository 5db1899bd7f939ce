/** Objects and functions with a `then` of the test's own; to write one out as a literal is a mistake nearly everywhere else. */

const THEN = "then"

/** A method `then`; on an object of its own where none is given. */
export function thenable(then: (settle: (value: unknown) => void) => void, on: object = {}): object {
  return Object.defineProperty(on, THEN, { value: then })
}

/** A getter `then`. */
export function thenableBy(get: () => unknown, on: object = {}): object {
  return Object.defineProperty(on, THEN, { get })
}
