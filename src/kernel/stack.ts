/**
 * Room on the stack of whoever calls: what runs on it must not be cut short in the middle, and a caller may have filled it to the end.
 *
 * There is no way to ask for the room but to take it: some frames are entered, and left.
 */

/** Frames of fifty bytes or more; what a request takes whose code has run before. */
const FRAMES = 64
/** Where it has not, the host compiles it first, on the same stack: tens of kilobytes. */
const FRAMES_TO_COMPILE = 640

/** Whether there is room for a step of the runtime's own; `isWarm`: its code has run before. */
export function hasStackRoom(isWarm: boolean): boolean {
  try {
    return descend(isWarm ? FRAMES : FRAMES_TO_COMPILE, 0, 0, 0) === 0
  } catch {
    return false
  }
}

/** Throws, before anything has changed, where a step would be cut short. */
export function checkStackRoom(): void {
  descend(FRAMES_TO_COMPILE, 0, 0, 0)
}

/** The arguments are there for the room that they take. */
function descend(left: number, one: number, two: number, three: number): number {
  return left === 0 ? one + two + three : descend(left - 1, two, three, one) - one
}
