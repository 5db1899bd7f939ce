/**
 * Errors that a handler has answered with by its own doing: a caller in Effect has them as failures, whatever their class. All else that a request is
 * rejected with and is none of the runtime's is a defect.
 */

const answers = new WeakSet<object>()

/** Notes it; gives it back. What is no object is nobody's defect: only an Effect fails with it. */
export function answered(error: unknown): unknown {
  if (isObject(error)) answers.add(error)
  return error
}

export function isAnswer(error: unknown): boolean {
  return !isObject(error) || answers.has(error)
}

function isObject(error: unknown): error is object {
  return (typeof error === "object" && error !== null) || typeof error === "function"
}
