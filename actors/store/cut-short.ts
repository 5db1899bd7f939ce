/**
 * Whether something failed for want of the caller's stack, which is no fault of the value that was looked at: what an accessor of the value
 * throws, were it for a recursion of its own, leaves room behind.
 */

/** More than a copy takes with accessors of the usual sort, and what the host takes to compile them. Frames of fifty bytes or more. */
const FRAMES_OF_A_COPY = 3000

export function isCutShort(error: unknown): boolean {
  // A pattern that finds no room says that it cannot be compiled.
  if (!(error instanceof RangeError || error instanceof SyntaxError)) return false
  try {
    return descend(FRAMES_OF_A_COPY, 0) !== 0
  } catch {
    return true
  }
}

function descend(left: number, one: number): number {
  return left === 0 ? one : descend(left - 1, one) - one
}
