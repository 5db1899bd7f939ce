/**
 * Moments of the monotonic clock as the host's calendar has them, in whole milliseconds since 1970.
 *
 * Invariant: the same moment is told as the same, however often and however late in a turn it is asked for, until the calendar was set: what one reads of it
 * is cut to milliseconds, and a little later than what one reads of the clock.
 */

import type { StoreSelf } from "./incarnation.ts"
import { NEVER } from "./lifetime.ts"

/** A calendar that is ahead by less, in ms, was read late in a turn. */
const LATE_MS = 100

/** `undefined` for what has no end. */
export type CalendarMoments = (moment: number) => number | undefined

export function calendarMoments(self: Pick<StoreSelf, "systemTime" | "now">): CalendarMoments {
  let offset = Number.NaN
  const momentOf: CalendarMoments = (moment) => {
    const read = self.systemTime() - self.now()
    if (!(read >= offset - 1 && read < offset + LATE_MS)) offset = read
    return moment === NEVER ? undefined : Math.round(offset + moment)
  }
  momentOf(0)
  return momentOf
}
