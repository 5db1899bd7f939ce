/**
 * How long the columns of a table are made, by slot, when more slots are needed than there are.
 *
 * Twice as long while they are short. Long ones grow by three sixteenths, so that less than a fifth of what is in use is taken in advance; the host would
 * let its arrays grow by a half. The price: each entry is copied five times while a table grows, and not twice.
 */

const SMALLEST = 16
const LONG = 8192

/** For `slots` slots, where there was room for `room`, which is less. */
export function columnRoom(slots: number, room: number): number {
  const more = room < LONG ? room : (room >> 3) + (room >> 4)
  return Math.max(SMALLEST, room + more, slots)
}

/** What is in the one, at the beginning of the other. */
export function grown<A extends Float64Array | Uint32Array | Int32Array>(from: A, into: A): A {
  into.set(from as never)
  return into
}
